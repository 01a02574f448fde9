import type { Deployment, KubeObject, PodTemplate } from '@/lib/domain/kubernetes';
import { versionOf } from '@/lib/domain/workloads';

interface Workload extends KubeObject {
  spec?: unknown;
  status?: unknown;
}

/** The pod template of a Deployment, StatefulSet or DaemonSet. */
function templateOf(workload: Workload): PodTemplate | undefined {
  return (workload.spec as { template?: PodTemplate } | undefined)?.template;
}

/** Labels of the pods that a workload makes. */
export function podLabelsOf(workload: Workload): Record<string, string> {
  return templateOf(workload)?.metadata?.labels ?? {};
}

/** The version of a workload's pods; null when they carry none. */
export function workloadVersion(workload: Workload): string | null {
  return versionOf(podLabelsOf(workload))?.version ?? null;
}

/** Ready and wanted pods; a DaemonSet wants one per node. */
export function replicasOf(workload: Workload): { ready: number; desired: number } {
  const { spec, status } = workload as Deployment & {
    status?: { numberReady?: number; desiredNumberScheduled?: number };
  };
  return {
    ready: status?.readyReplicas ?? status?.numberReady ?? 0,
    desired: status?.desiredNumberScheduled ?? spec.replicas ?? 1,
  };
}
