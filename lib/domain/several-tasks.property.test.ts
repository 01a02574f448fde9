import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment, Service } from './kubernetes.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import type { TaskSpec } from './task.ts';
import { ShapeCount, worlds } from './testing/arbitraries.ts';
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

describe('two tasks on one service', () => {
  it('copy the union of what each copies alone, route live requests as before, and leave in any order', () => {
    const seen = new ShapeCount();
    const arbitrary = fc.record({
      world: fc.oneof(worlds({ placement: 'dedicated' }), worlds({ pinned: true, placement: 'dedicated' })),
      sent: fc.array(requests, { minLength: 1, maxLength: 8 }),
      ports: fc.option(fc.constantFrom<number[][]>([9080], [9090]), { nil: undefined }),
      firstLeavesFirst: fc.boolean(),
    });
    fc.assert(
      fc.property(arbitrary, ({ world, sent, ports, firstLeavesFirst }) => {
        const { snapshot, input: first } = world;
        const target = { kind: 'version' as const, version: 'v3', replicas: 1, containers: [] };
        const second: PlanningInput = {
          ...first,
          name: 'task-b',
          target,
          percentage: 12.5,
          ...(ports ? { ports } : {}),
        };
        const start = [...snapshot.services, ...snapshot.virtualServices, ...snapshot.destinationRules];
        const run = (spec: TaskSpec) => {
          const cluster = new MemoryCluster(start);
          cluster.run('create', spec);
          return cluster;
        };
        const a = feasible(first, snapshot);
        const alone = feasible(second, snapshot);
        fc.pre(a !== null && alone !== null);
        if (!a || !alone) return;
        const both = run(a);
        const b = feasible(second, snapshotNow(snapshot, both, [a]));
        fc.pre(b !== null);
        if (!b) return;
        both.run('create', b);
        seen.add([
          ...world.shapes,
          ...([a, b].some(({ entries }) => entries.some(({ cloneName }) => cloneName)) ? ['clones'] : []),
        ]);

        const service = snapshot.services[0];
        if (!service) throw new Error('no service');
        const stateOf = (cluster: MemoryCluster): MeshState => ({
          service,
          virtualServices: cluster.virtualServices,
          destinationRules: cluster.destinationRules,
        });
        const compare = (cluster: MemoryCluster, parts: MemoryCluster[]) => {
          for (const request of sent) {
            const now = outcomeOf(request, stateOf(cluster));
            const wanted = parts.map((part) => outcomeOf(request, stateOf(part)));
            expect(now.live).toEqual(outcomeOf(request, stateOf(new MemoryCluster(start))).live);
            expect(now.copies).toEqual([...new Set(wanted.flatMap(({ copies }) => copies))].sort());
          }
        };
        compare(both, [run(a), run(alone)]);
        const [leaves, stays] = firstLeavesFirst ? [a, b] : [b, a];
        both.run('delete', leaves);
        compare(both, [run(firstLeavesFirst ? alone : a)]);
        both.run('delete', stays);
        expect(both.content()).toEqual(new MemoryCluster(start).content());
      }),
      { numRuns: 1_200 },
    );
    expect(seen.cases).toBeGreaterThanOrEqual(1_000);
    for (const shape of ['clones', 'match port', 'match', 'foreign mirror', 'foreign mirrors', 'several ports']) {
      expect(`${shape}: ${Math.min(seen.of(shape), 1)}`).toBe(`${shape}: 1`);
    }
  });
});
