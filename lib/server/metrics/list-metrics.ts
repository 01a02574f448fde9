import type { z } from 'zod/mini';
import type { MetricSeries, MetricSide, TaskListMetricsItem } from '@/lib/contract/metrics';
import type { MessageRef } from '@/lib/domain/message';
import { eachTarget } from '@/lib/domain/targets';
import type { ReportDifference, TaskRecord, TaskSpec } from '@/lib/domain/task';
import { shareDifference } from './difference';
import { gridOf, rateWindowSeconds, type Grid } from './grid';
import type { InstantValue, Prometheus, RangeValues } from './prometheus';
import { isPrometheusError, PrometheusError } from './prometheus-error';
import {
  failureCountOfMany,
  latencyQuantileOfMany,
  requestCountOfMany,
  requestRateOfMany,
  type WorkloadSet,
} from './promql';
import { sidesOf, type SideSet } from './sides';

export interface ListMeasurements extends Omit<z.infer<typeof TaskListMetricsItem>, 'problem'> {
  problem: MessageRef | null;
}

const rangeSeconds = 1800;
const stepSeconds = 60;
/** Windows of comparison: the longest that the task has mirrored for, so that both sides saw the same requests. */
const comparisonWindows = [1800, 900, 300, 120] as const;
const p95 = 0.95;
/** Tasks per query: keeps a query's regular expressions and answer small. */
const tasksPerQuery = 50;

/**
 * What the rows of the task list show: sparklines, last values and differences. A few queries over many workloads
 * serve all rows. `hidden` tasks (the user may not see their pods) get that as their problem.
 */
export async function measureTasks(
  records: readonly TaskRecord[],
  options: { prometheus: Prometheus | null; matcher: string | null },
): Promise<ListMeasurements[]> {
  const { prometheus, matcher } = options;
  if (!prometheus) return records.map((record) => withoutNumbers(record, new PrometheusError('not_configured')));
  const chunks = Array.from({ length: Math.ceil(records.length / tasksPerQuery) }, (_, index) =>
    records.slice(index * tasksPerQuery, (index + 1) * tasksPerQuery),
  );
  const measured = await Promise.all(
    chunks.map((chunk) =>
      measureChunk(chunk, prometheus, matcher).catch((error: unknown) => {
        if (!isPrometheusError(error)) throw error;
        return chunk.map((record) => withoutNumbers(record, error));
      }),
    ),
  );
  return measured.flat();
}

/** A row without any number, and why. */
export function withoutNumbers(record: TaskRecord, problem: PrometheusError | MessageRef): ListMeasurements {
  return {
    namespace: record.spec.namespace,
    name: record.spec.name,
    createdAt: record.createdAt,
    series: [],
    last: { primary: null, mirror: null },
    differences: [],
    problem: isPrometheusError(problem) ? problem.toMessageRef() : problem,
  };
}

async function measureChunk(
  records: readonly TaskRecord[],
  prometheus: Prometheus,
  matcher: string | null,
): Promise<ListMeasurements[]> {
  const scrape = await prometheus.scrapeIntervalSeconds();
  const grid = gridOf(rangeSeconds, stepSeconds, prometheus.now());
  const [rates, comparisons] = await Promise.all([
    readRates(records, prometheus, { windowSeconds: rateWindowSeconds(stepSeconds, scrape), matcher }, grid),
    Promise.all(
      comparisonWindows.map(async (windowSeconds) => {
        const compared = records.filter((record) => comparisonWindow(record, grid.end) === windowSeconds);
        const parts = compared.flatMap((record) => eachTarget(record.spec).map((spec) => ({ record, spec })));
        const specs = parts.map(({ spec }) => spec);
        const found = await readDifferences(specs, prometheus, { windowSeconds, matcher }, grid.end);
        const all = parts.map(({ record, spec }, index) => ({
          record,
          of: ofTarget(spec.targets[0].id, found[index]),
        }));
        const byRecord = Map.groupBy(all, ({ record }) => record);
        return [...byRecord].map(([record, of]) => [record, of.flatMap((part) => part.of)] as const);
      }),
    ),
  ]);
  const differences = new Map(comparisons.flat());
  return records.map((record) => {
    const series = rates(record);
    const last = (side: MetricSide) => {
      const values = series.filter((one) => one.side === side).map(({ points }) => points.at(-1)?.[1] ?? null);
      // A part of a sum is no sum.
      const known = values.filter((value) => value !== null);
      return known.length === 0 || known.length < values.length ? null : known.reduce((sum, value) => sum + value, 0);
    };
    return {
      namespace: record.spec.namespace,
      name: record.spec.name,
      createdAt: record.createdAt,
      series,
      last: { primary: last('primary'), mirror: last('mirror') },
      differences: differences.get(record) ?? frozenDifferences(record),
      problem: null,
    };
  });
}

type TargetDifference = ListMeasurements['differences'][number];

function ofTarget(target: string, differences: readonly ReportDifference[] = []): TargetDifference[] {
  return differences.map((difference) => ({ ...difference, target }));
}

/** Of a finished task what its report keeps. */
function frozenDifferences({ spec, report }: TaskRecord): TargetDifference[] {
  const first = ofTarget(spec.targets[0].id, report?.figures?.differences);
  const others = report?.others ?? [];
  return [...first, ...others.flatMap(({ target, figures }) => ofTarget(target, figures?.differences))];
}

/** Null while paused, or when copies have not come for long enough to compare anything. */
function comparisonWindow(record: TaskRecord, atSeconds: number): number | null {
  if (record.desired !== 'mirroring') return null;
  const since = Math.max(Date.parse(record.percentageSince), Date.parse(record.desiredSince)) / 1000;
  return comparisonWindows.find((window) => window <= atSeconds - since) ?? null;
}

type Options = { windowSeconds: number; matcher: string | null };

async function readRates(records: readonly TaskRecord[], prometheus: Prometheus, options: Options, grid: Grid) {
  const query = requestRateOfMany(setsOf(records), options);
  const byWorkload = new Map((await prometheus.queryRange(query, grid)).map((series) => [workloadKey(series), series]));
  return (record: TaskRecord): MetricSeries[] =>
    comparedSides(record.spec).map(({ side, set }) => {
      const found = keysOf(set).flatMap((key) => byWorkload.get(key) ?? []);
      return {
        metric: 'rate',
        side,
        target: set.target,
        quantile: null,
        code: null,
        unit: 'requests_per_second',
        query,
        points: addUp(found, grid),
      };
    });
}

/**
 * For each task with one target (see `eachTarget`), the mirror's success and latency minus the live side's, over the
 * window that ends at `atSeconds`. None where others reach the target too.
 */
export async function readDifferences(
  specs: readonly TaskSpec[],
  prometheus: Prometheus,
  options: Options,
  atSeconds: number,
): Promise<ReportDifference[][]> {
  if (specs.length === 0) return [];
  const sets = specs.flatMap((spec) => comparedSides(spec).map(({ set }) => set));
  const read = async (query: string) =>
    new Map((await prometheus.query(query, atSeconds, stepSeconds)).map((one) => [workloadKey(one), one.value]));
  const [counts, failures, latencies] = await Promise.all([
    read(requestCountOfMany(sets, options)),
    read(failureCountOfMany(sets, options)),
    read(latencyQuantileOfMany(p95, sets, options)),
  ]);
  return specs.map((spec) => {
    const { primary, mirrors } = sidesOf(spec);
    const [{ set: mirror, isAlone }] = mirrors;
    if (!mirror || !isAlone) return [];
    return [
      successDifference(shareOf(mirror, counts, failures), shareOf(primary, counts, failures)),
      latencyDifference(mirror, primary, counts, latencies),
    ];
  });
}

type Values = ReadonlyMap<string, number | null>;

/** Succeeded of all; a side whose requests were not counted has none. */
function shareOf(set: WorkloadSet, counts: Values, failures: Values) {
  const whole = sumOf(set, counts) ?? 0;
  return { part: Math.max(0, whole - (sumOf(set, failures) ?? 0)), whole };
}

function successDifference(mirror: { part: number; whole: number }, primary: { part: number; whole: number }) {
  const difference = shareDifference(mirror, primary);
  return {
    metric: 'success' as const,
    value: difference && difference.value * 100,
    low: difference && difference.low * 100,
    high: difference && difference.high * 100,
    unit: 'percentage_points' as const,
    samples: mirror.whole,
  };
}

/**
 * Without an interval: a quantile of a histogram is known only to within its bucket, which no interval from counts
 * covers. And only with one live workload: quantiles of several do not add up.
 */
function latencyDifference(mirror: WorkloadSet, primary: WorkloadSet, counts: Values, latencies: Values) {
  const [a, b] = [mirror, primary].map((set) => {
    const [key, ...others] = keysOf(set);
    return others.length === 0 && key !== undefined ? (latencies.get(key) ?? null) : null;
  });
  return {
    metric: 'latency_p95' as const,
    value: typeof a === 'number' && typeof b === 'number' ? a - b : null,
    low: null,
    high: null,
    unit: 'milliseconds' as const,
    samples: sumOf(mirror, counts),
  };
}

function sumOf(set: WorkloadSet, values: Values): number | null {
  const found = keysOf(set).flatMap((key) => values.get(key) ?? []);
  return found.length === 0 ? null : found.reduce((sum, value) => sum + value, 0);
}

/** The sum of series; a gap only where all of them have one. */
function addUp(series: readonly RangeValues[], grid: Grid): [number, number | null][] {
  const count = Math.round((grid.end - grid.start) / grid.stepSeconds) + 1;
  return Array.from({ length: count }, (_, index) => {
    const values = series.flatMap(({ points }) => points[index]?.[1] ?? []);
    const sum = values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
    return [grid.start + index * grid.stepSeconds, sum];
  });
}

/** Sides that can be held against each other: what a mirror with clients of its own gets is not this task's. */
function comparedSides(spec: TaskSpec): { side: MetricSide; set: SideSet }[] {
  const { primary, mirrors } = sidesOf(spec);
  const compared: { side: MetricSide; set: SideSet }[] = [{ side: 'primary', set: primary }];
  return [
    ...compared,
    ...mirrors.flatMap(({ set, isAlone }) => (set && isAlone ? [{ side: 'mirror' as const, set }] : [])),
  ];
}

function setsOf(records: readonly TaskRecord[]): WorkloadSet[] {
  return records.flatMap(({ spec }) => comparedSides(spec).map(({ set }) => set));
}

function keysOf({ namespace, workloads }: WorkloadSet): string[] {
  return workloads.map((workload) => `${namespace}/${workload}`);
}

function workloadKey({ labels }: InstantValue | RangeValues): string {
  return `${labels['destination_workload_namespace']}/${labels['destination_workload']}`;
}
