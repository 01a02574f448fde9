import type { TaskRecord, TaskReport, TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { mayListPods } from '@/lib/server/metrics/chart-access';

/** A finished task's report; its figures are for who may list the pods, as charts are. */
export async function reportOf(cluster: Cluster, { spec, report }: TaskRecord): Promise<TaskReport | null> {
  if (!report) return null;
  const [allowed] = await mayListPods(cluster, [spec.namespace]);
  return allowed ? report : withoutFigures(report, spec);
}

/** The report as it is for somebody who may not see what pods do. */
export function withoutFigures(report: TaskReport, { namespace }: TaskSpec): TaskReport {
  const reason = { code: 'report_forbidden', params: { namespace } };
  const others = report.others?.map((other) => ({ ...other, figures: null, reason }));
  return { ...report, figures: null, reason, ...(others && { others }) };
}
