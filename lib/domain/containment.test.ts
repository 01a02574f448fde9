import { expect, it } from 'vitest';
import { exposureOf, workloadToStop } from './containment.ts';
import type { Deployment, VirtualService } from './kubernetes.ts';
import { clone } from './structure.ts';
import { deploymentOf, reviews } from './testing/snapshot.ts';
import { mirroring } from './testing/standing-task.ts';

const unpinned = reviews().snapshot.virtualServices.map((object) => ({
  ...object,
  spec: { hosts: ['reviews'], http: [{ name: 'all', route: [{ destination: { host: 'reviews' } }] }] },
}));

/** A task whose pin somebody has taken out, beside a live version with ready pods. */
function unpinnedTask() {
  const { record, live } = mirroring({ placement: 'subset' }, { virtualServices: unpinned });
  const virtualServices = clone(live.virtualServices) as VirtualService[];
  for (const { spec } of virtualServices) delete spec.http?.[0]?.route?.[0]?.destination.subset;
  const v1: Deployment = {
    ...deploymentOf('reviews-v1', 'demo-project', { app: 'reviews', version: 'v1' }),
    status: { readyReplicas: 1 },
  };
  return { record, live: { ...live, virtualServices, behind: [v1] } };
}

it('is the new version once its pin is lost', () => {
  const { record, live } = unpinnedTask();
  expect(workloadToStop(record, record.spec.targets[0], live)?.metadata.name).toBe('reviews-v2');
});

it('is none while a pin stands, nor where it was stopped already', () => {
  const { record, live } = unpinnedTask();
  const pinned = mirroring({ placement: 'subset' }, { virtualServices: unpinned }).live.virtualServices;
  expect(workloadToStop(record, record.spec.targets[0], { ...live, virtualServices: pinned })).toBeNull();
  const stopped = clone(live.deployments[0]) as Deployment;
  stopped.spec.replicas = 0;
  expect(workloadToStop(record, record.spec.targets[0], { ...live, deployments: [stopped] })).toBeNull();
});

it.each(['VirtualService', 'DestinationRule', 'Service'])(
  'is none for who may not read every %s: a pin may stand there',
  (kind) => {
    const { record, live } = unpinnedTask();
    expect(workloadToStop(record, record.spec.targets[0], { ...live, unreadable: [kind] })).toBeNull();
  },
);

it('is none that somebody else made, and none without a ready live pod to answer instead', () => {
  const { record, live } = unpinnedTask();
  const foreign = clone(live.deployments[0]) as Deployment;
  foreign.metadata.labels = {};
  expect(workloadToStop(record, record.spec.targets[0], { ...live, deployments: [foreign] })).toBeNull();
  expect(workloadToStop(record, record.spec.targets[0], { ...live, behind: [] })).toBeNull();
});

it.each<[string, (v1: Deployment) => void]>([
  ['is being scaled to none', ({ spec }) => void (spec.replicas = 0)],
  ['is being deleted', ({ metadata }) => void (metadata.deletionTimestamp = '2026-05-01T10:00:00Z')],
])('is none while the live version %s, though its pods are still ready', (_, change) => {
  const { record, live } = unpinnedTask();
  const behind = clone(live.behind) as Deployment[];
  change(behind[0]!);
  expect(workloadToStop(record, record.spec.targets[0], { ...live, behind })).toBeNull();
  expect(exposureOf(record.spec, live.deployments[0] ?? null, { ...live, behind })).toBe('alone');
});

it('is none once the task has ended and left its workload to its owner', () => {
  const { record, live } = unpinnedTask();
  expect(
    workloadToStop({ ...record, desired: 'finished', keepsWorkload: true }, record.spec.targets[0], live),
  ).toBeNull();
});
