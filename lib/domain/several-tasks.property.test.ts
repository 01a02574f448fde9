import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment, Service } from './kubernetes.ts';
import { entriesAnew } from './entries-anew.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import { percentagesOf, withPercentages } from './targets.ts';
import type { NewVersionTarget, RouteChoice, TaskSpec } from './task.ts';
import { planAnew } from './replan.ts';
import { reselected, withoutLeaving } from './reselect.ts';
import type { RequestSelection } from './request-match.ts';
import { rivalOf } from './rivals.ts';
import { sameJson } from './structure.ts';
import { selections, ShapeCount, worlds } from './testing/arbitraries.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { hostOf, outcomeOf, type MeshState, type Request } from './testing/mesh-evaluator.ts';
import { entriesIn, entryStatus, isClone } from './virtual-service-edit.ts';

const requests = fc.record<Request>({
  client: fc.constantFrom('shop', 'other'),
  port: fc.constantFrom(9080, 9090, 9443),
  path: fc.constantFrom('/', '/reviews/0', '/health'),
  method: fc.constantFrom('GET', 'POST'),
  headers: fc.constantFrom<Record<string, string>[]>({}, { 'x-test-user': 'true' }, { cookie: 'beta=1' }),
  labels: fc.constantFrom<Record<string, string>[]>({}, { app: 'productpage' }),
});

function snapshotNow(base: PlanningSnapshot, cluster: MemoryCluster, tasks: TaskSpec[]): PlanningSnapshot {
  return {
    ...base,
    virtualServices: cluster.virtualServices,
    destinationRules: cluster.destinationRules,
    services: cluster.list('Service') as Service[],
    deployments: [...base.deployments, ...(cluster.list('Deployment') as Deployment[])],
    tasks,
  };
}

function feasible(input: PlanningInput, snapshot: PlanningSnapshot): TaskSpec | null {
  const { spec, checks } = planCreate(input, snapshot);
  return checks.some(({ severity }) => severity === 'fail') ? null : spec;
}

/** What is asked for, with the shares that the task has by now. */
function withShares({ targets, ...input }: PlanningInput, spec: TaskSpec): PlanningInput {
  const shares = percentagesOf(spec);
  if (!targets) return { ...input, percentage: shares[0] };
  return { ...input, targets: targets.map((one, index) => ({ ...one, percentage: shares[index] ?? 0 })) };
}

const v4: NewVersionTarget & { percentage: number } = {
  kind: 'version',
  version: 'v4',
  replicas: 1,
  containers: [],
  percentage: 30,
};

interface Move {
  task: 'a' | 'b';
  /** `apply`: the owner's tool writes his own routes again, and what mirrors is restored, this task first. */
  verb: 'pause' | 'resume' | 'change' | 'select' | 'delete' | 'create' | 'apply';
  percentage: number;
  /** What a task that is created again selects, or one that selects otherwise. */
  selection: RequestSelection | undefined;
}

const moves = fc.array(
  fc.record<Move>({
    task: fc.constantFrom('a', 'b'),
    verb: fc.constantFrom('pause', 'resume', 'change', 'select', 'select', 'delete', 'create', 'apply'),
    selection: fc.option(selections, { nil: undefined, freq: 2 }),
    percentage: fc.integer({ min: 1, max: 1_000_000 }).map((millionths) => millionths / 10_000),
  }),
  { maxLength: 6 },
);

/** Which of a service's routes a task copies from, by their positions; undefined: from every one. */
const picks = fc.option(fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }), { nil: undefined, freq: 2 });

function someRoutes(
  input: PlanningInput,
  snapshot: PlanningSnapshot,
  positions: number[] | undefined,
): RouteChoice[] | undefined {
  const able = planCreate(input, snapshot).routes.filter(({ canMirror }) => canMirror);
  if (!positions || able.length === 0) return undefined;
  const picked = [...new Set(positions.map((position) => able[position % able.length]))];
  return picked.flatMap((one) =>
    one ? [{ namespace: one.namespace, virtualService: one.virtualService, route: one.route }] : [],
  );
}

/** A task's own VirtualService does by a rule what Istio does without: the service's port that the request came for. */
function unruled(live: unknown, { port }: Request, service: Service): unknown {
  const plain = { route: [{ destination: { host: hostOf(service), port: { number: port } } }] };
  return sameJson(live, plain) ? 'default' : live;
}

describe('two tasks on one service', () => {
  it('copy the union of what each copies alone, whatever is done with either, and leave nothing', () => {
    const seen = new ShapeCount();
    const arbitrary = fc.record({
      world: fc.oneof(worlds({ placement: 'dedicated' }), worlds({ pinned: true, placement: 'dedicated' })),
      sent: fc.array(requests, { minLength: 1, maxLength: 8 }),
      ports: fc.option(fc.constantFrom<number[][]>([9080], [9090]), { nil: undefined }),
      selection: fc.option(selections, { nil: undefined, freq: 2 }),
      chosen: fc.record({ a: picks, b: picks }),
      history: moves,
      together: fc.boolean(),
      hasSeveral: fc.boolean(),
    });
    fc.assert(
      fc.property(arbitrary, ({ world, sent, ports, selection, chosen, history, together, hasSeveral }) => {
        const { snapshot, input: first } = world;
        const service = snapshot.services[0];
        if (!service) throw new Error('no service');
        const start = [...snapshot.services, ...snapshot.virtualServices, ...snapshot.destinationRules];
        const { ports: _ports, selection: _selection, ...common } = first;
        const { target, percentage, ...rest } = first;
        const several = target && { ...rest, targets: [{ ...target, percentage: percentage ?? 100 }, v4] };
        const inputs: Record<'a' | 'b', PlanningInput> = {
          a: (hasSeveral && several) || first,
          b: {
            ...common,
            name: 'task-b',
            target: { kind: 'version', version: 'v3', replicas: 1, containers: [] },
            percentage: 12.5,
            ...(ports && { ports }),
            ...(selection && { selection }),
          },
        };
        for (const task of ['a', 'b'] as const) {
          const routes = someRoutes(inputs[task], snapshot, chosen[task]);
          if (routes) inputs[task] = { ...inputs[task], routes };
        }
        const both = new MemoryCluster(start);
        const standing = new Map<'a' | 'b', { spec: TaskSpec; mirrors: boolean }>();
        const specs = () => [...standing.values()].map(({ spec }) => spec);

        const anew = (spec: TaskSpec): TaskSpec => {
          const others = specs().filter(({ name }) => name !== spec.name);
          return { ...spec, entries: entriesAnew(spec, { service, virtualServices: both.virtualServices, others }) };
        };
        const plan = (task: 'a' | 'b') =>
          feasible(inputs[task], snapshot) && feasible(inputs[task], snapshotNow(snapshot, both, specs()));
        const create = (task: 'a' | 'b', planned = plan(task)) => {
          if (!planned) return false;
          const spec = anew(planned);
          both.run('create', spec);
          standing.set(task, { spec, mirrors: true });
          return true;
        };
        const restore = (task: 'a' | 'b') => {
          const now = standing.get(task);
          if (!now) return;
          const spec = now.mirrors ? anew(now.spec) : now.spec;
          both.run('restore', spec, { paused: !now.mirrors });
          standing.set(task, { ...now, spec });
        };
        const move = ({ task, verb, percentage, selection }: Move) => {
          if (verb === 'apply') {
            for (const object of start.filter(({ kind }) => kind === 'VirtualService')) both.put(object);
            restore(task);
            restore(task === 'a' ? 'b' : 'a');
            return true;
          }
          const now = standing.get(task);
          if (!now && verb === 'create') {
            const { selection: _before, ...input } = inputs[task];
            inputs[task] = { ...input, ...(selection && { selection }) };
            return create(task);
          }
          if (verb === 'select') return now !== undefined && select(task, now, selection);
          if (!now || verb === 'create' || (verb === 'resume') === now.mirrors) return false;
          if (verb === 'delete') {
            both.run('delete', now.spec);
            return standing.delete(task);
          }
          const spec =
            verb === 'pause' ? now.spec : anew(verb === 'change' ? withPercentages(now.spec, [percentage]) : now.spec);
          both.run(verb, spec);
          standing.set(task, { spec, mirrors: verb !== 'pause' });
          return true;
        };
        const copiesNow = () => sent.map((request) => outcomeOf(request, stateOf(both)).copies);
        /** Other requests of a task that stands; on the way nothing is copied that neither the old nor the new selects. */
        const select = (
          task: 'a' | 'b',
          { spec, mirrors }: { spec: TaskSpec; mirrors: boolean },
          selection: RequestSelection | undefined,
        ) => {
          const { selection: _before, ...rest } = spec;
          const wanted = { ...rest, ...(selection && { selection }) };
          const { spec: planned } = planAnew(wanted, snapshotNow(snapshot, both, specs()));
          const next = planned && reselected(spec, planned);
          if (!next) return false;
          const { selection: _old, ...input } = inputs[task];
          inputs[task] = { ...input, ...(selection && { selection }) };
          const started = mirrors ? anew(next) : next;
          const states = [copiesNow()];
          both.run('change', started, { paused: !mirrors }, () => states.push(copiesNow()));
          const [first = [], last = []] = [states[0], states.at(-1)];
          for (const state of states)
            for (const [index, copies] of state.entries())
              expect([...(first[index] ?? []), ...(last[index] ?? [])]).toEqual(expect.arrayContaining(copies));
          standing.set(task, { spec: withoutLeaving(started), mirrors });
          return true;
        };
        const stateOf = (cluster: MemoryCluster): MeshState => ({
          service,
          virtualServices: cluster.virtualServices,
          destinationRules: cluster.destinationRules,
        });
        const compare = () => {
          for (const { spec, mirrors } of standing.values()) {
            for (const object of both.virtualServices) {
              const found = entriesIn(spec, object).map((entry) => entryStatus(object, entry, spec).status);
              if (mirrors) expect(found).not.toContain('out');
              expect(found).not.toContain('clone_stale');
            }
          }
          for (const { spec } of both.virtualServices)
            for (const route of spec.http ?? []) if (isClone(route)) expect(route.match).not.toEqual([]);
          const alone = [...standing].flatMap(([task, { spec, mirrors }]) => {
            const planned = mirrors && feasible(withShares(inputs[task], spec), snapshot);
            if (!planned) return [];
            const cluster = new MemoryCluster(start);
            cluster.run('create', planned);
            return [cluster];
          });
          for (const request of sent) {
            const now = outcomeOf(request, stateOf(both));
            const untouched = outcomeOf(request, stateOf(new MemoryCluster(start)));
            const wanted = alone.flatMap((part) => outcomeOf(request, stateOf(part)).copies);
            expect(unruled(now.live, request, service)).toEqual(untouched.live);
            expect(now.copies).toEqual([...new Set([...untouched.copies, ...wanted])].sort());
          }
        };

        if (together) {
          // Both are planned before either copies anything, as while new versions roll out.
          const [a, b] = [plan('a'), plan('b')];
          // Rivals are no two tasks: one of them gives way.
          fc.pre(a !== null && b !== null && rivalOf(a, [b]) === null);
          create('a', a);
          create('b', b);
        } else {
          fc.pre(create('a'));
          fc.pre(create('b'));
        }
        seen.add([
          ...world.shapes,
          ...(hasSeveral ? ['several targets'] : []),
          ...(specs().some(({ entries }) => entries.some(({ cloneName }) => cloneName)) ? ['clones'] : []),
          ...(world.input.selection && selection ? ['two selections'] : []),
          ...(inputs.a.routes || inputs.b.routes ? ['some routes'] : []),
          ...history.map(({ verb }) => verb),
        ]);
        compare();
        for (const one of history) if (move(one)) compare();
        for (const { spec } of standing.values()) both.run('delete', spec);
        expect(both.content()).toEqual(new MemoryCluster(start).content());
      }),
      { numRuns: 1_200 },
    );
    expect(seen.cases).toBeGreaterThanOrEqual(1_000);
    const wanted = ['clones', 'match port', 'match', 'foreign mirror', 'foreign mirrors', 'several ports'];
    for (const shape of [
      ...wanted,
      'two selections',
      'several targets',
      'some routes',
      'pause',
      'resume',
      'change',
      'select',
      'delete',
      'apply',
    ]) {
      expect(`${shape}: ${Math.min(seen.of(shape), 1)}`).toBe(`${shape}: 1`);
    }
  });
});
