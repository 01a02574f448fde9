import type { z } from 'zod/mini';
import type { TaskPod } from '@/lib/contract/task';
import type { Pod } from '@/lib/domain/kubernetes';
import { externalTargetOf, serviceTargetOf, workloadOf } from '@/lib/domain/targets';
import type { ServiceTarget } from '@/lib/domain/task';
import { isPodReady, podsOf, podsWith } from '@/lib/domain/workloads';
import type { Cluster } from '@/lib/server/cluster/cluster';
import type { PodUsage } from '@/lib/server/metrics/pod-usage';
import type { TaskContext } from '../context';
import { podStatusWord, restartsOf } from '../operations/workload-status';
import { readNamespace } from '../planning/readable';
import { getTaskRecord } from '../record-store';

type PodView = z.infer<typeof TaskPod>;
type Side = PodView['side'];

/** Pods of a workload, or all that a target Service selects. */
export interface PodGroup {
  namespace: string;
  workload: string;
  pods: Pod[];
}

/** The pods of one side of a task, by workload. */
export async function podsOfSide(
  { cluster }: TaskContext,
  namespace: string,
  name: string,
  side: Side,
): Promise<PodGroup[]> {
  const { spec } = await getTaskRecord(cluster, namespace, name);
  if (side === 'primary') {
    const workloads = spec.primary.map(({ workload }) => workload);
    return podsOfWorkloads(cluster, namespace, workloads);
  }
  const groups = await Promise.all(
    spec.targets.map(async (target) => {
      const service = serviceTargetOf(target);
      if (service) return podsOfTarget(cluster, service);
      // A host outside has no pods.
      return externalTargetOf(target) ? [] : podsOfWorkloads(cluster, namespace, [workloadOf(target)]);
    }),
  );
  return groups.flat();
}

async function podsOfWorkloads(cluster: Cluster, namespace: string, workloads: readonly string[]): Promise<PodGroup[]> {
  const [deployments, pods] = await Promise.all([
    cluster.list('Deployment', namespace),
    cluster.list('Pod', namespace),
  ]);
  return workloads.map((workload) => {
    const deployment = deployments.find(({ metadata }) => metadata.name === workload);
    return { namespace, workload, pods: deployment ? podsOf(deployment, pods) : [] };
  });
}

/** The pods of a target Service; none where the user may not list them. */
async function podsOfTarget(cluster: Cluster, { namespace, name }: ServiceTarget): Promise<PodGroup[]> {
  const [services, pods] = await Promise.all([
    readNamespace(cluster, 'Service', namespace),
    readNamespace(cluster, 'Pod', namespace),
  ]);
  const service = services.items.find(({ metadata }) => metadata.name === name);
  return [
    { namespace, workload: name, pods: service ? podsWith(service.spec.selector ?? {}, namespace, pods.items) : [] },
  ];
}

/** Pods of both sides with what kubectl says of them, and what they use where it is measured. */
export async function listTaskPods(context: TaskContext, namespace: string, name: string): Promise<PodView[]> {
  const sides = ['primary', 'mirror'] as const;
  const found = await Promise.all(
    sides.map(async (side) => {
      const groups = await podsOfSide(context, namespace, name, side);
      return groups.flatMap(({ workload, pods }) => pods.map((pod) => ({ side, workload, pod })));
    }),
  );
  const all = found.flat();
  const usage = await usageOf(
    context,
    all.map(({ pod }) => pod),
  );
  return all.map(({ side, workload, pod }) => ({
    side,
    workload,
    name: pod.metadata.name,
    ready: isPodReady(pod) && !pod.metadata.deletionTimestamp,
    status: podStatusWord(pod),
    restarts: restartsOf(pod),
    createdAt: pod.metadata.creationTimestamp ?? '',
    cpuMillicores: usage.get(pod)?.cpuMillicores ?? null,
    memoryMebibytes: usage.get(pod)?.memoryMebibytes ?? null,
  }));
}

/** Use of pods, namespace by namespace: two pods may share a name. */
async function usageOf({ podUsage }: TaskContext, pods: readonly Pod[]): Promise<ReadonlyMap<Pod, PodUsage>> {
  const byNamespace = Map.groupBy(pods, ({ metadata }) => metadata.namespace ?? '');
  const read = await Promise.all(
    [...byNamespace].map(async ([namespace, group]) => {
      const usage = await podUsage(
        namespace,
        group.map(({ metadata }) => metadata.name),
      );
      return group.flatMap((pod): [Pod, PodUsage][] => {
        const used = usage.get(pod.metadata.name);
        return used ? [[pod, used]] : [];
      });
    }),
  );
  return new Map(read.flat());
}
