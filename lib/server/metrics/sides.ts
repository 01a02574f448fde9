import { serviceTargetOf } from '@/lib/domain/targets';
import type { TaskSpec } from '@/lib/domain/task';
import type { WorkloadSet } from './promql';

/** One side's workloads; `target`: the target's id, null on the primary side. */
export type SideSet = WorkloadSet & { target: string | null };

export interface TaskSides {
  primary: SideSet;
  /** Null where no sidecar of the mesh counts what gets the copies. */
  mirror: SideSet | null;
  /** Nothing but copies reaches the mirror, so its requests are the copies. */
  mirrorIsAlone: boolean;
}

/** The workloads of both sides of a task, as Istio's metrics name them. */
export function sidesOf(spec: TaskSpec): TaskSides {
  const { namespace, primary, target } = spec;
  return {
    primary: { namespace, workloads: primary.map(({ workload }) => workload), target: null },
    mirror: mirrorOf(spec),
    mirrorIsAlone: target.workload !== null,
  };
}

function mirrorOf(spec: TaskSpec): SideSet | null {
  const { namespace, target } = spec;
  if (target.workload !== null) return { namespace, workloads: [target.workload], target: target.id };
  const service = serviceTargetOf(spec);
  const { behind = [] } = target;
  return service && behind.length > 0 ? { namespace: service.namespace, workloads: behind, target: target.id } : null;
}
