import type { KubeObject, Pod, Service } from '@/lib/domain/kubernetes';
import { selects, selectorMatches, type LabelSelector } from '@/lib/domain/selectors';
import { workloadOf } from '@/lib/domain/targets';
import type { TaskSpec, TaskTarget } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { readNamespace } from '../planning/readable';

/** What Kubernetes names a pod's or ReplicaSet's random part with: no vowels, so few names fit by accident. */
const hash = '[bcdfghjklmnpqrstvwxz2456789]+';

/**
 * How much is left of a workload that the task made: 0 only when no pod of it can answer anybody, and none will come
 * back. Beside the Deployment's own pods these are those of a ReplicaSet that outlived it (`--cascade=orphan`), the
 * ReplicaSet itself, and pods that somebody took out of it by their labels and that the Service still selects.
 * ReplicaSets are looked at where the user may list them.
 */
export async function remainsOf(
  cluster: Cluster,
  { namespace, service }: TaskSpec,
  target: TaskTarget,
): Promise<{ pods: number; controllers: number }> {
  const workload = workloadOf(target);
  const [deployments, pods, replicaSets, services] = await Promise.all([
    cluster.list('Deployment', namespace),
    cluster.list('Pod', namespace),
    readNamespace(cluster, 'ReplicaSet', namespace),
    readNamespace(cluster, 'Service', namespace),
  ]);
  const live = services.items.find(({ metadata }) => metadata.name === service.name) ?? null;
  const isHidden = services.unreadable.length > 0;
  const left = pods.filter(
    (pod) =>
      !isOver(pod) && (isOfWorkload(pod, target) || (isStray(pod, target) && (isHidden || isSelected(pod, live)))),
  );
  const controllers = [
    ...deployments.filter(({ metadata }) => metadata.name === workload),
    ...replicaSets.items.filter((object) => isOfWorkload(object, target) && desiredOf(object) > 0),
  ].length;
  if (left.length + controllers > 0) return { pods: left.length, controllers };
  // What the watches show may be late; the server itself has the last word, and is asked only for that.
  return { pods: 0, controllers: (await cluster.get('Deployment', namespace, workload)) ? 1 : 0 };
}

/** Selected by the workload's selector, or controlled by what is named after it. */
function isOfWorkload({ metadata }: KubeObject, target: TaskTarget): boolean {
  const selector = target.deployment?.spec.selector as LabelSelector | undefined;
  const controller = metadata.ownerReferences?.find((owner) => owner.controller);
  const isNamedAfter =
    controller?.kind === 'ReplicaSet' && new RegExp(`^${escaped(workloadOf(target))}-${hash}$`).test(controller.name);
  return isNamedAfter || selectorMatches(selector, metadata.labels ?? {});
}

/** A pod that nothing controls any more, with a name that only a pod of the workload has. */
function isStray({ metadata }: Pod, target: TaskTarget): boolean {
  if (metadata.ownerReferences?.some((owner) => owner.controller)) return false;
  return new RegExp(`^${escaped(workloadOf(target))}-${hash}-${hash}$`).test(metadata.name);
}

function isSelected({ metadata }: Pod, service: Service | null): boolean {
  return selects(service?.spec.selector, metadata.labels ?? {});
}

function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function desiredOf(replicaSet: { spec?: unknown }): number {
  return (replicaSet.spec as { replicas?: number } | undefined)?.replicas ?? 1;
}

/** Of the characters of a Kubernetes name only the dot means something to a regular expression. */
function escaped(name: string): string {
  return name.replaceAll('.', '\\.');
}
