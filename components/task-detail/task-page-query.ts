import { metricRanges, type MetricRange } from '@/lib/contract/metric-ranges';
import { taskPageActions, taskTabs, type TaskPageAction, type TaskTab } from '@/lib/routes';

export const metricRangeNames = Object.keys(metricRanges) as MetricRange[];

/** What the address says about the page: `?tab=&range=&object=&action=`. */
export interface TaskPageQuery {
  tab: TaskTab;
  range: MetricRange;
  /** The object whose YAML is shown, `Kind/name`. */
  object: string | null;
  action: TaskPageAction | null;
}

/** Reads the address; what is absent or not known is the default. */
export function readTaskPageQuery(get: (name: string) => string): TaskPageQuery {
  const [tab, range, action] = [get('tab'), get('range'), get('action')];
  return {
    tab: taskTabs.find((known) => known === tab) ?? 'overview',
    range: metricRangeNames.find((known) => known === range) ?? '15m',
    object: get('object') || null,
    action: taskPageActions.find((known) => known === action) ?? null,
  };
}
