import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpRoute, VirtualService } from './kubernetes.ts';
import { planCreate } from './plan-create.ts';
import { mirrorPoliciesOf, withoutMirrorFields } from './route-mirror.ts';
import { stepsFor } from './steps.ts';
import { canonicalJson, clone } from './structure.ts';
import { percentagesOf, targetOfEntry, withPercentages } from './targets.ts';
import { managedByLabel, type TaskSpec } from './task.ts';
import { ShapeCount, type World, worldsOfAnyTargets } from './testing/arbitraries.ts';
import { foreignEdit, hasDistinctRoutes } from './testing/foreign-edit.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { isClone } from './virtual-service-edit.ts';

const runs = { numRuns: 1_500 };
const everyShape = [
  'no virtual service',
  'several virtual services',
  'gateway',
  'private',
  'short host',
  'fqdn host',
  'several routes',
  'named',
  'unnamed',
  'match',
  'match port',
  'weights',
  'redirect',
  'direct response',
  'delegate',
  'foreign mirror',
  'foreign mirrors',
  'empty mirrors',
  'old mirror percent',
  'stray mirror percentage',
  'subset',
  'unpinned',
  'unknown fields',
  'several ports',
  'destination rule',
  'subset for the mirror',
  'rule without subsets',
];

interface Case {
  spec: TaskSpec;
  cluster: MemoryCluster;
  world: World;
}

/** A planned task on a generated world; null when the plan's checks fail: then nothing is written. */
function start(world: World): Case | null {
  const { spec, checks } = planCreate(world.input, world.snapshot);
  if (!spec || checks.some(({ severity }) => severity === 'fail')) return null;
  const { services, virtualServices, destinationRules } = world.snapshot;
  return { spec, world, cluster: new MemoryCluster([...services, ...virtualServices, ...destinationRules]) };
}

/** Runs a property over worlds that can be planned and makes sure that the interesting ones came. */
function forAll(name: string, wanted: readonly string[], check: (planned: Case, data: number[]) => void): void {
  it(name, () => {
    const seen = new ShapeCount();
    const arbitrary = worldsOfAnyTargets();
    fc.assert(
      fc.property(arbitrary, fc.array(fc.nat(), { minLength: 12, maxLength: 12 }), (world, data) => {
        const planned = start(world);
        fc.pre(planned !== null);
        seen.add([...world.shapes, ...resultShapes(planned.spec)]);
        check(planned, data);
      }),
      runs,
    );
    expect(seen.cases).toBeGreaterThanOrEqual(1_000);
    for (const shape of wanted) expect(`${shape}: ${Math.min(seen.of(shape), 1)}`).toBe(`${shape}: 1`);
  });
}

function resultShapes(spec: TaskSpec): string[] {
  return [
    ...spec.targets.map(({ placement }) => `placement ${placement}`),
    ...(spec.targets.length > 1 ? ['several targets'] : []),
    ...(new Set(spec.targets.map(({ input }) => input.kind)).size > 2 ? ['targets of every kind'] : []),
    ...(spec.subsets && spec.subsets.subsets.filter(({ role }) => role === 'mirror').length > 1
      ? ['several mirrors behind the service']
      : []),
    ...(spec.entries.some(({ cloneName }) => cloneName !== null) ? ['clones'] : []),
    ...(spec.entries.some(({ replaced }) => replaced?.mirror !== undefined) ? ['mirror moved'] : []),
    ...(spec.pins.length > 0 ? ['pins'] : []),
    ...(spec.virtualService ? ['own virtual service'] : []),
    ...(spec.subsets?.created ? ['own rule'] : []),
    ...(spec.subsets && !spec.subsets.created ? ['shared rule'] : []),
  ];
}

const results = [
  'several targets',
  'targets of every kind',
  'several mirrors behind the service',
  'placement dedicated',
  'placement subset',
  'clones',
  'mirror moved',
  'pins',
  'own virtual service',
  'own rule',
  'shared rule',
];

describe('plans on shared objects', () => {
  forAll('undo gives every object back as it was', [...everyShape, ...results], ({ spec, cluster }) => {
    const before = cluster.content();
    cluster.run('create', spec);
    cluster.run('delete', spec);
    expect(cluster.content()).toEqual(before);
    for (const object of [...cluster.virtualServices, ...cluster.destinationRules]) {
      expect(object.metadata.managedFields?.some(({ manager }) => manager === 'mirror-console') ?? false).toBe(false);
    }
  });

  forAll('every step done twice is done once', results, ({ spec, cluster }) => {
    for (const verb of ['create', 'pause', 'resume', 'change', 'delete'] as const) {
      for (const step of stepsFor(verb, spec)) {
        cluster.apply(step, spec);
        expect(cluster.apply(step, spec)).toBe(false);
      }
    }
  });

  forAll('an interrupted creation can be taken back from every point', results, ({ spec, cluster }, [at = 0]) => {
    const before = cluster.content();
    const steps = stepsFor('create', spec);
    for (const step of steps.slice(0, at % (steps.length + 1))) cluster.apply(step, spec);
    cluster.run('rollback', spec);
    expect(cluster.content()).toEqual(before);
  });

  forAll(
    'foreign routes, their order and their mirrors stay',
    [...everyShape, ...results],
    ({ spec, cluster, world }) => {
      cluster.run('create', spec);
      for (const original of world.snapshot.virtualServices) {
        const now = cluster.get('VirtualService', 'shop', original.metadata.name) as VirtualService;
        expect(now.metadata.labels).toEqual(original.metadata.labels);
        expect({ ...now.spec, http: null }).toEqual({ ...original.spec, http: null });
        const theirs = (now.spec.http ?? []).filter((route) => !isClone(route));
        expect(theirs.map((route) => foreignPart(route, spec))).toEqual(
          (original.spec.http ?? []).map((route) => foreignPart(route, spec)),
        );
        for (const [index, route] of (original.spec.http ?? []).entries()) {
          const kept = mirrorPoliciesOf(theirs[index] ?? {}).map(canonicalJson);
          expect(kept).toEqual(expect.arrayContaining(mirrorPoliciesOf(route).map(canonicalJson)));
          expect(kept.length - mirrorPoliciesOf(route).length).toBeLessThanOrEqual(spec.targets.length);
        }
      }
    },
  );

  forAll('pause takes out every entry, and resume puts the same ones in', results, ({ spec, cluster }) => {
    cluster.run('create', spec);
    const mirroring = cluster.content();
    cluster.run('pause', spec);
    const text = canonicalJson(cluster.virtualServices.map(({ spec: rules }) => rules));
    for (const entry of spec.entries) {
      const { destination, cloneName } = entry;
      if (targetOfEntry(spec, entry).mirrorService) expect(text).not.toContain(destination.host);
      if (cloneName !== null) expect(text).not.toContain(cloneName);
    }
    cluster.run('resume', spec);
    expect(cluster.content()).toEqual(mirroring);
  });

  forAll('a change of percentage changes nothing else', results, ({ spec, cluster }) => {
    cluster.run('create', spec);
    const before = withoutPercentages(cluster);
    const others = percentagesOf(spec).map((percentage) => (percentage === 50 ? 49 : 50));
    cluster.run('change', withPercentages(spec, others));
    expect(withoutPercentages(cluster)).toBe(before);
    cluster.run('change', spec);
    expect(withoutPercentages(cluster)).toBe(before);
  });

  forAll(
    'undo keeps what others edited meanwhile and leaves nothing of ours',
    results,
    ({ spec, cluster, world }, data) => {
      fc.pre(hasDistinctRoutes(world.snapshot.virtualServices));
      cluster.run('create', spec);
      const untouched = new MemoryCluster([
        ...world.snapshot.services,
        ...world.snapshot.virtualServices,
        ...world.snapshot.destinationRules,
      ]);
      for (const { metadata } of world.snapshot.virtualServices) {
        for (const side of [cluster, untouched]) {
          side.put(foreignEdit(side.get('VirtualService', 'shop', metadata.name) as VirtualService, data));
        }
      }
      cluster.run('delete', spec);
      expect(cluster.content()).toEqual(untouched.content());
      expect(canonicalJson(cluster.content())).not.toContain(managedByLabel.value);
    },
  );
});

/** A route as its owner sees it: without copies and without the subset that a pin gave it. */
function foreignPart(route: HttpRoute, spec: TaskSpec): HttpRoute {
  const bare = clone(withoutMirrorFields(route));
  const pinned = new Set(spec.pins.map(({ subset }) => subset));
  for (const { destination } of bare.route ?? []) if (pinned.has(destination.subset ?? '')) delete destination.subset;
  return bare;
}

function withoutPercentages(cluster: MemoryCluster): string {
  const omit = (key: string, value: unknown) =>
    key === 'mirrorPercentage' || key === 'percentage' ? undefined : value;
  return JSON.stringify(cluster.content(), omit);
}
