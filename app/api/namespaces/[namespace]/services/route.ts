import { getCluster } from '@/lib/server/cluster/get-cluster';
import { handle, methods } from '@/lib/server/http/handle';
import { listServices } from '@/lib/server/inventory/services';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ names: ['namespace'] }, async ({ names, locale }) => ({
    items: await listServices(getCluster(), names.namespace, locale),
  })),
});
