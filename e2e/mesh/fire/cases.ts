import type { KilledLife, Verb } from './killed-life.ts';
import { owners } from './owner.ts';
import { endings, type Ending } from './quiet-life.ts';
import type { FireVariant } from './service-under-fire.ts';
import type { Safety } from './shop.ts';

/** A life that nothing interrupts; when the task lives again, it ends in the next way. */
export interface QuietLife {
  variant: FireVariant;
  firstEnding: number;
}

const placements = ['dedicated', 'subset'] as const;
const portSets = [[9080], [9080, 9090]] as const;
/** Every copy comes through; and what the console does by itself: copied writes are denied. */
const safeties: readonly Safety[] = [{ denyWrites: false }, {}];

/**
 * Each owner's rules in both placements and with both sets of ports. Ports, safety and the ways in which a life ends
 * take turns in such a way that any two of them, and any with any placement, meet: the first test holds it to that.
 */
export const quietLives: readonly QuietLife[] = owners.flatMap((owner, row) =>
  placements.map((placement, column) => ({
    variant: {
      namespace: `fire-${row + 1}-${placement}`,
      placement,
      owner,
      ports: portSets[(row + column) % portSets.length]!,
      safety: safeties[row % safeties.length]!,
    },
    firstEnding: (row + column) % endings.length,
  })),
);

/** The way in which the nth life of a task ends. */
export function endingOf({ firstEnding }: QuietLife, nth: number): Ending {
  return endings[(firstEnding + nth) % endings.length]!;
}

/** Pairs of choices that no quiet life makes together; there are to be none. */
export function missingPairs(): string[] {
  const lives = quietLives.map((life) => ({
    placement: life.variant.placement,
    ports: String(life.variant.ports.length),
    safety: JSON.stringify(life.variant.safety),
    ending: endingOf(life, 0),
    owner: life.variant.owner,
  }));
  const axes = ['placement', 'ports', 'safety', 'ending'] as const;
  const pairs = [
    ...axes.flatMap((axis, index) => axes.slice(index + 1).map((other) => [axis, other] as const)),
    ['owner', 'placement'] as const,
    ['owner', 'ports'] as const,
  ];
  return pairs.flatMap(([axis, other]) => {
    const valuesOf = (name: keyof (typeof lives)[number]) => [...new Set(lives.map((life) => life[name]))];
    return valuesOf(axis).flatMap((one) =>
      valuesOf(other)
        .filter((two) => !lives.some((life) => life[axis] === one && life[other] === two))
        .map((two) => `${axis} ${one}, ${other} ${two}`),
    );
  });
}

type Writes = Partial<Record<Verb, readonly string[]>>;

const recordMade = 'POST configmaps';
const recordGone = 'DELETE configmaps/mirror-console.next';
const routes = 'PUT virtualservices/shop';
const ownRoutes = 'virtualservices/shop-mirror-next';
const rule = 'PUT destinationrules/shop';
const ownRule = 'DELETE destinationrules/shop-mirror-next';
const workloadMade = 'POST deployments';
const workloadGone = 'DELETE deployments/shop-v2';
const serviceGone = 'DELETE services/shop-mirror-next';

/** Every write of a task's life, as the proxy names them; the record's journal and locks aside. */
const dedicated = {
  create: [recordMade, 'POST services', workloadMade, routes],
  change: [routes],
  restore: [routes],
  // Copies out, and what tells that we were there.
  pause: [routes, `${routes} #2`],
  resume: [routes],
  finish: [routes, `${routes} #2`, workloadGone, serviceGone],
  delete: [routes, `${routes} #2`, workloadGone, serviceGone, recordGone],
} satisfies Writes;

/** The same where the owner has no VirtualService, and copied writes are denied. */
const dedicatedAlone = {
  create: [recordMade, 'POST authorizationpolicies', 'POST services', workloadMade, 'POST virtualservices'],
  delete: [
    `DELETE ${ownRoutes}`,
    workloadGone,
    serviceGone,
    'DELETE authorizationpolicies/shop-mirror-next-deny-writes',
    recordGone,
  ],
} satisfies Writes;

/** The owner has neither VirtualService nor rule. */
const subsetAlone = {
  create: [recordMade, 'POST destinationrules', 'POST virtualservices', workloadMade, `PUT ${ownRoutes}`],
  change: [`PUT ${ownRoutes}`],
  pause: [`PUT ${ownRoutes}`],
  resume: [`PUT ${ownRoutes}`],
  delete: [`PUT ${ownRoutes}`, workloadGone, `DELETE ${ownRoutes}`, ownRule, recordGone],
} satisfies Writes;

/** The owner has both, without a subset: his rule gets subsets, his route a pin, and both are taken out again. */
const subsetPinned = {
  create: [recordMade, rule, routes, workloadMade, `${routes} #2`],
  change: [routes],
  pause: [routes],
  resume: [routes],
  // Copies out; pin out, and what tells that we were there.
  delete: [routes, workloadGone, `${routes} #2`, `${routes} #3`, rule, `${rule} #2`, recordGone],
} satisfies Writes;

const all: Safety = { denyWrites: false };
const inDedicated = { placement: 'dedicated', owner: 'one route', ports: [9080], safety: all } as const;
const withClones = { placement: 'dedicated', owner: 'two routes', ports: [9080, 9090], safety: all } as const;
const withoutRules = { placement: 'dedicated', owner: 'none', ports: [9080], safety: {} } as const;
const inSubset = { placement: 'subset', owner: 'none', ports: [9080], safety: all } as const;
const pinning = {
  placement: 'subset',
  owner: 'route without subset, rule without subsets',
  ports: [9080],
  safety: all,
} as const;

/** A kill costs half a minute: they are spread over cases that run side by side. */
export const killedLives: readonly KilledLife[] = [
  life('create', inDedicated, dedicated, { create: dedicated.create }),
  life('change', inDedicated, dedicated, {
    change: dedicated.change,
    pause: dedicated.pause,
    resume: dedicated.resume,
  }),
  life('delete', inDedicated, dedicated, { delete: dedicated.delete }),
  life('clones', withClones, dedicated, { restore: dedicated.restore, finish: dedicated.finish }),
  life('policies', withoutRules, dedicatedAlone, {
    'create, taken back': [workloadMade],
    create: ['POST authorizationpolicies', 'POST virtualservices'],
    delete: [`DELETE ${ownRoutes}`, 'DELETE authorizationpolicies/shop-mirror-next-deny-writes'],
  }),
  life('subset-create', inSubset, subsetAlone, { create: subsetAlone.create }),
  life('subset-change', inSubset, subsetAlone, {
    change: subsetAlone.change,
    pause: subsetAlone.pause,
    resume: subsetAlone.resume,
  }),
  life('subset-delete', inSubset, subsetAlone, { delete: subsetAlone.delete }),
  life('pin-create', pinning, subsetPinned, { create: subsetPinned.create }),
  life('pin-change', pinning, subsetPinned, {
    pause: subsetPinned.pause,
    resume: subsetPinned.resume,
    delete: subsetPinned.delete.slice(4),
  }),
  life('pin-delete', pinning, subsetPinned, { delete: subsetPinned.delete.slice(0, 4) }),
];

function life(
  name: string,
  variant: Omit<FireVariant, 'namespace'>,
  writes: Writes,
  strikes: KilledLife['strikes'],
): KilledLife {
  const known = { ...writes };
  // What a finish has done a deletion does not do again.
  if (strikes.finish) known.delete = [recordGone];
  else delete known.finish;
  return { variant: { ...variant, namespace: `fire-killed-${name}` }, writes: known, strikes };
}
