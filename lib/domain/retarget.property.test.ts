import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VirtualService } from './kubernetes.ts';
import { planCreate } from './plan-create.ts';
import { policiesOf, policiesOfTarget } from './policies.ts';
import { isSafe } from './record-safety.ts';
import { planAnew } from './replan.ts';
import { afterRetargeting, retargetedBack, withJoining, withLeaving, withoutPassages } from './retarget.ts';
import { stepsFor } from './steps.ts';
import { canonicalJson } from './structure.ts';
import { fieldManager, managedByLabel, type TaskRecord, type TaskSpec } from './task.ts';
import { ShapeCount, type World, worldsOfAnyTargets } from './testing/arbitraries.ts';
import { foreignEdit, hasDistinctRoutes } from './testing/foreign-edit.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { serviceHost } from './names.ts';

/** Shapes that matter whichever way targets go. */
const eitherWay = [
  'several leave',
  'pins',
  'own virtual service',
  'own rule',
  'clones',
  'mirror moved',
  'paused',
  'marked',
  'writes denied',
  'writes let through',
];
const wanted = [
  'the first leaves',
  'another one leaves',
  'one is left',
  'the last in subset placement leaves',
  'one in subset placement leaves another one',
  ...eitherWay,
];

interface Case {
  world: World;
  spec: TaskSpec;
  /** Ids of the targets that come or go. */
  some: string[];
  paused: boolean;
}

function clusterOf({ snapshot: { services, virtualServices, destinationRules } }: World): MemoryCluster {
  return new MemoryCluster([...services, ...virtualServices, ...destinationRules]);
}

/** A task at rest once its change is over. */
function settled(spec: TaskSpec): TaskSpec {
  return afterRetargeting({ spec } as TaskRecord).spec;
}

function forAll(name: string, shapes: readonly string[], check: (one: Case, data: number[]) => void): void {
  it(name, () => {
    const seen = new ShapeCount();
    const arbitrary = fc.tuple(protectedWorlds(), fc.nat(), fc.boolean());
    const numbers = fc.array(fc.nat(), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(arbitrary, numbers, ([world, mask, paused], data) => {
        const { spec, checks } = planCreate(world.input, world.snapshot);
        fc.pre(spec !== null && !checks.some(({ severity }) => severity === 'fail'));
        const some = spec.targets.flatMap(({ id }, index) => ((mask >> index) % 2 === 1 ? [id] : []));
        fc.pre(some.length > 0 && some.length < spec.targets.length);
        const one = { world, spec, some, paused };
        seen.add(shapesOf(one));
        check(one, data);
      }),
      { numRuns: 300 },
    );
    expect(seen.cases).toBeGreaterThanOrEqual(250);
    for (const shape of shapes) expect(`${shape}: ${Math.min(seen.of(shape), 1)}`).toBe(`${shape}: 1`);
  });
}

/** Worlds of any targets, in which the operator says of the mirrors' protection this or that. */
function protectedWorlds(): fc.Arbitrary<World> {
  const denyWrites = fc.constantFrom(undefined, true, false);
  return fc.tuple(worldsOfAnyTargets(), fc.record({ denyWrites, marker: fc.boolean() })).map(([world, safety]) => ({
    ...world,
    input: { ...world.input, safety },
  }));
}

function shapesOf({ world, spec, some, paused }: Case): string[] {
  const isSome = ({ id }: { id: string }) => some.includes(id);
  const inSubset = spec.targets.filter(({ placement }) => placement === 'subset');
  const found: [string, boolean][] = [
    ['the first leaves', isSome(spec.targets[0])],
    ['another one leaves', !isSome(spec.targets[0])],
    ['several leave', some.length > 1],
    ['one is left', spec.targets.length - some.length === 1],
    ['the last in subset placement leaves', inSubset.length > 0 && inSubset.every(isSome)],
    ['one in subset placement leaves another one', inSubset.some(isSome) && !inSubset.every(isSome)],
    ['pins', spec.pins.length > 0],
    ['own virtual service', spec.virtualService !== null],
    ['own rule', spec.subsets?.created ?? false],
    ['clones', spec.entries.some(({ cloneName }) => cloneName !== null)],
    ['mirror moved', spec.entries.some(({ replaced }) => replaced?.mirror !== undefined)],
    ['paused', paused],
    ['marked', spec.targets.some(({ policies }) => policies?.marker)],
    ['writes denied', spec.targets.some(({ policies }) => policies?.denyWrites)],
    ['writes let through', world.input.safety?.denyWrites === false],
  ];
  return found.filter(([, is]) => is).map(([shape]) => shape);
}

function start({ world, spec, paused }: Case): MemoryCluster {
  const cluster = clusterOf(world);
  cluster.run('create', spec);
  if (paused) cluster.run('pause', spec);
  return cluster;
}

/** A change that is broken off after some of its steps, each of which done twice is done once. */
function breakOff(cluster: MemoryCluster, changing: TaskSpec, paused: boolean, at: number): void {
  const steps = stepsFor('change', changing, { paused });
  for (const step of steps.slice(0, at % (steps.length + 1))) {
    cluster.apply(step, changing);
    expect(cluster.apply(step, changing), step.id).toBe(false);
  }
}

/** Broken off somewhere and taken back, a change leaves the task and everything else as before. */
function expectTakenBack(one: Case, changing: TaskSpec, at: number): void {
  const { spec, paused } = one;
  const cluster = start(one);
  const standing = cluster.content();
  breakOff(cluster, changing, paused, at);
  const back = retargetedBack(
    changing,
    spec.targets.map(({ id }) => id),
  );
  cluster.run('change', back, { paused });
  expect(cluster.content()).toEqual(standing);
  expect(settled(back)).toEqual(spec);
}

/** What a task's new versions are promised, by version. */
function promises({ targets }: TaskSpec): Record<string, object> {
  const made = targets.filter(({ input }) => 'version' in input);
  return Object.fromEntries(
    made.map(({ version, policies }) => {
      const { denyWrites = false, marker = false } = policies ?? {};
      return [version, { denyWrites, marker }];
    }),
  );
}

/** The task as it would be without some of its targets; null where that is planned otherwise than with them. */
function withoutSome({ world, spec, some }: Case): TaskSpec | null {
  const { targets = [] } = world.input;
  const kept = targets.filter((_, index) => !some.includes(spec.targets[index]?.id ?? ''));
  const plan = planCreate({ ...world.input, targets: kept }, world.snapshot);
  return plan.checks.some(({ severity }) => severity === 'fail') ? null : plan.spec;
}

/** The task without some of its targets, and the same while it gets them. */
function withMore(one: Case): { fewer: TaskSpec; joining: TaskSpec } {
  const { world, spec, some } = one;
  const fewer = withoutSome(one);
  fc.pre(fewer !== null);
  const { targets = [] } = world.input;
  const more = targets.filter((_, index) => some.includes(spec.targets[index]?.id ?? ''));
  const { spec: planned } = planAnew(fewer, world.snapshot, more);
  const joining = planned && withJoining(fewer, planned);
  fc.pre(joining !== null);
  return { fewer, joining };
}

describe('targets of a running task', () => {
  forAll('that are removed go with all that only they stand on, and the rest is as it was', wanted, (one) => {
    const { spec, some, paused } = one;
    const before = clusterOf(one.world).content();
    const cluster = start(one);
    const standing = cluster.content();
    const leaving = withLeaving(spec, some);
    expect(isSafe(leaving)).toBe(true);
    cluster.run('change', leaving, { paused });
    const left = settled(leaving);
    expect(isSafe(left)).toBe(true);
    const now = cluster.content();
    const text = canonicalJson(now);
    for (const target of spec.targets) {
      const { deployment, mirrorService, external, id } = target;
      const made = [deployment, mirrorService, external?.serviceEntry, external?.tlsRule];
      for (const object of [...made, ...policiesOfTarget(spec, target)]) {
        if (!object) continue;
        const key = `${object.kind}/${object.metadata.namespace}/${object.metadata.name}`;
        expect(now[key], key).toEqual(some.includes(id) ? undefined : standing[key]);
      }
      if (mirrorService && some.includes(id))
        expect(text).not.toContain(serviceHost(mirrorService.metadata.name, spec.namespace));
    }
    // What stands is what the task that is left would put there: nothing is missing, nothing left over.
    for (const step of stepsFor('resume', left)) if (!paused) expect(cluster.apply(step, left), step.id).toBe(false);
    for (const { name, created } of left.subsets?.subsets ?? [])
      if (created) expect(canonicalJson(cluster.destinationRules)).toContain(`"name":"${name}"`);
    cluster.run('delete', left);
    expect(cluster.content()).toEqual(before);
    for (const { kind, metadata } of [...cluster.virtualServices, ...cluster.destinationRules]) {
      const managers = metadata.managedFields?.map(({ manager }) => manager) ?? [];
      expect(managers, `${kind} ${metadata.name}`).not.toContain(fieldManager);
    }
  });

  forAll('that are removed can be taken back from every point, and done twice is done once', wanted, (one, [at = 0]) =>
    expectTakenBack(one, withLeaving(one.spec, one.some), at),
  );

  forAll('that are removed can be stopped or deleted from every point', wanted, (one, [at = 0, end = 0]) => {
    const { spec, some, paused } = one;
    const before = clusterOf(one.world).content();
    const cluster = start(one);
    const leaving = withLeaving(spec, some);
    breakOff(cluster, leaving, paused, at);
    if (end % 2 === 0) {
      cluster.run('pause', leaving);
      cluster.run('delete', settled(leaving));
    } else {
      cluster.run('delete', withoutPassages(leaving));
    }
    expect(cluster.content()).toEqual(before);
  });

  forAll('that are removed keep what others edited meanwhile', wanted, (one, data) => {
    const { world, spec, some, paused } = one;
    fc.pre(hasDistinctRoutes(world.snapshot.virtualServices));
    const cluster = start(one);
    const untouched = clusterOf(world);
    const edit = (numbers: readonly number[]) => {
      for (const { metadata } of world.snapshot.virtualServices) {
        for (const side of [cluster, untouched])
          side.put(foreignEdit(side.get('VirtualService', 'shop', metadata.name) as VirtualService, numbers));
      }
    };
    // A route with an entry is not taken away: the change would be refused. Everything else is the owner's to do.
    const [add = 0, , move = 0, to = 0, weight = 0, label = 0, timeout = 0, addAt = 0] = data;
    edit([0, 0, move, to, weight, label, timeout, 0, 0]);
    const leaving = withLeaving(spec, some);
    cluster.run('change', leaving, { paused });
    edit([add, 0, 0, 0, 0, 0, 0, addAt, 0]);
    cluster.run('delete', settled(leaving));
    expect(cluster.content()).toEqual(untouched.content());
    expect(canonicalJson(cluster.content())).not.toContain(managedByLabel.value);
  });

  forAll(
    'that are added stand as if the task had been created with them, and can be taken back from every point',
    eitherWay,
    (one, [at = 0]) => {
      const { world, spec, paused } = one;
      const { fewer, joining } = withMore(one);
      expect(isSafe(joining)).toBe(true);
      const whole = start({ ...one, spec: fewer });
      whole.run('change', joining, { paused });
      const joined = settled(joining);
      expect(isSafe(joined)).toBe(true);
      expect(joined.targets).toHaveLength(spec.targets.length);
      for (const step of stepsFor('resume', joined))
        if (!paused) expect(whole.apply(step, joined), step.id).toBe(false);
      whole.run('delete', joined);
      expect(whole.content()).toEqual(clusterOf(world).content());
      expectTakenBack({ ...one, spec: fewer }, joining, at);
    },
  );

  forAll(
    'that are added are protected as those that stand: marked where they are, and writes denied by policies of their own',
    ['marked', 'writes denied', 'writes let through'],
    (one) => {
      const { world, spec, paused } = one;
      const { fewer, joining } = withMore(one);
      const isOfNew = Object.keys(promises(fewer)).length > 0;
      fc.pre(isOfNew && Object.keys(promises(spec)).length > Object.keys(promises(fewer)).length);
      expect(promises(joining)).toEqual(promises(spec));
      const cluster = start({ ...one, spec: fewer });
      cluster.run('change', joining, { paused });
      const joined = settled(joining);
      for (const { kind, metadata, spec: wanted } of policiesOf(joined))
        expect(cluster.get(kind, 'shop', metadata.name), metadata.name).toMatchObject({ spec: wanted });
      const going = joined.targets.slice(fewer.targets.length).map(({ id }) => id);
      cluster.run('change', withLeaving(joined, going), { paused });
      expect(cluster.policies).toHaveLength(policiesOf(fewer).length);
      cluster.run('delete', settled(withLeaving(joined, going)));
      expect(cluster.content()).toEqual(clusterOf(world).content());
    },
  );
});
