import type { ContainerStatus, Deployment, Pod } from '@/lib/domain/kubernetes';
import type { MessageRef } from '@/lib/domain/message';
import { selectorMatches, type LabelSelector } from '@/lib/domain/selectors';

/** The pods that a Deployment's selector selects. */
export function podsOf(deployment: Pick<Deployment, 'metadata' | 'spec'>, pods: readonly Pod[]): Pod[] {
  const selector = deployment.spec.selector as LabelSelector;
  return pods.filter(
    ({ metadata }) =>
      metadata.namespace === deployment.metadata.namespace && selectorMatches(selector, metadata.labels ?? {}),
  );
}

/** True when the controller has seen the newest spec and every replica of it is ready. */
export function isReady({ metadata, spec, status = {} }: Deployment): boolean {
  const desired = spec.replicas ?? 1;
  return (
    (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    (status.updatedReplicas ?? 0) >= desired &&
    (status.readyReplicas ?? 0) >= desired &&
    (status.replicas ?? 0) <= desired &&
    desired > 0
  );
}

/** Why a Deployment is not ready: what its pods or its controller say, else how far it is. Null when it is ready. */
export function notReadyReason(deployment: Deployment, pods: readonly Pod[]): MessageRef | null {
  if (isReady(deployment)) return null;
  const workload = deployment.metadata.name;
  const own = podsOf(deployment, pods);
  const failing = own.flatMap((pod) => podProblem(pod) ?? [])[0];
  if (failing) return failing;
  const refused = deployment.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  if (refused)
    return { code: 'workload_quota', params: { workload, message: refused.message ?? refused.reason ?? '' } };
  const unscheduled = own.flatMap((pod) => unschedulable(pod) ?? [])[0];
  if (unscheduled) return unscheduled;
  const ready = deployment.status?.readyReplicas ?? 0;
  return { code: 'workload_waiting', params: { workload, ready, desired: deployment.spec.replicas ?? 1 } };
}

/** True when the controller gave up waiting for progress (spec.progressDeadlineSeconds). */
export function isStuck({ status }: Deployment): boolean {
  return (
    status?.conditions?.some(
      ({ type, status, reason }) =>
        type === 'Progressing' && status === 'False' && reason === 'ProgressDeadlineExceeded',
    ) ?? false
  );
}

const failingReasons: Record<string, string> = {
  ErrImagePull: 'workload_image',
  ImagePullBackOff: 'workload_image',
  InvalidImageName: 'workload_image',
  CrashLoopBackOff: 'workload_crash',
  CreateContainerConfigError: 'workload_config',
  CreateContainerError: 'workload_config',
  RunContainerError: 'workload_config',
};

/** What keeps a pod from running, in the words of its containers; null when nothing does. */
export function podProblem(pod: Pod): MessageRef | null {
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const container of containers) {
    const waiting = container.state?.waiting;
    const code = failingReasons[waiting?.reason ?? ''];
    if (!code) continue;
    const { name } = pod.metadata;
    const image = container.image || imageOf(pod, container.name);
    return {
      code,
      params: {
        pod: name,
        container: container.name,
        image,
        reason: waiting?.reason ?? '',
        message: waiting?.message ?? '',
      },
    };
  }
  return null;
}

function imageOf({ spec }: Pod, container: string): string {
  return [...spec.containers, ...(spec.initContainers ?? [])].find(({ name }) => name === container)?.image ?? '';
}

function unschedulable(pod: Pod): MessageRef | null {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return null;
  return { code: 'workload_unschedulable', params: { pod: pod.metadata.name, message: scheduled.message ?? '' } };
}

/** The word that `kubectl get pods` prints under STATUS. */
export function podStatusWord(pod: Pod): string {
  if (pod.metadata.deletionTimestamp) return 'Terminating';
  const init = initProblem(pod);
  if (init) return init;
  const containers = pod.status?.containerStatuses ?? [];
  for (const { state } of containers.toReversed()) {
    if (state?.waiting?.reason) return state.waiting.reason;
    if (state?.terminated) return state.terminated.reason ?? 'Error';
  }
  return pod.status?.phase ?? 'Unknown';
}

function initProblem(pod: Pod): string | null {
  const specs = pod.spec.initContainers ?? [];
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (const [index, status] of statuses.entries()) {
    const isSidecar = specs.find(({ name }) => name === status.name)?.restartPolicy === 'Always';
    if (status.state?.terminated && (status.state.terminated.reason ?? '') === 'Completed') continue;
    if (isSidecar && status.state?.running) continue;
    if (status.state?.terminated) return `Init:${status.state.terminated.reason ?? 'Error'}`;
    const waiting = status.state?.waiting?.reason;
    if (waiting && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${specs.length}`;
  }
  return null;
}

/** True when the kubelet says that the pod is ready. */
export function isPodReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Restarts of all containers, as kubectl counts them. */
export function restartsOf(pod: Pod): number {
  const statuses: ContainerStatus[] = pod.status?.containerStatuses ?? [];
  return statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}
