import type { NamespaceList } from '@/lib/contract/inventory';
import type { NamespaceInfo } from '@/lib/server/cluster/cluster';
import { getCluster } from '@/lib/server/cluster/get-cluster';

/** Namespaces that the user may look into, by name. */
export async function listNamespaces(): Promise<NamespaceList> {
  const namespaces = await getCluster().namespaces();
  return {
    items: namespaces
      .map((namespace) => ({
        name: namespace.name,
        workspace: namespace.labels['kubesphere.io/workspace'] ?? null,
        injection: hasInjection(namespace),
      }))
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en')),
  };
}

/** True when new pods get a sidecar unless they say otherwise. */
function hasInjection({ labels }: NamespaceInfo): boolean {
  return (
    labels['istio-injection'] === 'enabled' || (labels['istio-injection'] === undefined && 'istio.io/rev' in labels)
  );
}
