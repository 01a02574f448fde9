import { setTimeout } from 'node:timers/promises';
import { KubernetesName } from '@/lib/contract/create-task-input';
import { getCluster } from '@/lib/server/cluster/get-cluster';
import { eventStream } from '@/lib/server/events/event-stream';
import { getEventHub } from '@/lib/server/events/get-event-hub';
import { ApiError } from '@/lib/server/http/api-error';
import { handle, methods } from '@/lib/server/http/handle';
import { getPrometheus } from '@/lib/server/metrics/get-prometheus';
import * as z from 'zod/mini';

const readyBoundMs = 3_000;
const Query = z.strictObject({ namespace: z.optional(KubernetesName) });

/** What changes, as server-sent events: each `data` is a TaskEvent. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ query: Query }, async ({ request, query: { namespace } }) => {
    const cluster = getCluster();
    if (namespace !== undefined && !(await cluster.isVisible(namespace)))
      throw new ApiError('forbidden', { reason: `list configmaps in ${namespace}` });
    const hub = getEventHub();
    const sources = {
      subscribe: (listener: Parameters<typeof hub.subscribe>[0]) => hub.subscribe(listener),
      isVisible: (name: string) => cluster.isVisible(name),
      probe: () => void getPrometheus()?.probe(),
    };
    const stream = eventStream(sources, namespace, request.signal);
    // Once the browser sees the stream open, no change escapes it; while the API server is away it opens all the same.
    await Promise.race([hub.ready(), setTimeout(readyBoundMs, undefined, { ref: false })]);
    return stream;
  }),
});
