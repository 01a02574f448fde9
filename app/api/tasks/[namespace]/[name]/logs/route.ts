import { KubernetesName } from '@/lib/contract/create-task-input';
import { handle, methods } from '@/lib/server/http/handle';
import { renderMessage } from '@/lib/server/http/message';
import { queryFlag, queryInteger } from '@/lib/server/http/query';
import { getTaskContext } from '@/lib/server/tasks/context';
import { logLineMaxChars } from '@/lib/server/tasks/view/log-lines';
import { streamTaskLogs } from '@/lib/server/tasks/view/task-logs';
import * as z from 'zod/mini';

const Query = z.strictObject({
  side: z.enum(['primary', 'mirror']),
  pod: z.optional(z.string().check(z.regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/), z.maxLength(253))),
  container: z.optional(KubernetesName),
  tail: z._default(queryInteger(0, 10_000), 200),
  follow: queryFlag,
  q: z._default(z.string().check(z.maxLength(200)), ''),
});

/** Log lines of one side as text; with `follow` until the reader leaves. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ names: ['namespace', 'name'], query: Query }, async ({ request, names, query, locale }) => {
    const { signal } = request;
    const cutMark = renderMessage({ code: 'log_line_cut', params: { kibi: logLineMaxChars / 1024 } }, locale);
    const lines = await streamTaskLogs(getTaskContext(), names.namespace, names.name, { ...query, cutMark, signal });
    return new Response(lines, {
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-accel-buffering': 'no' },
    });
  }),
});
