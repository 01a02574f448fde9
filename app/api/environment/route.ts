import { handle, methods } from '@/lib/server/http/handle';
import { readEnvironment } from '@/lib/server/inventory/environment';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({}, () => readEnvironment()),
});
