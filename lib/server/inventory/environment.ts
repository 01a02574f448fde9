import type { Environment } from '@/lib/contract/inventory';
import { getCluster } from '@/lib/server/cluster/get-cluster';
import { getEnvironment } from '@/lib/server/env';
import { getPrometheus } from '@/lib/server/metrics/get-prometheus';
import { readIstioVersion } from './istio-version';

/** Which cluster this is, and whether Kubernetes and Prometheus answer. Never fails: it reports failures. */
export async function readEnvironment(): Promise<Environment> {
  const cluster = getCluster();
  const prometheus = getPrometheus();
  const [kubernetesVersion, istioVersion, prometheusHealth] = await Promise.all([
    cluster.kubernetesVersion().catch(() => null),
    readIstioVersion(cluster),
    prometheus?.probe() ?? { reachable: false, since: null },
  ]);
  const { reachable, since } = cluster.health();
  return {
    kind: getEnvironment().kind,
    cluster: cluster.context.cluster,
    kubernetesVersion,
    istioVersion,
    kubernetes: { reachable, since },
    prometheus: { configured: prometheus !== null, ...prometheusHealth },
    links: getEnvironment().links,
  };
}
