import type { TaskSpec } from '@/lib/domain/task';
import type { WorkloadSet } from './promql';

/** The workloads of both sides of a task, as Istio's metrics name them. */
export function sidesOf(spec: TaskSpec): Record<'primary' | 'mirror', WorkloadSet & { target: string | null }> {
  const { namespace, primary, target } = spec;
  return {
    primary: { namespace, workloads: primary.map(({ workload }) => workload), target: null },
    mirror: { namespace, workloads: [target.workload], target: target.id },
  };
}
