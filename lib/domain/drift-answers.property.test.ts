import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { adoptionOf, isAdoption } from './drift-answers.ts';
import { findDrift, type LiveObjects } from './drift.ts';
import type { Deployment, HttpRoute, Service, VirtualService } from './kubernetes.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningSnapshot } from './planning-snapshot.ts';
import { addMirror, mirroredPercent, removeMirror } from './route-mirror.ts';
import { clone } from './structure.ts';
import type { TaskRecord, TaskSpec } from './task.ts';
import { ShapeCount, worldsOfAnyTargets } from './testing/arbitraries.ts';
import { workloadOf } from './targets.ts';
import { hasDistinctRoutes } from './testing/foreign-edit.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { created } from './testing/standing-task.ts';
import { findRoutes, isClone } from './virtual-service-edit.ts';

const kinds = ['unmirror', 'share', 'rename', 'rematch', 'timeout', 'remove', 'unclone', 'swap'] as const;
const edits = fc.array(fc.record({ object: fc.nat(), route: fc.nat(), kind: fc.constantFrom(...kinds) }), {
  minLength: 1,
  maxLength: 3,
});
type Edit = typeof edits extends fc.Arbitrary<(infer T)[]> ? T : never;

it('a task that was adopted leaves nothing of itself when it is deleted, and the owner’s routes as he made them', () => {
  const seen = new ShapeCount();
  const arbitrary = worldsOfAnyTargets();
  fc.assert(
    fc.property(arbitrary, edits, fc.constantFrom('mirroring', 'paused'), ({ input, snapshot }, list, desired) => {
      const { spec, checks } = planCreate(input, snapshot);
      fc.pre(
        spec !== null &&
          checks.every(({ severity }) => severity !== 'fail') &&
          hasDistinctRoutes(snapshot.virtualServices),
      );
      const owned = [...snapshot.virtualServices, ...snapshot.destinationRules];
      const cluster = new MemoryCluster(owned);
      const untouched = new MemoryCluster(owned);
      cluster.run('create', spec);
      if (desired === 'paused') cluster.run('pause', spec);
      for (const edit of list) {
        const objects = cluster.virtualServices;
        const { namespace = '', name = '' } = objects[edit.object % objects.length]?.metadata ?? {};
        for (const side of [cluster, untouched]) {
          const object = side.get('VirtualService', namespace, name) as VirtualService | null;
          if (object) side.put(foreignEdit(object, side === cluster ? spec : null, edit));
        }
      }
      const record = recordOf(spec, desired);
      const live = liveOf(spec, snapshot, cluster);
      fc.pre(findDrift(record, live) !== null);
      const answer = adoptionOf(record, live);
      seen.add([
        isAdoption(answer) ? answer.text.code : answer.code,
        ...list.map(({ kind }) => `${kind} ${isAdoption(answer) ? 'adopted' : 'refused'}`),
        ...(isAdoption(answer) && spec.pins.length > 0 ? ['pins'] : []),
      ]);
      if (!isAdoption(answer)) return;
      expect(findDrift({ ...record, ...answer }, live)).toBeNull();
      cluster.run('delete', answer.spec);
      for (const { metadata, spec: rules } of cluster.virtualServices) {
        for (const { destination } of spec.entries) {
          const copying = (rules.http ?? []).filter(
            (route) => mirroredPercent(route, destination, metadata.namespace ?? '') !== null,
          );
          expect(copying).toEqual([]);
        }
        expect((rules.http ?? []).filter(isClone)).toEqual([]);
      }
      for (const { kind, metadata } of owned) {
        const at = `${kind}/${metadata.namespace}/${metadata.name}`;
        expect(cluster.content()[at]).toEqual(untouched.content()[at]);
      }
    }),
    { numRuns: 1_000 },
  );
  const wanted = [
    'adopt_percentage',
    'adopt_paused',
    'adopt_routes',
    'adopt_resumed',
    'adopt_left_behind',
    'pins',
    ...kinds.map((kind) => `${kind} adopted`),
    ...kinds.map((kind) => `${kind} refused`),
  ];
  for (const shape of wanted) expect(`${shape}: ${Math.min(seen.of(shape), 1)}`).toBe(`${shape}: 1`);
});

/** What an owner does to one of his routes, and to what a task put there; null: there is no task. */
function foreignEdit(object: VirtualService, spec: TaskSpec | null, { route: nth, kind }: Edit): VirtualService {
  const edited = clone(object);
  const { namespace = '', name } = edited.metadata;
  const http = edited.spec.http ?? [];
  const theirs = http.filter((route) => !isClone(route));
  const route = theirs[nth % Math.max(theirs.length, 1)];
  if (!route) return edited;
  const entries = (spec?.entries ?? []).filter(
    (entry) =>
      entry.virtualService.name === name && findRoutes(http, entry.route, namespace).some((one) => one.route === route),
  );
  const put = (before: HttpRoute, after: HttpRoute) => http.splice(http.indexOf(before), 1, after);
  const carriers = http.flatMap((one) => {
    const entry = entries.find(({ cloneName }) => (cloneName === null ? one === route : one.name === cloneName));
    return entry ? [{ carrier: one, entry }] : [];
  });
  switch (kind) {
    case 'unmirror':
      for (const { carrier, entry } of carriers)
        put(carrier, removeMirror(carrier, entry.destination, entry.replaced, namespace));
      break;
    case 'share':
      for (const { carrier, entry } of carriers) put(carrier, addMirror(carrier, entry.destination, 40, namespace));
      break;
    case 'rename':
      route.name = `renamed-${nth % 7}`;
      break;
    case 'rematch':
      route.name = 'moved';
      route.match = [{ uri: { exact: `/moved-${nth % 7}` } }];
      break;
    case 'timeout':
      route.timeout = '42s';
      break;
    case 'remove':
      http.splice(http.indexOf(route), 1);
      break;
    case 'unclone':
      for (const { carrier, entry } of carriers) if (entry.cloneName !== null) http.splice(http.indexOf(carrier), 1);
      break;
    case 'swap':
      route.route?.reverse();
      break;
  }
  edited.spec.http = http;
  return edited;
}

function liveOf(spec: TaskSpec, snapshot: PlanningSnapshot, cluster: MemoryCluster): LiveObjects {
  const { namespace, subsets, targets } = spec;
  const rule = subsets?.destinationRule;
  return {
    deployments: targets.flatMap(
      (target) => (cluster.get('Deployment', namespace, workloadOf(target)) as Deployment | null) ?? [],
    ),
    virtualServices: cluster.virtualServices,
    destinationRules: cluster.destinationRules,
    destinationRule:
      cluster.destinationRules.find(
        ({ metadata }) => metadata.name === rule?.name && metadata.namespace === rule.namespace,
      ) ?? null,
    service: snapshot.services[0] ?? null,
    rootNamespace: snapshot.rootNamespace,
    mirrorServices: targets.flatMap(
      ({ mirrorService }) =>
        (mirrorService && (cluster.get('Service', namespace, mirrorService.metadata.name) as Service | null)) ?? [],
    ),
    policies: cluster.policies,
  };
}

function recordOf(spec: TaskSpec, desired: TaskRecord['desired']): TaskRecord {
  return {
    schemaVersion: 2,
    spec,
    createdAt: created,
    createdBy: 'me',
    inputHash: '',
    percentageSince: created,
    desired,
    desiredSince: created,
    operation: null,
    activity: [],
  };
}
