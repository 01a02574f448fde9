import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { findDrift, type LiveObjects } from './drift.ts';
import type { Service, VirtualService } from './kubernetes.ts';
import { routingOf } from './mesh-routing.ts';
import { planCreate } from './plan-create.ts';
import { policiesOf } from './policies.ts';
import { RuleIndex } from './rule-index.ts';
import { stopCommand } from './stop-command.ts';
import type { TaskRecord, TaskSpec } from './task.ts';
import { host, namespace, ShapeCount, worlds } from './testing/arbitraries.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { serviceOf, virtualServiceOf } from './testing/snapshot.ts';

/** Somebody's rules that may lead to the mirror or take the service over; and many that have nothing to do with it. */
const strangers = (spec: TaskSpec): fc.Arbitrary<VirtualService[]> => {
  const mirror = spec.targets[0].mirrorService?.metadata.name ?? spec.service.name;
  const destination = fc.constantFrom<{ host: string; subset?: string }[]>(
    { host },
    { host, subset: spec.targets[0].version },
    { host: `${mirror}.${namespace}.svc.cluster.local` },
    { host: 'somebody-else' },
  );
  const object = fc.record({
    hosts: fc.constantFrom<string[][]>([host], ['*.shop.svc.cluster.local'], ['somebody-else'], ['a.example.com']),
    gateways: fc.constantFrom<(string[] | undefined)[]>(undefined, ['ingress'], ['mesh', 'ingress']),
    destination,
    place: fc.constantFrom(namespace, 'other'),
  });
  return fc.array(object, { maxLength: 4 }).map((objects) =>
    objects.map(({ hosts, gateways, destination, place }, index) =>
      virtualServiceOf(`stranger-${index}`, place, {
        hosts,
        ...(gateways ? { gateways } : {}),
        http: [{ route: [{ destination }] }],
      }),
    ),
  );
};

function recordOf(spec: TaskSpec): TaskRecord {
  const at = '2026-01-01T00:00:00Z';
  return {
    schemaVersion: 2,
    spec,
    createdAt: at,
    createdBy: 'test',
    inputHash: '',
    percentageSince: at,
    desired: 'mirroring',
    desiredSince: at,
    operation: null,
    activity: [],
  };
}

it('a task is seen by the rules that an index gives for it exactly as by all rules', () => {
  const seen = new ShapeCount();
  const cases = worlds().chain((world) => {
    const { spec } = planCreate(world.input, world.snapshot);
    return fc.record({
      world: fc.constant(world),
      spec: fc.constant(spec),
      others: spec ? strangers(spec) : fc.constant([]),
      isWritten: fc.boolean(),
    });
  });
  fc.assert(
    fc.property(cases, ({ world: { snapshot }, spec, others, isWritten }) => {
      fc.pre(spec !== null);
      if (!spec) return;
      const cluster = new MemoryCluster([...snapshot.virtualServices, ...snapshot.destinationRules]);
      if (isWritten) cluster.run('create', spec);
      const unrelated = Array.from({ length: 3 }, (_, index) =>
        virtualServiceOf(`unrelated-${index}`, 'elsewhere', { hosts: [`unrelated-${index}`], http: [] }),
      );
      const all = [...unrelated, ...others, ...cluster.virtualServices];
      const deployment =
        spec.targets[0].deployment ??
        snapshot.deployments.find(({ metadata }) => metadata.name === spec.targets[0].workload) ??
        null;
      const live = (virtualServices: readonly VirtualService[], rules = cluster.destinationRules): LiveObjects => ({
        deployments: deployment ? [deployment] : [],
        virtualServices,
        destinationRules: rules,
        destinationRule: rules.find(({ metadata }) => metadata.name === spec.subsets?.destinationRule.name) ?? null,
        service: (snapshot.services[0] as Service | undefined) ?? serviceOf('reviews', namespace, []),
        rootNamespace: 'istio-system',
        mirrorServices: spec.targets.flatMap(({ mirrorService }) => mirrorService ?? []),
        policies: policiesOf(spec),
      });
      const index = new RuleIndex(all, cluster.destinationRules);
      const narrowed = index.virtualServicesOf(spec);
      const drift = findDrift(recordOf(spec), live(all));
      expect(narrowed).not.toContain(unrelated[0]);
      expect(findDrift(recordOf(spec), live(narrowed, index.destinationRulesOf(spec)))).toEqual(drift);
      expect(routingOf(host, namespace, narrowed)).toEqual(routingOf(host, namespace, all));
      expect(stopCommand(spec, narrowed)).toBe(stopCommand(spec, all));
      seen.add([drift?.reason.code ?? 'no drift']);
    }),
  );
  for (const shape of ['no drift', 'drift_serves_live', 'drift_mirror_missing'])
    expect(seen.of(shape), shape).toBeGreaterThan(0);
});
