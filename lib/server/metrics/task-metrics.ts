import type { z } from 'zod/mini';
import { metricRanges, type MetricRange } from '@/lib/contract/metric-ranges';
import type { ChangeMarker, MetricSeries, MetricSide, MetricTotal, TaskMetrics } from '@/lib/contract/metrics';
import type { MessageRef } from '@/lib/domain/message';
import type { TaskRecord } from '@/lib/domain/task';
import { processWide } from '@/lib/server/process-state';
import { gridOf, rateWindowSeconds, stepFor, type Grid } from './grid';
import type { Prometheus } from './prometheus';
import { isPrometheusError, PrometheusError } from './prometheus-error';
import {
  latencyQuantile,
  requestCountByCode,
  requestRate,
  requestRateByCode,
  successPercent,
  type QueryOptions,
  type WorkloadSet,
} from './promql';
import { sidesOf, type SideSet } from './sides';

type Series = Omit<MetricSeries, 'points' | 'code'>;
type Total = z.infer<typeof MetricTotal>;

/** What the charts of a task show; texts are added where the answer is written. */
export interface TaskMeasurements extends Omit<TaskMetrics, 'markers' | 'problem'> {
  problem: MessageRef | null;
}

export interface MeasureOptions {
  prometheus: Prometheus | null;
  matcher: string | null;
  range: MetricRange;
  /** Namespaces of mirrors whose charts the user may not see. Absent: none. */
  hiddenNamespaces?: readonly string[];
  /** Absent: chosen by the range. */
  stepSeconds?: number | undefined;
}

const quantiles = [0.5, 0.95, 0.99] as const;

/**
 * Rate, success, latency and codes of both sides over a range. When Prometheus does not answer, the last
 * measurements of the same kind are returned with `problem` set, so that charts keep what they have.
 */
export async function measureTask(record: TaskRecord, options: MeasureOptions): Promise<TaskMeasurements> {
  const { spec } = record;
  // A task that was made again under the name of one that has gone is another task: it has none of its numbers.
  const task = `${spec.namespace}/${spec.name}/${record.createdAt}`;
  const key = `${task}/${options.range}/${options.stepSeconds ?? ''}/${(options.hiddenNamespaces ?? []).join(',')}`;
  try {
    const measured = await measure(record, options);
    rememberLast(key, measured);
    return measured;
  } catch (error) {
    if (!isPrometheusError(error)) throw error;
    const last = lastMeasured().get(key) ?? nothingMeasured(options);
    return { ...last, problem: error.toMessageRef() };
  }
}

/** When the percentage of copies changed, from the task's activity. */
export function markersOf(record: TaskRecord): Omit<ChangeMarker, 'text'>[] {
  return record.activity.flatMap(({ at, verb, outcome, percentage, percentages }) => {
    if (outcome !== 'done') return [];
    if (verb !== 'create' && verb !== 'change' && verb !== 'pause' && verb !== 'resume') return [];
    const seconds = Date.parse(at) / 1000;
    const shares = verb === 'pause' ? [0] : (percentages ?? [percentage ?? record.spec.targets[0].percentage]);
    return [{ at: seconds, kind: verb, percentage: shares[0] ?? 0, ...(shares.length > 1 && { percentages: shares }) }];
  });
}

async function measure(record: TaskRecord, options: MeasureOptions): Promise<TaskMeasurements> {
  const { prometheus, matcher } = options;
  if (!prometheus) throw new PrometheusError('not_configured');
  const scrapeIntervalSeconds = await prometheus.scrapeIntervalSeconds();
  const rangeSeconds = metricRanges[options.range];
  const stepSeconds = options.stepSeconds ?? stepFor(rangeSeconds, scrapeIntervalSeconds);
  const grid = gridOf(rangeSeconds, stepSeconds, prometheus.now());
  const rate: QueryOptions = { windowSeconds: rateWindowSeconds(stepSeconds, scrapeIntervalSeconds), matcher };
  const whole: QueryOptions = { windowSeconds: rangeSeconds, matcher };

  const { primary, mirrors } = sidesOf(record.spec);
  const seen = mirrors.filter(({ namespace }) => !options.hiddenNamespaces?.includes(namespace));
  const measured: { side: MetricSide; set: SideSet }[] = [
    { side: 'primary', set: primary },
    ...seen.flatMap(({ set }) => (set ? [{ side: 'mirror' as const, set }] : [])),
  ];
  const series = measured.flatMap(({ side, set }) =>
    seriesOf(side, set, rate).map((one) => readSeries(prometheus, one, grid)),
  );
  const totals = measured.map(({ side, set }) => readTotals(prometheus, side, set, whole, grid));
  // Wait for the failures too: a look right after one must not join queries that are still failing.
  await Promise.allSettled([...series, ...totals]);
  return {
    ...grid,
    scrapeIntervalSeconds,
    series: (await Promise.all(series)).flat(),
    totals: (await Promise.all(totals)).flat(),
    problem: null,
  };
}

function seriesOf(side: MetricSide, set: WorkloadSet & { target: string | null }, options: QueryOptions): Series[] {
  const common = { side, target: set.target, quantile: null };
  return [
    { ...common, metric: 'rate', unit: 'requests_per_second', query: requestRate(set, options) },
    { ...common, metric: 'success', unit: 'percent', query: successPercent(set, options) },
    ...quantiles.map((quantile): Series => {
      return {
        ...common,
        metric: 'latency',
        quantile,
        unit: 'milliseconds',
        query: latencyQuantile(quantile, set, options),
      };
    }),
    { ...common, metric: 'codes', unit: 'requests_per_second', query: requestRateByCode(set, options) },
  ];
}

/** One series per code for `codes`, exactly one (with gaps only, if nothing was measured) for the others. */
async function readSeries(prometheus: Prometheus, series: Series, grid: Grid): Promise<MetricSeries[]> {
  const found = await prometheus.queryRange(series.query, grid);
  if (series.metric === 'codes')
    return found
      .map(({ labels, points }) => ({ ...series, code: labels['response_code'] ?? '', points }))
      .toSorted((a, b) => a.code.localeCompare(b.code, 'en'));
  return [{ ...series, code: null, points: found[0]?.points ?? gaps(grid) }];
}

async function readTotals(
  prometheus: Prometheus,
  side: MetricSide,
  set: WorkloadSet & { target: string | null },
  options: QueryOptions,
  grid: Grid,
): Promise<Total[]> {
  const query = requestCountByCode(set, options);
  const values = await prometheus.query(query, grid.end, grid.stepSeconds);
  return values
    .flatMap(({ labels, value }) =>
      value === null ? [] : [{ side, target: set.target, code: labels['response_code'] ?? '', count: value, query }],
    )
    .toSorted((a, b) => a.code.localeCompare(b.code, 'en'));
}

function gaps(grid: Grid): [number, null][] {
  const count = Math.round((grid.end - grid.start) / grid.stepSeconds) + 1;
  return Array.from({ length: count }, (_, index) => [grid.start + index * grid.stepSeconds, null]);
}

const lastLimit = 200;
const lastMeasured = () => processWide('last-measurements', () => new Map<string, TaskMeasurements>());

function rememberLast(key: string, measured: TaskMeasurements): void {
  const last = lastMeasured();
  last.delete(key);
  last.set(key, measured);
  for (const oldest of last.keys()) {
    if (last.size <= lastLimit) return;
    last.delete(oldest);
  }
}

function nothingMeasured({ prometheus, range, stepSeconds }: MeasureOptions): TaskMeasurements {
  const scrapeIntervalSeconds = 15;
  const step = stepSeconds ?? stepFor(metricRanges[range], scrapeIntervalSeconds);
  const grid = gridOf(metricRanges[range], step, prometheus?.now() ?? Date.now());
  return { ...grid, scrapeIntervalSeconds, series: [], totals: [], problem: null };
}
