import { coverageFinding, coverageRatio, type CoverageFinding } from '@/lib/domain/coverage';
import type { CountedClone } from '@/lib/domain/counted-clones';
import type { MessageRef } from '@/lib/domain/message';
import { selectsAll } from '@/lib/domain/request-match';
import { externalTargetOf, serviceTargetOf, targetText, workloadOf } from '@/lib/domain/targets';
import type { TaskSpec, TaskTarget } from '@/lib/domain/task';
import { getEnvironment } from '@/lib/server/env';
import { configuredMatcher, getPrometheus } from './get-prometheus';
import type { Prometheus } from './prometheus';
import { isPrometheusError, PrometheusError } from './prometheus-error';
import { floorTo, PerScrape } from './per-scrape';
import { routeCountsOf } from './route-counts';
import { sidesOf } from './sides';
import { countsOf, type CountKind } from './workload-counts';
import type { WorkloadSet } from './promql';

/** `Coverage` of the contract before its reason is put into words. */
export interface MeasuredCoverage {
  value: number | null;
  low: number | null;
  high: number | null;
  arrivedPerSecond: number | null;
  expectedPerSecond: number | null;
  /** What the counts surely say, at every look; null when nothing, or nothing is told. */
  finding: CoverageFinding | null;
  /** Why `value` cannot be told; null when it can. */
  reason: MessageRef | null;
}

export interface CoverageOptions {
  prometheus: Prometheus | null;
  matcher: string | null;
  /** How long a write takes to reach every proxy. */
  settleMs: number;
  /**
   * Ports of the service whose requests are counted with those of the task's ports, since Istio's metrics have no
   * label for the port; null when the service cannot be read.
   */
  otherPorts: readonly number[] | null;
  /** Clones that carry all of the task's copies, whose requests Envoy counts; null or absent: there are other copies. */
  clones?: readonly CountedClone[] | null;
}

/** Longest first: the longest that lies wholly after the last change of the percentage is looked at. */
const windowsSeconds = [300, 240, 180, 120, 60];

/**
 * Copies that arrived over copies expected, of a task with one target (see `eachTarget`) that mirrors since
 * `percentageSince` (ISO time). Asked of Prometheus at most once per scrape: who looks while the counts of the newest
 * scrape are asked for, is told those of the scrape before, so that a list of many tasks does not wait for them all.
 * Never rejects for want of metrics, says why instead. What is known is not waited for: a list tells a thousand of them.
 */
export function taskCoverage(
  spec: TaskSpec,
  percentageSince: string,
  nowMs: number,
  { otherPorts, clones }: Pick<CoverageOptions, 'otherPorts' | 'clones'>,
): Promise<MeasuredCoverage> | MeasuredCoverage {
  return measureCoverage(spec, percentageSince, nowMs, {
    otherPorts,
    clones: clones ?? null,
    prometheus: getPrometheus(),
    matcher: configuredMatcher(),
    settleMs: getEnvironment().settleMs ?? 10_000,
  });
}

/** `taskCoverage` with its surroundings given. */
export function measureCoverage(
  spec: TaskSpec,
  percentageSince: string,
  nowMs: number,
  options: CoverageOptions,
): Promise<MeasuredCoverage> | MeasuredCoverage {
  const untellable = untellableTarget(spec.targets[0]);
  if (untellable) return untoldCoverage(untellable);
  const { prometheus } = options;
  if (!prometheus) return untoldCoverage(new PrometheusError('not_configured').toMessageRef());
  const measure = (scrape: number) => {
    const end = floorTo(scrape, nowMs);
    return measured.get(spec, { percentageSince, options }, { end, scrape }, () =>
      measureAt(spec, percentageSince, { ...options, prometheus, end, scrape }),
    );
  };
  const scrape = prometheus.knownScrapeIntervalSeconds();
  const told = scrape === null ? prometheus.scrapeIntervalSeconds().then(measure) : measure(scrape);
  return told instanceof Promise ? told.catch(untoldBy) : told;
}

function untoldBy(error: unknown): MeasuredCoverage {
  if (isPrometheusError(error)) return untoldCoverage(error.toMessageRef());
  throw error;
}

/** Why copies that arrive at a target cannot be counted at all; null when they can. */
function untellableTarget(target: TaskTarget): MessageRef | null {
  const params = { target: targetText(target) };
  if (serviceTargetOf(target)) return { code: 'coverage_own_traffic', params };
  return externalTargetOf(target) ? { code: 'coverage_external', params } : null;
}

interface Asked {
  percentageSince: string;
  options: CoverageOptions;
}

const measured = new PerScrape<TaskSpec, Asked, MeasuredCoverage>({
  isSame: (a, b) => a.percentageSince === b.percentageSince && hasSameOptions(a.options, b.options),
  // What waits for its first window counts down.
  outlivesScrape: ({ reason }) => reason?.code !== 'coverage_starting',
});

function hasSameOptions(a: CoverageOptions, b: CoverageOptions): boolean {
  return (
    a.prometheus === b.prometheus &&
    a.matcher === b.matcher &&
    a.settleMs === b.settleMs &&
    a.otherPorts === b.otherPorts &&
    a.clones === b.clones
  );
}

/** Measures up to `end` (Unix seconds). */
async function measureAt(
  spec: TaskSpec,
  percentageSince: string,
  {
    prometheus,
    matcher,
    settleMs,
    otherPorts,
    clones,
    end,
    scrape,
  }: CoverageOptions & { prometheus: Prometheus; end: number; scrape: number },
): Promise<MeasuredCoverage> {
  // Both sides need a scrape from before the window's first request: a new series' first sample counts for nothing.
  const begin = (Date.parse(percentageSince) + settleMs) / 1000 + 2 * scrape;
  const windowSeconds = windowsSeconds.find((window) => window <= end - begin && window >= 4 * scrape);
  if (windowSeconds === undefined) {
    const shortest = windowsSeconds.findLast((window) => window >= 4 * scrape) ?? 4 * scrape;
    return untoldCoverage({
      code: 'coverage_starting',
      params: { seconds: Math.ceil(Math.max(1, begin + shortest - end)) },
    });
  }

  const { primary, mirrors } = sidesOf(spec);
  const [{ set: mirror }] = mirrors;
  if (!mirror) throw new Error('nobody counts the copies of this target');
  const counts = countsOf(prometheus);
  const window = { at: end, windowSeconds, keepSeconds: scrape, matcher };
  const read = (kind: CountKind, set: WorkloadSet) => counts.count(kind, set, window);
  const unmeasured = clones ? null : unmeasuredRequests(spec, otherPorts);
  if (unmeasured) {
    // How many of the requests are to be copied is told nowhere: a number would be one of other requests too.
    const arrived = await read('fromMesh', mirror);
    const rates = { arrivedPerSecond: arrived === null ? null : arrived / windowSeconds, expectedPerSecond: null };
    return untoldCoverage(unmeasured, rates);
  }
  const [requests, arrived] = await Promise.all([
    clones ? routeCountsOf(prometheus).count(clones, window) : read('fromMesh', primary),
    read('fromMesh', mirror),
  ]);
  const share = spec.targets[0].percentage / 100;
  const expected = (requests ?? 0) * share;
  const rates = {
    arrivedPerSecond: arrived === null ? null : arrived / windowSeconds,
    expectedPerSecond: requests === null ? null : expected / windowSeconds,
  };

  const ratio = coverageRatio(arrived ?? 0, requests ?? 0, share);
  if (ratio === null) {
    const outside = await read('fromOutside', primary);
    // Proxies tell of a clone's counter from its first request on, where anybody asks them.
    if (clones && requests === null && ((await read('fromMesh', primary)) ?? 0) >= 1) {
      const code = (arrived ?? 0) >= 1 ? 'coverage_selection' : 'coverage_none_selected';
      return untoldCoverage({ code, params: { minutes: windowSeconds / 60 } }, rates);
    }
    return untoldCoverage(reasonForNoCopies(requests ?? 0, outside ?? 0, windowSeconds), rates);
  }
  // No series at all: either no copy ever arrived, or nobody looks at the mirror's sidecar. Only the first is a zero.
  if (arrived === null && !((await read('scrapedPods', mirror)) ?? 0))
    return untoldCoverage({ code: 'coverage_mirror_unseen', params: { workload: workloadOf(spec.targets[0]) } }, rates);
  const finding = coverageFinding(arrived ?? 0, requests ?? 0, share);
  return { ...ratio, ...rates, arrivedPerSecond: rates.arrivedPerSecond ?? 0, finding, reason: null };
}

/** Why the live version's requests are not those that are copied; null when they are. */
function unmeasuredRequests(
  { service, selection, copiesEveryRequest }: TaskSpec,
  otherPorts: readonly number[] | null,
): MessageRef | null {
  if (!selectsAll(selection)) return { code: 'coverage_selection', params: {} };
  if (copiesEveryRequest === false) return { code: 'coverage_some_routes', params: { service: service.name } };
  if (otherPorts?.length === 0) return null;
  if (otherPorts === null) return { code: 'coverage_ports_unreadable', params: { service: service.name } };
  const params = { service: service.name, ports: service.ports.join(', '), others: otherPorts.join(', ') };
  return { code: 'coverage_some_ports', params };
}

/** Why hardly any copy is expected. */
function reasonForNoCopies(requests: number, outside: number, windowSeconds: number): MessageRef {
  const minutes = windowSeconds / 60;
  if (requests >= 1) return { code: 'coverage_few_requests', params: { count: Math.round(requests), minutes } };
  if (outside >= 1)
    return { code: 'coverage_callers_without_sidecar', params: { count: Math.round(outside), minutes } };
  return { code: 'coverage_no_traffic', params: { minutes } };
}

/** No share, and why; what was counted all the same may be told. */
export function untoldCoverage(
  reason: MessageRef,
  rates: Pick<MeasuredCoverage, 'arrivedPerSecond' | 'expectedPerSecond'> = {
    arrivedPerSecond: null,
    expectedPerSecond: null,
  },
): MeasuredCoverage {
  return { value: null, low: null, high: null, ...rates, finding: null, reason };
}
