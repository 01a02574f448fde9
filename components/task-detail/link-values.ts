import type { Task } from '@/lib/contract/task';
import type { LinkValues } from '@/lib/domain/link-template';

/** What a link template may name, of a task. The first of several workloads of a side stands for all. */
export function linkValues({ namespace, name, service, primary, targets }: Task): LinkValues {
  return {
    namespace,
    service,
    task: name,
    primary: primary[0]?.workload ?? null,
    mirror: targets.find(({ workload }) => workload !== null)?.workload ?? null,
  };
}
