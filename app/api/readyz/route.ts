import { handle, methods } from '@/lib/server/http/handle';
import { assertNotStopping } from '@/lib/server/streams';

/**
 * The console takes requests. It is ready without Kubernetes or Prometheus too: pages then say what is missing, which
 * nobody could read if a probe took the console away.
 */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ needsToken: false }, () => {
    assertNotStopping();
    return { status: 'ok' };
  }),
});
