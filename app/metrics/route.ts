import { getCluster } from '@/lib/server/cluster/get-cluster';
import { handle, methods } from '@/lib/server/http/handle';
import { getPrometheus } from '@/lib/server/metrics/get-prometheus';
import { ownMetricsText } from '@/lib/server/metrics/own-metrics';
import { openStreamCount } from '@/lib/server/streams';

/** The console's own metrics in Prometheus' text format. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({}, () => {
    const text = ownMetricsText([
      { name: 'mirror_console_streams_open', help: 'Open event and log streams.', value: openStreamCount() },
      {
        name: 'mirror_console_kubernetes_reachable',
        help: 'Whether the API server answered last.',
        value: getCluster().health().reachable ? 1 : 0,
      },
      {
        name: 'mirror_console_prometheus_reachable',
        help: 'Whether Prometheus answered last.',
        value: getPrometheus()?.health().reachable ? 1 : 0,
      },
      {
        name: 'process_resident_memory_bytes',
        help: 'Resident memory size in bytes.',
        value: process.memoryUsage.rss(),
      },
    ]);
    return new Response(text, { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } });
  }),
});
