import { configuredMatcher, getPrometheus } from './get-prometheus';
import { isPrometheusError } from './prometheus-error';
import { proxyConvergenceP99 } from './promql';

const windowSeconds = 600;

/**
 * 99th percentile, in ms, of the time that istiod took in the last ten minutes to bring a change to the proxies; null
 * when it is not measured.
 */
export async function proxyConvergenceP99Ms(): Promise<number | null> {
  const prometheus = getPrometheus();
  if (!prometheus) return null;
  try {
    const scrape = await prometheus.scrapeIntervalSeconds();
    const time = Math.floor(prometheus.now() / 1000 / scrape) * scrape;
    const query = proxyConvergenceP99({ windowSeconds, matcher: configuredMatcher() });
    const [found] = await prometheus.query(query, time, scrape);
    return found?.value == null ? null : found.value * 1000;
  } catch (error) {
    if (isPrometheusError(error)) return null;
    throw error;
  }
}
