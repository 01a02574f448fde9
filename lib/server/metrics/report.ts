import type { ReportFigures, ReportSide, TaskReport, TaskSpec } from '@/lib/domain/task';
import { withPercentages } from '@/lib/domain/targets';
import { getEnvironment } from '@/lib/server/env';
import { measureCoverage, type CoverageOptions, type MeasuredCoverage } from './coverage';
import { configuredMatcher, getPrometheus } from './get-prometheus';
import { readDifferences } from './list-metrics';
import type { Prometheus } from './prometheus';
import { isPrometheusError, PrometheusError } from './prometheus-error';
import { latencyQuantile, requestRate, successPercent, type WorkloadSet } from './promql';
import { sidesOf } from './sides';

/** Longer stretches are looked at from here on, so that one query reads no more than a day. */
const windowMaxSeconds = 86_400;

/** `measureReport` with this process' Prometheus. */
export function freezeReport(
  spec: TaskSpec,
  report: TaskReport,
  { otherPorts, clones }: Pick<CoverageOptions, 'otherPorts' | 'clones'>,
): Promise<TaskReport> {
  return measureReport(spec, report, {
    otherPorts,
    clones: clones ?? null,
    prometheus: getPrometheus(),
    matcher: configuredMatcher(),
    settleMs: getEnvironment().settleMs ?? 10_000,
  });
}

/**
 * The figures of a task with one target (see `eachTarget`) over its last stretch of mirroring, to be frozen in its record. Measured at the report's own
 * end, so it is the same whenever it is asked for while Prometheus remembers. Says why where nothing is measured.
 */
export async function measureReport(spec: TaskSpec, report: TaskReport, options: CoverageOptions): Promise<TaskReport> {
  try {
    const { prometheus, settleMs } = options;
    if (!prometheus) throw new PrometheusError('not_configured');
    const scrape = await prometheus.scrapeIntervalSeconds();
    const end = Math.floor(Date.parse(report.end) / 1000 / scrape) * scrape;
    const longest = end - Math.ceil((Date.parse(report.begin) + settleMs) / 1000);
    if (longest < 4 * scrape) return { ...report, reason: { code: 'report_too_short', params: {} } };
    const windowSeconds = Math.min(longest, windowMaxSeconds);
    const begin = new Date((end - windowSeconds) * 1000).toISOString();
    const figures = await measureFigures(
      withPercentages(spec, [report.percentage]),
      report.begin,
      end,
      windowSeconds,
      scrape,
      { ...options, prometheus },
    );
    return { ...report, begin, figures, reason: null };
  } catch (error) {
    if (isPrometheusError(error)) return { ...report, reason: error.toMessageRef() };
    throw error;
  }
}

async function measureFigures(
  spec: TaskSpec,
  since: string,
  end: number,
  windowSeconds: number,
  scrape: number,
  options: CoverageOptions & { prometheus: Prometheus },
): Promise<ReportFigures> {
  const { prometheus, matcher } = options;
  const range = { windowSeconds, matcher };
  const { primary, mirrors } = sidesOf(spec);
  const [{ set: mirror, isAlone }] = mirrors;
  const read = async (query: string) => (await prometheus.query(query, end, scrape))[0]?.value ?? null;
  const measureSide = async (side: ReportSide['side'], set: WorkloadSet | null): Promise<ReportSide> => {
    if (!set) return { side, requests: null, successPercent: null, p50: null, p95: null, p99: null };
    const [rate, success, p50, p95, p99] = await Promise.all([
      read(requestRate(set, range)),
      read(successPercent(set, range)),
      ...[0.5, 0.95, 0.99].map((quantile) => read(latencyQuantile(quantile, set, range))),
    ]);
    return {
      side,
      requests: rate === null ? null : Math.round(rate * windowSeconds),
      successPercent: success ?? null,
      p50: p50 ?? null,
      p95: p95 ?? null,
      p99: p99 ?? null,
    };
  };
  const [coverage, sides, differences] = await Promise.all([
    measureCoverage(spec, since, end * 1000, options),
    Promise.all([measureSide('primary', primary), measureSide('mirror', isAlone ? mirror : null)]),
    readDifferences([spec], prometheus, range, end),
  ]);
  return { coverage: frozenCoverage(coverage), sides, differences: differences[0] ?? [] };
}

/** What a running task waits for will not come any more, and nobody is called to act. */
function frozenCoverage(coverage: MeasuredCoverage): ReportFigures['coverage'] {
  const { value, low, high, arrivedPerSecond, expectedPerSecond, reason } = coverage;
  const isTooShort = reason?.code === 'coverage_starting';
  const why = isTooShort ? { code: 'report_too_short', params: {} } : reason;
  return { value, low, high, arrivedPerSecond, expectedPerSecond, reason: why };
}
