import type { ContainerStatus, Deployment, Pod } from '@/lib/domain/kubernetes';
import type { MessageRef } from '@/lib/domain/message';
import { findHealthProblem } from '@/lib/domain/mirror-health';
import { isPodReady, podsOf } from '@/lib/domain/workloads';

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

/** Why a Deployment is not ready: what its pods or its controller say, else how far it is. */
export function notReadyReason(deployment: Deployment, pods: readonly Pod[]): MessageRef {
  const problem = findHealthProblem(deployment, podsOf(deployment, pods));
  const ready = deployment.status?.readyReplicas ?? 0;
  const params = { workload: deployment.metadata.name, ready, desired: deployment.spec.replicas ?? 1 };
  return problem?.reason ?? { code: 'mirror_rolling_out', params };
}

/** True when the controller gave up waiting for the newest spec's progress (spec.progressDeadlineSeconds). */
export function isStuck({ metadata, status }: Deployment): boolean {
  return (
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    (status?.conditions ?? []).some(
      ({ type, status, reason }) =>
        type === 'Progressing' && status === 'False' && reason === 'ProgressDeadlineExceeded',
    )
  );
}

/** The word that `kubectl get pods` prints under STATUS: the first container that does not run gives it. */
export function podStatusWord(pod: Pod): string {
  if (pod.metadata.deletionTimestamp) return 'Terminating';
  const init = initProblem(pod);
  if (init) return init;
  const containers = pod.status?.containerStatuses ?? [];
  const words = containers.flatMap(({ state }) => {
    if (state?.waiting?.reason) return state.waiting.reason;
    return state?.terminated ? (state.terminated.reason ?? 'Error') : [];
  });
  const word = words[0] ?? pod.status?.phase ?? 'Unknown';
  if (word !== 'Completed' || !containers.some(({ ready, state }) => ready && state?.running)) return word;
  return isPodReady(pod) ? 'Running' : 'NotReady';
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

/** Restarts of all containers, as kubectl counts them. */
export function restartsOf(pod: Pod): number {
  const statuses: ContainerStatus[] = pod.status?.containerStatuses ?? [];
  return statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}
