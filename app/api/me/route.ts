import { KubernetesName } from '@/lib/contract/create-task-input';
import { getCluster } from '@/lib/server/cluster/get-cluster';
import { handle, methods } from '@/lib/server/http/handle';
import { readMe } from '@/lib/server/inventory/me';
import * as z from 'zod/mini';

const Query = z.strictObject({ namespace: z.optional(KubernetesName) });

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ query: Query }, ({ query }) => readMe(getCluster(), query.namespace ?? null)),
});
