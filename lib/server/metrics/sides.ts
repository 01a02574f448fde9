import { serviceTargetOf } from '@/lib/domain/targets';
import type { TaskSpec, TaskTarget } from '@/lib/domain/task';
import type { WorkloadSet } from './promql';

/** One side's workloads; `target`: the target's id, null on the primary side. */
export type SideSet = WorkloadSet & { target: string | null };

/** One target's side. */
export interface MirrorSide {
  /** Null where no sidecar of the mesh counts what gets the copies. */
  set: SideSet | null;
  /** Nothing but copies reaches it, so its requests are the copies. */
  isAlone: boolean;
  /** The namespace that its pods are in. */
  namespace: string;
}

export interface TaskSides {
  primary: SideSet;
  /** In the order of the targets. */
  mirrors: [MirrorSide, ...MirrorSide[]];
}

/** The workloads of all sides of a task, as Istio's metrics name them. */
export function sidesOf(spec: TaskSpec): TaskSides {
  const { namespace, primary, targets } = spec;
  const [first, ...others] = targets;
  return {
    primary: { namespace, workloads: primary.map(({ workload }) => workload), target: null },
    mirrors: [mirrorOf(first, namespace), ...others.map((target) => mirrorOf(target, namespace))],
  };
}

function mirrorOf(target: TaskTarget, own: string): MirrorSide {
  const { id, workload, behind = [] } = target;
  if (workload !== null) {
    return { set: { namespace: own, workloads: [workload], target: id }, isAlone: true, namespace: own };
  }
  const namespace = serviceTargetOf(target)?.namespace ?? own;
  const set = behind.length > 0 ? { namespace, workloads: behind, target: id } : null;
  return { set, isAlone: false, namespace };
}
