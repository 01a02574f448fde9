import { handle, methods } from '@/lib/server/http/handle';
import { listNamespaces } from '@/lib/server/inventory/namespaces';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({}, () => listNamespaces()),
});
