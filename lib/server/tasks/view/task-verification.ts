import type { VerificationList } from '@/lib/contract/task';
import { verificationCommands } from '@/lib/domain/verification-commands';
import { metricRanges } from '@/lib/contract/metric-ranges';
import { rateWindowSeconds, stepFor } from '@/lib/server/metrics/grid';
import { defaultScrapeIntervalSeconds, type Prometheus } from '@/lib/server/metrics/prometheus';
import { isPrometheusError } from '@/lib/server/metrics/prometheus-error';
import { requestRate } from '@/lib/server/metrics/promql';
import { sidesOf } from '@/lib/server/metrics/sides';
import type { TaskContext } from '../context';
import { getTaskRecord } from '../record-store';
import { LiveObjects } from './live-objects';

type Item = VerificationList['items'][number];

const kindsNeeded: readonly string[] = ['Deployment', 'VirtualService'];

/**
 * Commands and queries that show what the task does, filled in for it as it stands. The queries are those of the
 * shortest charts: they give the same numbers.
 */
export async function listVerification(
  context: TaskContext,
  namespace: string,
  name: string,
  options: { prometheus: Prometheus | null; matcher: string | null },
): Promise<VerificationList> {
  const { spec } = await getTaskRecord(context.cluster, namespace, name);
  const live = await new LiveObjects(context.cluster).of(spec);
  const commands = verificationCommands(spec, live).map((command): Item => ({ ...command, language: 'shell' }));
  const isLog = ({ id }: Item) => id.endsWith('_logs') || id.endsWith('_requests');

  const rate = { windowSeconds: await windowSeconds(options.prometheus), matcher: options.matcher };
  const { primary, mirrors } = sidesOf(spec);
  const query = (id: 'live_rate' | 'mirror_rate', set: typeof primary): Item => {
    return { id, language: 'promql', command: requestRate(set, rate), about: set.workloads.join(', ') };
  };
  return {
    items: [
      ...commands.filter((item) => !isLog(item)),
      query('live_rate', primary),
      ...mirrors.flatMap(({ set }) => (set ? [query('mirror_rate', set)] : [])),
      ...commands.filter(isLog),
    ],
    unreadable: (live.unreadable ?? []).filter((kind) => kindsNeeded.includes(kind)),
  };
}

async function windowSeconds(prometheus: Prometheus | null): Promise<number> {
  const scrape = prometheus ? await scrapeInterval(prometheus) : defaultScrapeIntervalSeconds;
  return rateWindowSeconds(stepFor(metricRanges['15m'], scrape), scrape);
}

/** The query is there to be copied, also while Prometheus does not answer. */
function scrapeInterval(prometheus: Prometheus): Promise<number> {
  return prometheus.scrapeIntervalSeconds().catch((error: unknown) => {
    if (isPrometheusError(error)) return defaultScrapeIntervalSeconds;
    throw error;
  });
}
