import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment, Service } from './kubernetes.ts';
import { entriesAnew } from './entries-anew.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import type { TaskSpec } from './task.ts';
import { selections, ShapeCount, worlds } from './testing/arbitraries.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { outcomeOf, type MeshState, type Request } from './testing/mesh-evaluator.ts';

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

type Move = { task: 'a' | 'b'; verb: 'pause' | 'resume' | 'change' | 'delete' | 'create'; percentage: number };

const moves = fc.array(
  fc.record<Move>({
    task: fc.constantFrom('a', 'b'),
    verb: fc.constantFrom('pause', 'resume', 'change', 'delete', 'create'),
    percentage: fc.integer({ min: 1, max: 1_000_000 }).map((millionths) => millionths / 10_000),
  }),
  { maxLength: 6 },
);

describe('two tasks on one service', () => {
  it('copy the union of what each copies alone, whatever is done with either, and leave nothing', () => {
    const seen = new ShapeCount();
    const arbitrary = fc.record({
      world: fc.oneof(worlds({ placement: 'dedicated' }), worlds({ pinned: true, placement: 'dedicated' })),
      sent: fc.array(requests, { minLength: 1, maxLength: 8 }),
      ports: fc.option(fc.constantFrom<number[][]>([9080], [9090]), { nil: undefined }),
      selection: fc.option(selections, { nil: undefined, freq: 2 }),
      history: moves,
    });
    fc.assert(
      fc.property(arbitrary, ({ world, sent, ports, selection, history }) => {
        const { snapshot, input: first } = world;
        const service = snapshot.services[0];
        if (!service) throw new Error('no service');
        const start = [...snapshot.services, ...snapshot.virtualServices, ...snapshot.destinationRules];
        const { ports: _ports, selection: _selection, ...common } = first;
        const inputs: Record<'a' | 'b', PlanningInput> = {
          a: first,
          b: {
            ...common,
            name: 'task-b',
            target: { kind: 'version', version: 'v3', replicas: 1, containers: [] },
            percentage: 12.5,
            ...(ports && { ports }),
            ...(selection && { selection }),
          },
        };
        const both = new MemoryCluster(start);
        const standing = new Map<'a' | 'b', { spec: TaskSpec; mirrors: boolean }>();
        const specs = () => [...standing.values()].map(({ spec }) => spec);

        const create = (task: 'a' | 'b') => {
          const spec = feasible(inputs[task], snapshotNow(snapshot, both, specs()));
          if (!spec || !feasible(inputs[task], snapshot)) return false;
          both.run('create', spec);
          standing.set(task, { spec, mirrors: true });
          return true;
        };
        const move = ({ task, verb, percentage }: Move) => {
          const now = standing.get(task);
          if (!now) return verb === 'create' && create(task);
          if (verb === 'create' || (verb === 'resume') === now.mirrors) return false;
          if (verb === 'delete') {
            both.run('delete', now.spec);
            return standing.delete(task);
          }
          const others = specs().filter((spec) => spec !== now.spec);
          const spec =
            verb === 'pause'
              ? now.spec
              : {
                  ...now.spec,
                  entries: entriesAnew(now.spec, { service, virtualServices: both.virtualServices, others }),
                  ...(verb === 'change' && { percentage }),
                };
          both.run(verb, spec);
          standing.set(task, { spec, mirrors: verb !== 'pause' });
          return true;
        };
        const stateOf = (cluster: MemoryCluster): MeshState => ({
          service,
          virtualServices: cluster.virtualServices,
          destinationRules: cluster.destinationRules,
        });
        const compare = () => {
          const alone = [...standing].flatMap(([task, { spec, mirrors }]) => {
            const planned = mirrors && feasible({ ...inputs[task], percentage: spec.percentage }, snapshot);
            if (!planned) return [];
            const cluster = new MemoryCluster(start);
            cluster.run('create', planned);
            return [cluster];
          });
          for (const request of sent) {
            const now = outcomeOf(request, stateOf(both));
            const untouched = outcomeOf(request, stateOf(new MemoryCluster(start)));
            const wanted = alone.flatMap((part) => outcomeOf(request, stateOf(part)).copies);
            expect(now.live).toEqual(untouched.live);
            expect(now.copies).toEqual([...new Set([...untouched.copies, ...wanted])].sort());
          }
        };

        fc.pre(create('a'));
        fc.pre(create('b'));
        seen.add([
          ...world.shapes,
          ...(specs().some(({ entries }) => entries.some(({ cloneName }) => cloneName)) ? ['clones'] : []),
          ...(world.input.selection && selection ? ['two selections'] : []),
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
    for (const shape of [...wanted, 'two selections', 'pause', 'resume', 'change', 'delete']) {
      expect(`${shape}: ${Math.min(seen.of(shape), 1)}`).toBe(`${shape}: 1`);
    }
  });
});
