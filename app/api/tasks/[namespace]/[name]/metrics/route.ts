import { metricRanges } from '@/lib/contract/metric-ranges';
import type { TaskMetrics } from '@/lib/contract/metrics';
import { formatPercent } from '@/lib/domain/percentage';
import { serviceTargetOf } from '@/lib/domain/targets';
import { getCluster } from '@/lib/server/cluster/get-cluster';
import { ApiError } from '@/lib/server/http/api-error';
import { handle, methods } from '@/lib/server/http/handle';
import { renderMessage, toMessageOrNull } from '@/lib/server/http/message';
import { queryInteger } from '@/lib/server/http/query';
import { mayListPods, requireChartAccess } from '@/lib/server/metrics/chart-access';
import { configuredMatcher, getPrometheus } from '@/lib/server/metrics/get-prometheus';
import { markersOf, measureTask } from '@/lib/server/metrics/task-metrics';
import { getTaskRecord } from '@/lib/server/tasks/record-store';
import * as z from 'zod/mini';

const Query = z.strictObject({
  range: z._default(z.enum(['15m', '1h', '6h', '24h']), '1h'),
  step: z.optional(queryInteger(5, 3600)),
});
const pointsLimit = 1_500;

/** The four charts of a task. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle(
    { names: ['namespace', 'name'], query: Query },
    async ({ names, query, locale }): Promise<TaskMetrics> => {
      const minimum = metricRanges[query.range] / pointsLimit;
      if (query.step !== undefined && query.step < minimum)
        throw new ApiError('invalid_input', {}, [{ path: 'step', code: 'too_small', params: { minimum } }]);
      const cluster = getCluster();
      const record = await getTaskRecord(cluster, names.namespace, names.name);
      await requireChartAccess(cluster, names.namespace);
      const places = record.spec.targets.map((target) => serviceTargetOf(target)?.namespace ?? names.namespace);
      const seen = await mayListPods(cluster, places);
      const measured = await measureTask(record, {
        prometheus: getPrometheus(),
        matcher: configuredMatcher(),
        range: query.range,
        hiddenNamespaces: places.filter((_, index) => !seen[index]),
        stepSeconds: query.step,
      });
      const markers = markersOf(record).map((marker) => {
        const ref = {
          code: `marker_${marker.kind}`,
          params: { percentage: marker.percentages?.map(formatPercent).join(' / ') ?? marker.percentage },
        };
        return { ...marker, text: renderMessage(ref, locale, 'reason') };
      });
      return { ...measured, markers, problem: toMessageOrNull(measured.problem, locale) };
    },
  ),
});
