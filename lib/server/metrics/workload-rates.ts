import type { Cluster } from '@/lib/server/cluster/cluster';
import { mayListPods } from './chart-access';
import { rateWindowSeconds } from './grid';
import { configuredMatcher, getPrometheus } from './get-prometheus';
import { isPrometheusError } from './prometheus-error';
import { requestRateByWorkload } from './promql';

/** Requests per second that each workload of a namespace gets; empty where the user may not know, or nobody measures. */
export async function readWorkloadRates(cluster: Cluster, namespace: string): Promise<ReadonlyMap<string, number>> {
  const prometheus = getPrometheus();
  const [allowed] = await mayListPods(cluster, [namespace]);
  if (!prometheus || !allowed) return new Map();
  try {
    const scrape = await prometheus.scrapeIntervalSeconds();
    const time = Math.floor(prometheus.now() / 1000 / scrape) * scrape;
    const options = { windowSeconds: rateWindowSeconds(scrape, scrape), matcher: configuredMatcher() };
    const found = await prometheus.query(requestRateByWorkload(namespace, options), time, scrape);
    return new Map(
      found.flatMap(({ labels, value }) => (value === null ? [] : [[labels['destination_workload'] ?? '', value]])),
    );
  } catch (error) {
    if (isPrometheusError(error)) return new Map();
    throw error;
  }
}
