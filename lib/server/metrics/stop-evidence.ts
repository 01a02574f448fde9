import type { MessageRef } from '@/lib/domain/message';
import { unknownSender } from '@/lib/domain/stray-copies';
import { externalTargetOf, targetText, workloadOf } from '@/lib/domain/targets';
import type { TaskSpec } from '@/lib/domain/task';
import { configuredMatcher, getPrometheus } from './get-prometheus';
import type { Prometheus, RangeValues } from './prometheus';
import { isPrometheusError, PrometheusError } from './prometheus-error';
import { rateWindowSeconds, type Grid } from './grid';
import { floorTo, PerScrape } from './per-scrape';
import { requestRate, requestTotals, type WorkloadSet } from './promql';
import { sidesOf } from './sides';
import { countsOf } from './workload-counts';

/** What is counted of copies that should have stopped. */
export interface StopEvidence {
  /** ISO time of the last copy that was counted, to within a scrape; null when none was seen. */
  lastCopyAt: string | null;
  /** ISO time since which the count is known to stand still; null while that cannot be said. */
  confirmedAt: string | null;
  reason: MessageRef | null;
  /** Requests per second of the mirror around the stop, and now while they still arrive; null: not measured. */
  rate: { stepSeconds: number; points: [number, number | null][] } | null;
  /** Who sent what still arrives, `workload.namespace`, `unknown` for a caller without a proxy. */
  senders: string[];
}

export interface StopOptions {
  prometheus: Prometheus | null;
  matcher: string | null;
}

/** How far back the last copy is looked for, and how far back "now" reaches. */
const lookBackSeconds = 600;
/** Scrapes over which no copy may have been counted. */
const quietScrapes = 3;
/** Scrapes of the rate before the stop, and after the quiet time: rate() looks back over some, and has to reach zero. */
const rateScrapes = { before: 12, after: 3 };

/** `measureStop` with this process' Prometheus. */
export function readStop(spec: TaskSpec, stoppedAt: string, nowMs: number): Promise<StopEvidence> {
  return measureStop(spec, stoppedAt, nowMs, { prometheus: getPrometheus(), matcher: configuredMatcher() });
}

/**
 * Whether copies to a task's only target (see `eachTarget`) have stopped, by the count of the mirror's own sidecars: it
 * must be there and stand still, from when the settle time and the scrapes after it are over until now. `stoppedAt`
 * (ISO): when every proxy had the change. Never rejects for want of metrics.
 */
export async function measureStop(
  spec: TaskSpec,
  stoppedAt: string,
  nowMs: number,
  options: StopOptions,
): Promise<StopEvidence> {
  const [target] = spec.targets;
  const [{ set: mirror, isAlone }] = sidesOf(spec).mirrors;
  if (!mirror || !isAlone) {
    // What arrives there is its own clients' too, or nobody in the mesh counts it.
    const code = externalTargetOf(target) ? 'stop_external' : 'stop_own_traffic';
    return untoldStop({ code, params: { target: targetText(target) } });
  }
  try {
    return await measure(workloadOf(target), mirror, stoppedAt, nowMs, options);
  } catch (error) {
    if (isPrometheusError(error)) return untoldStop(error.toMessageRef());
    throw error;
  }
}

/** No evidence, and why. */
export function untoldStop(reason: MessageRef): StopEvidence {
  return { lastCopyAt: null, confirmedAt: null, reason, rate: null, senders: [] };
}

/** `areArriving` with this process' Prometheus. */
export function readArriving(spec: TaskSpec, stoppedAt: string, nowMs: number): Promise<boolean> {
  return areArriving(spec, stoppedAt, nowMs, { prometheus: getPrometheus(), matcher: configuredMatcher() });
}

interface AskedArriving extends StopOptions {
  stoppedAt: string;
}

const arriving = new PerScrape<TaskSpec, AskedArriving, boolean>({
  isSame: (a, b) => a.stoppedAt === b.stoppedAt && a.prometheus === b.prometheus && a.matcher === b.matcher,
  outlivesScrape: () => true,
});

/**
 * True when requests through proxies surely still arrive at the mirror of a task's only target: `measureStop` for
 * lists, asked for many tasks at once. False also where nothing can be told.
 */
export async function areArriving(
  spec: TaskSpec,
  stoppedAt: string,
  nowMs: number,
  { prometheus, matcher }: StopOptions,
): Promise<boolean> {
  const [{ set: mirror, isAlone }] = sidesOf(spec).mirrors;
  if (!prometheus || !mirror || !isAlone) return false;
  try {
    const scrape = await prometheus.scrapeIntervalSeconds();
    const end = floorTo(scrape, nowMs);
    const windowSeconds = (quietScrapes + 1) * scrape;
    if (end - windowSeconds < quietFromOf(stoppedAt, scrape)) return false;
    const window = { at: end, windowSeconds, keepSeconds: scrape, matcher };
    return await arriving.get(spec, { stoppedAt, prometheus, matcher }, { end, scrape }, async () => {
      const count = await countsOf(prometheus).count('fromMesh', mirror, window);
      return (count ?? 0) > 0;
    });
  } catch (error) {
    if (isPrometheusError(error)) return false;
    throw error;
  }
}

async function measure(
  workload: string,
  mirror: WorkloadSet,
  stoppedAt: string,
  nowMs: number,
  { prometheus, matcher }: StopOptions,
): Promise<StopEvidence> {
  if (!prometheus) throw new PrometheusError('not_configured');
  const stepSeconds = await prometheus.scrapeIntervalSeconds();
  const now = floorTo(stepSeconds, nowMs);
  const quietFrom = quietFromOf(stoppedAt, stepSeconds);
  const quietUntil = quietFrom + quietScrapes * stepSeconds;
  const lookBack = Math.ceil(lookBackSeconds / stepSeconds) * stepSeconds;
  const read = async (start: number, end: number) =>
    prometheus.queryRange(requestTotals(mirror, matcher), { start, end, stepSeconds });
  const around = await read(quietFrom - lookBack, Math.min(now, quietUntil));
  // Of what came later the last minutes are looked at: a stop that was confirmed is not forever.
  const later = now > quietUntil ? await read(Math.max(quietUntil, now - lookBack), now) : around;
  const rises = [...risesOf(around), ...(later === around ? [] : risesOf(later))];
  const last = rises.length === 0 ? null : Math.max(...rises.map(({ at }) => at));
  const lastCopyAt = last === null ? null : isoOf(last);
  const isStray = (at: number) => at > quietFrom && at > now - (quietScrapes + 1) * stepSeconds;
  const strays = rises.filter(({ at }) => isStray(at));
  const rateOf = (from: number, to: number) =>
    readRate(prometheus, mirror, matcher, { start: from, end: to, stepSeconds });

  if (strays.length > 0) {
    const rate = await rateOf(Math.max(quietFrom - rateScrapes.before * stepSeconds, now - lookBack), now);
    const senders = [...new Set(strays.flatMap((stray) => stray.senders))].sort();
    const reason = { code: 'stop_still_arriving', params: { workload } };
    return { lastCopyAt, confirmedAt: null, reason, rate, senders };
  }
  const rate = await rateOf(
    quietFrom - rateScrapes.before * stepSeconds,
    Math.min(now, quietUntil + rateScrapes.after * stepSeconds),
  );
  const untold = (reason: MessageRef) => ({ ...untoldStop(reason), lastCopyAt, rate });
  if (now < quietUntil) {
    const seconds = Math.max(1, Math.ceil(quietUntil + stepSeconds - nowMs / 1000));
    return untold({ code: 'stop_settling', params: { seconds } });
  }
  const window = { at: now, windowSeconds: (quietScrapes + 1) * stepSeconds, keepSeconds: stepSeconds, matcher };
  // Pods that came later may have got nothing, and count nothing then: it is enough that somebody looks at them.
  const isWatched = async () => ((await countsOf(prometheus).count('scrapedPods', mirror, window)) ?? 0) > 0;
  const isSeen = around.length > 0 && byInstance(around).every(isCounted);
  const isSeenSince = later === around || byInstance(later).some(isCounted) || (await isWatched());
  if (!isSeen || !isSeenSince) return untold({ code: 'stop_unseen', params: { workload } });
  const confirmedAt = isoOf(Math.max(quietFrom, last ?? quietFrom));
  return { lastCopyAt, confirmedAt, reason: null, rate, senders: [] };
}

/** The scrape under way and the next one may still bring what came before. Unix seconds. */
function quietFromOf(stoppedAt: string, stepSeconds: number): number {
  return floorTo(stepSeconds, Date.parse(stoppedAt)) + 2 * stepSeconds;
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

async function readRate(
  prometheus: Prometheus,
  mirror: WorkloadSet,
  matcher: string | null,
  grid: Grid,
): Promise<StopEvidence['rate']> {
  const windowSeconds = rateWindowSeconds(grid.stepSeconds, grid.stepSeconds);
  const [found] = await prometheus.queryRange(requestRate(mirror, { windowSeconds, matcher }), grid);
  return found ? { stepSeconds: grid.stepSeconds, points: found.points.map(([at, value]) => [at, value]) } : null;
}

/** The counters of one sidecar, by who sent what it counts: all come with the same scrape. */
function byInstance(series: readonly RangeValues[]): RangeValues[][] {
  return [...Map.groupBy(series, ({ labels }) => labels['instance'] ?? '').values()];
}

function isCounted(counters: readonly RangeValues[]): boolean {
  return momentsOf(counters)
    .slice(-quietScrapes)
    .every(({ values }) => values.some((value) => value !== null));
}

function momentsOf(counters: readonly RangeValues[]): { at: number; values: (number | null)[] }[] {
  const [first] = counters;
  return (first?.points ?? []).map(([at], index) => ({
    at,
    values: counters.map(({ points }) => points[index]?.[1] ?? null),
  }));
}

/**
 * When a sidecar's count grew, in Unix seconds, and by whom. Who sends there for the first time has no counter before;
 * by how much a sidecar's count had grown before it was first seen is not known.
 */
function risesOf(series: readonly RangeValues[]): { at: number; senders: string[] }[] {
  return byInstance(series).flatMap((counters) => {
    let known: (number | null)[] | null = null;
    return momentsOf(counters).flatMap(({ at, values }) => {
      if (values.every((value) => value === null)) return [];
      const before = known;
      known = values;
      if (before === null || sumOf(values) <= sumOf(before)) return [];
      const grown = counters.filter((_, index) => (values[index] ?? 0) > (before[index] ?? 0));
      return [{ at, senders: grown.map(({ labels }) => senderOf(labels)) }];
    });
  });
}

function sumOf(values: readonly (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

function senderOf({ source_workload: workload, source_workload_namespace: namespace }: RangeValues['labels']): string {
  return !workload || workload === 'unknown' ? unknownSender : `${workload}.${namespace ?? ''}`;
}
