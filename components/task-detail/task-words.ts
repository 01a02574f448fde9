import type { TaskMetrics } from '@/lib/contract/metrics';
import type { Task } from '@/lib/contract/task';

/** The version(s) of a side as one text, e.g. `v1, v1-beta`; of a target elsewhere its name. */
export function versionOf(task: Task, side: 'primary' | 'mirror'): string {
  const names =
    side === 'primary' ? task.primary.map(({ version }) => version) : task.targets.map(({ label }) => label);
  return [...new Set(names)].join(', ');
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

/** True where nothing but copies reaches the mirror: what is measured of it is what came of them. */
export function isMirrorAlone({ targets }: Pick<Task, 'targets'>): boolean {
  return targets.every(({ kind }) => kind === 'version');
}

/** True for a target outside the mesh: it has no pods, no metrics and no log here. */
export function isMirrorOutside({ targets }: Pick<Task, 'targets'>): boolean {
  return targets.some(({ kind }) => kind === 'external');
}

/** Whether the task's entries are in place, so that requests are copied now; false while they are only on their way. */
export function isCopying({ state, operation }: Pick<Task, 'state' | 'operation'>): boolean {
  const onItsWay = operation?.verb === 'create' || operation?.verb === 'resume';
  return !onItsWay && (state === 'Mirroring' || state === 'Degraded' || state === 'Drifted');
}

/** The shares of all targets as one text, in their order: `30 % / 20 %`. */
export function sharesText({ targets }: Pick<Task, 'targets'>, percentage: (value: number) => string): string {
  return targets.map((target) => percentage(target.percentage)).join(' / ');
}

/** A task of several targets as one that has only this one: what is measured and reported is told of each. */
export function withTarget(task: Task, id: string): Task {
  const target = task.targets.find((one) => one.id === id);
  if (!target || task.targets.length === 1) return task;
  const { placement, coverage, safety } = target;
  const { report } = task;
  const other = report?.others.find((one) => one.target === id);
  return {
    ...task,
    targets: [target],
    placement,
    coverage,
    safety: { ...task.safety, ...safety },
    report: report && { ...report, ...other, others: [] },
  };
}

/** What was measured of the live version and of one target. */
export function metricsOfTarget(metrics: TaskMetrics | undefined, id: string): TaskMetrics | undefined {
  const isShown = ({ side, target }: { side: string; target: string | null }) => side === 'primary' || target === id;
  return metrics && { ...metrics, series: metrics.series.filter(isShown), totals: metrics.totals.filter(isShown) };
}
