import type { Task } from '@/lib/contract/task';

/** The version(s) of a side as one text, e.g. `v1, v1-beta`. */
export function versionOf(task: Task, side: 'primary' | 'mirror'): string {
  const parts = side === 'primary' ? task.primary : task.targets;
  return [...new Set(parts.map((part) => part.version))].join(', ');
}

/** Ready and wanted replicas of all workloads of a side; null when one of them cannot be read. */
export function replicasOf(task: Task, side: 'primary' | 'mirror'): { ready: number; desired: number } | null {
  const parts = side === 'primary' ? task.primary : task.targets;
  let sum = { ready: 0, desired: 0 };
  for (const { replicas } of parts) {
    if (replicas === null) return null;
    sum = { ready: sum.ready + replicas.ready, desired: sum.desired + replicas.desired };
  }
  return parts.length > 0 ? sum : null;
}

/** Whether the task's entries are in place, so that requests are copied now; false while they are only on their way. */
export function isCopying({ state, operation }: Pick<Task, 'state' | 'operation'>): boolean {
  const onItsWay = operation?.verb === 'create' || operation?.verb === 'resume';
  return !onItsWay && (state === 'Mirroring' || state === 'Degraded' || state === 'Drifted');
}
