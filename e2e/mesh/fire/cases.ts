import { isFull } from './fire.ts';
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
      isApart: true,
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
const policyMade = 'POST authorizationpolicies';
const policyGone = 'DELETE authorizationpolicies/shop-mirror-next-deny-writes';
const routes = 'PUT virtualservices/shop';
const ownRoutes = 'virtualservices/shop-mirror-next';
const rule = 'PUT destinationrules/shop';
const ownRuleGone = 'DELETE destinationrules/shop-mirror-next';
const markerMade = 'POST envoyfilters';
const markerGone = 'DELETE envoyfilters/shop-mirror-next-marker';
const workloadMade = 'POST deployments';
const workloadKept = 'PUT deployments/shop-v2';
const serviceKept = 'PUT services/shop-mirror-next';
const workloadGone = 'DELETE deployments/shop-v2';
const serviceGone = 'DELETE services/shop-mirror-next';

/** Every write of a task's life, as the proxy names them; the record's journal and locks aside. */
const dedicated = {
  create: [recordMade, 'POST services', workloadMade, routes],
  change: [routes],
  // Copies out, and what tells that we were there.
  pause: [routes, `${routes} #2`],
  resume: [routes],
  delete: [routes, `${routes} #2`, workloadGone, serviceGone, recordGone],
} satisfies Writes;

/** The same where copied writes are denied. */
const dedicatedDenied = {
  ...dedicated,
  create: [recordMade, policyMade, 'POST services', workloadMade, routes],
  restore: [routes],
  finish: [routes, `${routes} #2`, workloadGone, serviceGone, policyGone],
  delete: [routes, `${routes} #2`, workloadGone, serviceGone, policyGone, recordGone],
} satisfies Writes;

/** The same where a finish keeps the new version, which a deletion takes. */
const dedicatedKept = {
  ...dedicatedDenied,
  'finish, keeping the workload': [routes, `${routes} #2`, workloadKept, serviceKept, policyGone],
  delete: [workloadGone, serviceGone, recordGone],
} satisfies Writes;

/** The same where the owner has no VirtualService, and copies are marked. */
const dedicatedAlone = {
  create: [recordMade, policyMade, markerMade, 'POST services', workloadMade, 'POST virtualservices'],
  change: [`PUT ${ownRoutes}`],
  pause: [`DELETE ${ownRoutes}`],
  resume: ['POST virtualservices'],
  delete: [`DELETE ${ownRoutes}`, workloadGone, serviceGone, policyGone, markerGone, recordGone],
} satisfies Writes;

/** The owner has neither VirtualService nor rule. */
const subsetAlone = {
  create: [recordMade, 'POST destinationrules', 'POST virtualservices', workloadMade, `PUT ${ownRoutes}`],
  change: [`PUT ${ownRoutes}`],
  pause: [`PUT ${ownRoutes}`],
  resume: [`PUT ${ownRoutes}`],
  delete: [`PUT ${ownRoutes}`, workloadGone, `DELETE ${ownRoutes}`, ownRuleGone, recordGone],
} satisfies Writes;

/** The owner has a rule, which gets a subset and loses it again. */
const subsetWithRule = {
  ...subsetAlone,
  create: [recordMade, rule, 'POST virtualservices', workloadMade, `PUT ${ownRoutes}`],
  delete: [`PUT ${ownRoutes}`, workloadGone, `DELETE ${ownRoutes}`, rule, `${rule} #2`, recordGone],
} satisfies Writes;

/** The owner has a route without a subset, which gets a pin and loses it again. */
const subsetWithRoute = {
  create: [recordMade, 'POST destinationrules', routes, workloadMade, `${routes} #2`],
  change: [routes],
  pause: [routes],
  resume: [routes],
  // Copies out; pin out, and what tells that we were there.
  finish: [routes, workloadGone, `${routes} #2`, `${routes} #3`, ownRuleGone],
  delete: [routes, workloadGone, `${routes} #2`, `${routes} #3`, ownRuleGone, recordGone],
} satisfies Writes;

/** The owner has both. */
const subsetWithBoth = {
  ...subsetWithRoute,
  create: [recordMade, rule, routes, workloadMade, `${routes} #2`],
  finish: [routes, workloadGone, `${routes} #2`, `${routes} #3`, rule, `${rule} #2`],
  delete: [routes, workloadGone, `${routes} #2`, `${routes} #3`, rule, `${rule} #2`, recordGone],
} satisfies Writes;

/** The same where a finish keeps the new version, with the pin that keeps clients from it until a deletion takes both. */
const subsetKept = {
  ...subsetWithBoth,
  'finish, keeping the workload': [routes, workloadKept],
  delete: [workloadGone, routes, `${routes} #2`, rule, `${rule} #2`, recordGone],
} satisfies Writes;

const all: Safety = { denyWrites: false };
const inDedicated = { placement: 'dedicated', owner: 'one route', ports: [9080] } as const;
const inSubset = { placement: 'subset', ports: [9080], safety: all } as const;
const alone = { ...inSubset, owner: 'none' } as const;
const withBoth = { ...inSubset, owner: 'route without subset, rule without subsets' } as const;

/** Together they have the console killed after every kind of write of every verb. As many run side by side as may be. */
const usualKills: readonly KilledLife[] = [
  life('create', { ...inDedicated, safety: {} }, dedicatedDenied, {
    create: dedicatedDenied.create,
    pause: dedicatedDenied.pause,
    resume: dedicatedDenied.resume,
  }),
  life('clones', { ...inDedicated, owner: 'two routes', ports: [9080, 9090], safety: {} }, dedicatedDenied, {
    change: dedicatedDenied.change,
    restore: dedicatedDenied.restore,
    finish: dedicatedDenied.finish,
    delete: [recordGone],
  }),
  life('rule', { ...inSubset, owner: 'rule alone' }, subsetWithRule, {
    create: subsetWithRule.create.slice(0, 4),
    delete: [`PUT ${ownRoutes}`, `DELETE ${ownRoutes}`, rule, `${rule} #2`],
  }),
  life('pin', { ...inSubset, owner: 'route without subset' }, subsetWithRoute, {
    create: ['POST destinationrules', routes, `${routes} #2`],
    finish: subsetWithRoute.finish,
  }),
];

/** The same writes where the owner has other rules, a finish that keeps the workload, and a creation that is taken back. */
const otherKills: readonly KilledLife[] = [
  life('delete', { ...inDedicated, safety: all }, dedicated, {
    change: dedicated.change,
    delete: dedicated.delete,
  }),
  life('policies', { ...inDedicated, owner: 'none', safety: { marker: true } }, dedicatedAlone, {
    'create, taken back': [workloadMade],
    create: [policyMade, markerMade, 'POST virtualservices'],
    change: dedicatedAlone.change,
    pause: dedicatedAlone.pause,
    resume: dedicatedAlone.resume,
    delete: [`DELETE ${ownRoutes}`, policyGone, markerGone],
  }),
  life('kept', { ...inDedicated, safety: {} }, dedicatedKept, {
    'finish, keeping the workload': dedicatedKept['finish, keeping the workload'],
  }),
  life('alone-create', alone, subsetAlone, { create: subsetAlone.create }),
  life('alone-change', alone, subsetAlone, {
    change: subsetAlone.change,
    pause: subsetAlone.pause,
    resume: subsetAlone.resume,
  }),
  life('alone-delete', alone, subsetAlone, { delete: subsetAlone.delete }),
  life('both-create', withBoth, subsetWithBoth, { create: subsetWithBoth.create }),
  life('both-change', withBoth, subsetWithBoth, {
    change: subsetWithBoth.change,
    pause: subsetWithBoth.pause,
    resume: subsetWithBoth.resume,
    delete: subsetWithBoth.delete.slice(4),
  }),
  life('both-delete', withBoth, subsetWithBoth, { delete: subsetWithBoth.delete.slice(0, 4) }),
  life('both-finish', withBoth, subsetWithBoth, { finish: subsetWithBoth.finish }),
  life('both-kept', withBoth, subsetKept, {
    'finish, keeping the workload': subsetKept['finish, keeping the workload'],
    delete: subsetKept.delete.slice(0, 5),
  }),
];

/** Lives whose console is killed: each kill costs more than half a minute. */
export const killedLives: readonly KilledLife[] = isFull ? [...usualKills, ...otherKills] : usualKills;

/** Kinds of writes, by placement and verb, after which no life has the console killed; there are to be none. */
export function missingStrikes(): string[] {
  const all = [...usualKills, ...otherKills];
  const kindsOf = (part: 'writes' | 'strikes') =>
    all.flatMap((life) =>
      Object.entries(life[part]).flatMap(([verb, writes]) =>
        writes.map((write) => `${life.variant.placement}: ${verb}: ${write}`),
      ),
    );
  const struck = new Set(kindsOf('strikes'));
  return [...new Set(kindsOf('writes'))].filter((kind) => !struck.has(kind));
}

function life(
  name: string,
  variant: Omit<FireVariant, 'namespace'>,
  writes: Writes,
  strikes: KilledLife['strikes'],
): KilledLife {
  const known: Writes = { ...writes };
  // What a finish has done a deletion does not do again.
  if (strikes.finish) known.delete = [recordGone];
  return { variant: { ...variant, namespace: `fire-killed-${name}`, isApart: true }, writes: known, strikes };
}
