import type { z } from 'zod/mini';
import type { TaskPod } from '@/lib/contract/task';
import type { Pod } from '@/lib/domain/kubernetes';
import { isPodReady } from '@/lib/domain/workloads';
import type { TaskContext } from '../context';
import { podsOf } from '@/lib/domain/workloads';
import { podStatusWord, restartsOf } from '../operations/workload-status';
import { getTaskRecord } from '../record-store';

type PodView = z.infer<typeof TaskPod>;
type Side = PodView['side'];

/** The pods of one side of a task, by workload. */
export async function podsOfSide(
  { cluster }: TaskContext,
  namespace: string,
  name: string,
  side: Side,
): Promise<{ workload: string; pods: Pod[] }[]> {
  const { spec } = await getTaskRecord(cluster, namespace, name);
  const workloads = side === 'primary' ? spec.primary.map(({ workload }) => workload) : [spec.target.workload];
  const [deployments, pods] = await Promise.all([
    cluster.list('Deployment', namespace),
    cluster.list('Pod', namespace),
  ]);
  return workloads.map((workload) => {
    const deployment = deployments.find(({ metadata }) => metadata.name === workload);
    return { workload, pods: deployment ? podsOf(deployment, pods) : [] };
  });
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
  const usage = await context.podUsage(
    namespace,
    all.map(({ pod }) => pod.metadata.name),
  );
  return all.map(({ side, workload, pod }) => ({
    side,
    workload,
    name: pod.metadata.name,
    ready: isPodReady(pod) && !pod.metadata.deletionTimestamp,
    status: podStatusWord(pod),
    restarts: restartsOf(pod),
    createdAt: pod.metadata.creationTimestamp ?? '',
    cpuMillicores: usage.get(pod.metadata.name)?.cpuMillicores ?? null,
    memoryMebibytes: usage.get(pod.metadata.name)?.memoryMebibytes ?? null,
  }));
}
