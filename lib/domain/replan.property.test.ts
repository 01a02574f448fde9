import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { editFor, isHeldToPlan } from './edit.ts';
import type { Deployment, Service } from './kubernetes.ts';
import { planCreate } from './plan-create.ts';
import { fromConfigMap, toConfigMap } from './record.ts';
import { planAnew } from './replan.ts';
import { stepsFor } from './steps.ts';
import type { TaskSpec } from './task.ts';
import { ShapeCount, worldsOfAnyTargets } from './testing/arbitraries.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { podsOf } from './testing/snapshot.ts';

it('a creation interrupted at any point is planned anew as it was, so that it can be continued', () => {
  const seen = new ShapeCount();
  const arbitrary = worldsOfAnyTargets();
  fc.assert(
    fc.property(arbitrary, fc.nat(), ({ input, snapshot }, at) => {
      const { spec, checks } = planCreate(input, snapshot);
      fc.pre(spec !== null && checks.every(({ severity }) => severity !== 'fail'));
      const { services, virtualServices, destinationRules } = snapshot;
      const cluster = new MemoryCluster([...services, ...virtualServices, ...destinationRules]);
      const steps = stepsFor('create', spec);
      const done = at % (steps.length + 1);
      for (const step of steps.slice(0, done)) cluster.apply(step, spec);
      seen.add([
        ...(spec.targets.length > 1 ? ['several targets'] : []),
        ...spec.targets.map(({ placement }) => `placement ${placement}`),
        ...(spec.pins.length > 0 ? ['pins'] : []),
        `done ${done}`,
      ]);

      const made = spec.targets.flatMap(({ deployment, mirrorService }) => [deployment, mirrorService]);
      const own = made.flatMap((object) =>
        object ? (cluster.get(object.kind, input.namespace, object.metadata.name) ?? []) : [],
      );
      const { spec: planned, failures } = planAnew(spec, {
        ...snapshot,
        services: [...services, ...own.filter((object): object is Service => object.kind === 'Service')],
        deployments: [
          ...snapshot.deployments,
          ...own.filter((object): object is Deployment => object.kind === 'Deployment'),
        ],
        pods: [
          ...snapshot.pods,
          ...own
            .filter((object): object is Deployment => object.kind === 'Deployment')
            .flatMap((object) => podsOf(object)),
        ],
        virtualServices: cluster.virtualServices,
        destinationRules: cluster.destinationRules,
        tasks: [spec],
      });
      expect(failures).toEqual([]);
      for (const step of steps.filter((candidate) => isHeldToPlan(candidate, spec))) {
        const { kind, namespace, name } = step.object!;
        const live = cluster.get(kind, namespace, name) ?? null;
        expect(editFor(step, spec, live, { recordUid: null, planned }).kind).not.toBe('blocked');
      }
      const record = fromConfigMap(toConfigMap(recordOf(spec)));
      expect('record' in record && record.record.spec).toEqual(JSON.parse(JSON.stringify(spec)));
    }),
    { numRuns: 1_500 },
  );
  for (const shape of [
    'several targets',
    'placement dedicated',
    'placement subset',
    'pins',
    'done 1',
    'done 3',
    'done 5',
  ])
    expect(`${shape}: ${Math.min(seen.of(shape), 1)}`).toBe(`${shape}: 1`);
});

function recordOf(spec: TaskSpec) {
  const at = '2026-05-01T10:00:00.000Z';
  return {
    schemaVersion: 2 as const,
    spec,
    createdAt: at,
    createdBy: 'me',
    inputHash: '',
    percentageSince: at,
    desired: 'mirroring' as const,
    desiredSince: at,
    operation: null,
    activity: [],
  };
}
