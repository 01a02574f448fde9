import { ApiError } from '@/lib/server/http/api-error';
import { handle, methods } from '@/lib/server/http/handle';
import { isStopping } from '@/lib/server/streams';

/**
 * The console takes requests. It is ready without Kubernetes or Prometheus too: pages then say what is missing, which
 * nobody could read if a probe took the console away.
 */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ needsToken: false }, () => {
    if (isStopping()) throw new ApiError('upstream_unavailable', { upstream: 'Mirror Console', reason: 'stopping' });
    return { status: 'ok' };
  }),
});
