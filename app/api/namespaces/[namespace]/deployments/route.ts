import { getCluster } from '@/lib/server/cluster/get-cluster';
import { handle, methods } from '@/lib/server/http/handle';
import { listDeployments } from '@/lib/server/inventory/deployments';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ names: ['namespace'] }, async ({ names }) => ({
    items: await listDeployments(getCluster(), names.namespace),
  })),
});
