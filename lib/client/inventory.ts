import { queryOptions } from '@tanstack/react-query';
import type { DeploymentList, Environment, Me, NamespaceList, ServiceList } from '@/lib/contract/inventory';
import { apiPath, requestJson } from './http';
import { pollMs } from './poll';

/** First part of the keys of what a namespace holds beside tasks. */
export const inventoryKey = 'inventory';

/** Services of a namespace with what makes them eligible, and their request rate. */
export function servicesOptions(namespace: string) {
  return queryOptions({
    queryKey: [inventoryKey, namespace, 'services'] as const,
    queryFn: ({ signal }) => requestJson<ServiceList>('GET', apiPath('namespaces', namespace, 'services'), { signal }),
    refetchInterval: pollMs.metrics,
  });
}

/** Deployments of a namespace with containers, versions and the task that made them. */
export function deploymentsOptions(namespace: string) {
  return queryOptions({
    queryKey: [inventoryKey, namespace, 'deployments'] as const,
    queryFn: ({ signal }) =>
      requestJson<DeploymentList>('GET', apiPath('namespaces', namespace, 'deployments'), { signal }),
    refetchInterval: pollMs.metrics,
  });
}

/** Namespaces to offer; others can be typed. */
export function namespacesOptions() {
  return queryOptions({
    queryKey: ['namespaces'] as const,
    queryFn: ({ signal }) => requestJson<NamespaceList>('GET', '/api/namespaces', { signal }),
    staleTime: 60_000,
  });
}

/** Who the user is and what they may do in a namespace. */
export function meOptions(namespace: string | null) {
  return queryOptions({
    queryKey: ['me', namespace] as const,
    queryFn: ({ signal }) => requestJson<Me>('GET', '/api/me', { query: { namespace }, signal }),
    staleTime: 60_000,
  });
}

/** Which cluster this is and whether its API server and Prometheus answer. */
export function environmentOptions() {
  return queryOptions({
    queryKey: ['environment'] as const,
    queryFn: ({ signal }) => requestJson<Environment>('GET', '/api/environment', { signal, timeoutMs: 8000 }),
    refetchInterval: pollMs.environment,
    retry: false,
  });
}
