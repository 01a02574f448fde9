import { getEnvironment } from '@/lib/server/env';
import { processWide } from '@/lib/server/process-state';
import type { Cluster } from './cluster';
import { openCluster } from './kubernetes-cluster';

/** The cluster that this process serves: opened once, by the kubeconfig that the environment names. */
export function getCluster(): Cluster {
  return processWide('cluster', openFromEnvironment);
}

function openFromEnvironment(): Cluster {
  const { kubeconfig, context, namespaces } = getEnvironment();
  return openCluster({
    ...(kubeconfig === null ? {} : { kubeconfigFile: kubeconfig }),
    ...(context === null ? {} : { context }),
    namespaces,
  });
}
