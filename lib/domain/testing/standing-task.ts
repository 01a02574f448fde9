import type { Deployment, Service } from '../kubernetes.ts';
import { planCreate } from '../plan-create.ts';
import type { PlanningInput, PlanningSnapshot } from '../planning-snapshot.ts';
import type { LiveTask } from '../state.ts';
import type { TaskRecord } from '../task.ts';
import { workloadOf } from '../targets.ts';
import { MemoryCluster } from './memory-cluster.ts';
import { podsOf, reviews } from './snapshot.ts';

export const created = '2026-05-01T10:00:00.000Z';

/** A task of reviews that mirrors, at rest, with its objects as its creation leaves them. */
export function mirroring(
  input: Partial<PlanningInput> = {},
  world: Partial<PlanningSnapshot> = {},
): { record: TaskRecord; live: LiveTask } {
  const seed = reviews();
  const snapshot = { ...seed.snapshot, ...world };
  const { spec } = planCreate({ ...seed.input, ...input }, snapshot);
  if (!spec) throw new Error('no plan');
  const cluster = new MemoryCluster([...snapshot.virtualServices, ...snapshot.destinationRules]);
  cluster.run('create', spec);
  const { namespace } = spec;
  const deployments = spec.targets.flatMap((target) => {
    const deployment = cluster.get('Deployment', namespace, workloadOf(target)) as Deployment | null;
    if (!deployment) return [];
    deployment.status = { readyReplicas: 1, updatedReplicas: 1, replicas: 1 };
    return deployment;
  });
  const record: TaskRecord = {
    schemaVersion: 2,
    spec,
    createdAt: created,
    createdBy: 'project-regular',
    inputHash: 'h',
    percentageSince: created,
    desired: 'mirroring',
    desiredSince: created,
    operation: null,
    activity: [],
  };
  const live: LiveTask = {
    deployments,
    pods: podsOf(...deployments),
    virtualServices: cluster.virtualServices,
    destinationRules: cluster.destinationRules,
    destinationRule: cluster.destinationRules[0] ?? null,
    service: snapshot.services[0] ?? null,
    rootNamespace: snapshot.rootNamespace,
    mirrorServices: spec.targets.flatMap(({ mirrorService }) =>
      mirrorService ? (cluster.get('Service', namespace, mirrorService.metadata.name) as Service) : [],
    ),
    policies: cluster.policies,
    unrenewedMs: 0,
  };
  return { record, live };
}
