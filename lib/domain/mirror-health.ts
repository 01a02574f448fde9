import type { ContainerStatus, Deployment, Pod, Service } from './kubernetes.ts';
import type { MessageRef } from './message.ts';
import type { ServiceTarget } from './task.ts';
import { isPodReady } from './workloads.ts';

/** What keeps a mirror from answering its copies, since when (null: not told). */
export interface HealthProblem {
  reason: MessageRef;
  since: string | null;
}

const imageReasons = new Set(['ImagePullBackOff', 'ErrImagePull', 'InvalidImageName', 'ErrImageNeverPull']);
const configReasons = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

/** The worst problem of a workload, as its pods and its controller tell; null when none keeps it from working. */
export function findHealthProblem(deployment: Deployment, pods: readonly Pod[]): HealthProblem | null {
  const workload = deployment.metadata.name;
  const found = pods
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .flatMap((pod) => podProblem(pod, workload) ?? []);
  return found[0] ?? controllerProblem(deployment);
}

/** Why a Service that gets copies loses them; null when nothing tells that it does. `pods` null: nobody may look. */
export function findTargetProblem(
  { namespace, name, port }: ServiceTarget,
  { service, pods }: { service: Service | null; pods: readonly Pod[] | null },
): MessageRef | null {
  if (!service) return { code: 'target_service_gone', params: { namespace, name } };
  if (!service.spec.ports?.some((one) => one.port === port))
    return { code: 'target_port_gone', params: { namespace, name, port } };
  const isAnswered = pods === null || pods.some((pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp);
  return isAnswered ? null : { code: 'target_no_ready_pods', params: { namespace, name } };
}

function podProblem(pod: Pod, workload: string): HealthProblem | null {
  const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const notReadySince = conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? null;
  for (const status of [...initContainerStatuses, ...containerStatuses]) {
    const reason = containerProblem(status, { workload, pod: pod.metadata.name, container: status.name });
    if (reason) return { reason, since: notReadySince };
  }
  const scheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (scheduled?.reason !== 'Unschedulable') return null;
  const params = { workload, pod: pod.metadata.name, message: scheduled.message ?? '' };
  return { reason: { code: 'mirror_unschedulable', params }, since: scheduled.lastTransitionTime ?? null };
}

function containerProblem(
  { image = '', restartCount = 0, state }: ContainerStatus,
  names: Record<string, string>,
): MessageRef | null {
  const waiting = state?.waiting;
  if (!waiting?.reason) return null;
  const message = waiting.message ?? waiting.reason;
  if (imageReasons.has(waiting.reason)) return { code: 'mirror_image', params: { ...names, image, message } };
  if (waiting.reason === 'CrashLoopBackOff')
    return { code: 'mirror_crash', params: { ...names, restarts: restartCount } };
  return configReasons.has(waiting.reason) ? { code: 'mirror_container', params: { ...names, message } } : null;
}

function controllerProblem({ metadata, spec, status }: Deployment): HealthProblem | null {
  const workload = metadata.name;
  const failure = status?.conditions?.find(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True');
  if (failure) {
    const params = { workload, message: failure.message ?? failure.reason ?? '' };
    return { reason: { code: 'mirror_replica_failure', params }, since: failure.lastTransitionTime ?? null };
  }
  if (spec.replicas === 0) return { reason: { code: 'mirror_scaled_to_zero', params: { workload } }, since: null };
  return null;
}
