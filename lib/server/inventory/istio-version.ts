import type { Pod } from '@/lib/domain/kubernetes';
import type { Cluster } from '@/lib/server/cluster/cluster';

const controlPlaneNamespace = 'istio-system';

/**
 * The version of a running istiod: its image's tag (1.31.0), else its version label. Null when the user may not list
 * the pods of istio-system, or there is none.
 */
export async function readIstioVersion(cluster: Cluster): Promise<string | null> {
  try {
    const pods = await cluster.list('Pod', controlPlaneNamespace);
    const versions = pods
      .filter((pod) => pod.metadata.labels?.['app'] === 'istiod')
      .flatMap((pod) => versionOf(pod) ?? [])
      .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    // While two revisions run, the older one still serves proxies.
    return versions[0] ?? null;
  } catch {
    return null;
  }
}

function versionOf(pod: Pod): string | null {
  const tags = pod.spec.containers.map(({ image }) => /:v?(\d+\.\d+[-.\w]*)(?:@|$)/.exec(image ?? '')?.[1]);
  return tags.find((tag) => tag !== undefined) ?? pod.metadata.labels?.['app.kubernetes.io/version'] ?? null;
}
