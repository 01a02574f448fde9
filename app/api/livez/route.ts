import { handle, methods } from '@/lib/server/http/handle';

/** The process answers. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ needsToken: false }, () => ({ status: 'ok' })),
});
