import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCreate } from './plan-create.ts';
import { isSafe } from './record-safety.ts';
import type { PlanningInput } from './planning-snapshot.ts';
import { ShapeCount, worlds, type World } from './testing/arbitraries.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { outcomeOf, type MeshState, type Request } from './testing/mesh-evaluator.ts';
import { deploymentOf, podsOf, serviceOf } from './testing/snapshot.ts';

const target = { kind: 'service', namespace: 'tools', name: 'httpbin', port: 8000 } as const;
const targetHost = 'httpbin.tools.svc.cluster.local';
const v1 = deploymentOf('httpbin-v1', 'tools', { app: 'httpbin', version: 'v1' });

/** The generated world with a Service in another namespace that is to get the copies. */
function toService({ input, snapshot }: World) {
  const asked: PlanningInput = { ...input, target };
  const targetNamespaces = {
    services: [serviceOf('httpbin', 'tools', [{ name: 'http', port: 8000 }])],
    deployments: [v1],
    pods: podsOf(v1),
    authorizationPolicies: [],
  };
  return { asked, world: { ...snapshot, targetNamespaces } };
}

const requests: fc.Arbitrary<Request> = fc.record({
  client: fc.constantFrom('shop', 'other', 'third'),
  port: fc.constantFrom(9080, 9090, 9443),
  path: fc.constantFrom('/reviews/1', '/health', '/'),
  method: fc.constantFrom('GET', 'POST'),
  headers: fc.constantFrom<Record<string, string>[]>({}, { 'x-test-user': 'true' }),
  labels: fc.constantFrom<Record<string, string>[]>({}, { app: 'productpage' }),
});

describe('a task whose copies go to another Service', () => {
  it('changes of what a request does only that it may be copied there too, in whatever world', () => {
    const shapes = new ShapeCount();
    let copied = 0;
    fc.assert(
      fc.property(worlds(), fc.array(requests, { minLength: 1, maxLength: 6 }), (generated, some) => {
        const { asked, world } = toService(generated);
        const { spec } = planCreate(asked, world);
        fc.pre(spec !== null && spec.virtualService === null);
        shapes.add(generated.shapes);
        const cluster = new MemoryCluster([...world.virtualServices, ...world.destinationRules]);
        const mesh = (): MeshState => ({
          service: world.services[0]!,
          virtualServices: cluster.virtualServices,
          destinationRules: cluster.destinationRules,
        });
        const before = some.map((request) => outcomeOf(request, mesh()));
        cluster.run('create', spec!);
        for (const [index, request] of some.entries()) {
          const { live, copies } = outcomeOf(request, mesh());
          const ours = copies.filter((copy) => copy.startsWith(`${targetHost} - 8000 `));
          expect(live).toEqual(before[index]!.live);
          expect(copies.filter((copy) => !ours.includes(copy))).toEqual(before[index]!.copies);
          copied += ours.length;
        }
      }),
    );
    expect(copied).toBeGreaterThan(0);
    for (const shape of ['foreign mirror', 'foreign mirrors', 'several ports', 'match', 'redirect'])
      expect(shapes.of(shape), shape).toBeGreaterThan(0);
  });

  it('leaves every object as its owner had it, made or edited, and is planned alike a second time', () => {
    fc.assert(
      fc.property(worlds(), (generated) => {
        const { asked, world } = toService(generated);
        const { spec } = planCreate(asked, world);
        fc.pre(spec !== null);
        expect(isSafe(spec!)).toBe(true);
        expect(planCreate(asked, world).spec).toEqual(spec);
        const cluster = new MemoryCluster([...world.virtualServices, ...world.destinationRules]);
        const before = cluster.content();
        cluster.run('create', spec!);
        cluster.run('pause', spec!);
        cluster.run('resume', spec!);
        cluster.run('delete', spec!);
        expect(cluster.content()).toEqual(before);
      }),
    );
  });
});

describe('a task whose copies go to a host outside the mesh', () => {
  it('leaves every object as its owner had it, and is planned alike a second time, with TLS or without', () => {
    fc.assert(
      fc.property(worlds(), fc.boolean(), (generated, tls) => {
        const outside = { kind: 'external', host: 'replay.example.com', port: tls ? 443 : 80, tls } as const;
        const asked: PlanningInput = { ...generated.input, target: outside };
        const known = {
          serviceEntries: [],
          measured: { [outside.host]: { namespaces: ['shop', 'other'], ofHost: [] } },
        };
        const world = { ...generated.snapshot, external: known };
        const { spec } = planCreate(asked, world);
        fc.pre(spec !== null);
        expect(isSafe(spec!)).toBe(true);
        const [target] = spec!.targets;
        const { external } = target;
        expect(
          isSafe({
            ...spec!,
            targets: [{ ...target, external: { ...external!, tlsRule: tls ? null : external!.tlsRule } }],
          }),
        ).toBe(!tls);
        expect(planCreate(asked, world).spec).toEqual(spec);
        const cluster = new MemoryCluster([...world.virtualServices, ...world.destinationRules]);
        const before = cluster.content();
        for (const verb of ['create', 'pause', 'resume', 'restore', 'delete'] as const) cluster.run(verb, spec!);
        expect(cluster.content()).toEqual(before);
      }),
    );
  });
});
