import { getEnvironment } from '@/lib/server/env';
import type { Cluster } from './cluster';
import { openCluster } from './kubernetes-cluster';

/** Next loads a module once per bundle, so a module variable would give routes and pages a watch cache each. */
const holder = globalThis as typeof globalThis & { mirrorConsoleCluster?: Cluster };

/** The cluster that this process serves: opened once, by the kubeconfig that the environment names. */
export function getCluster(): Cluster {
  holder.mirrorConsoleCluster ??= openFromEnvironment();
  return holder.mirrorConsoleCluster;
}

function openFromEnvironment(): Cluster {
  const { kubeconfig, context, namespaces } = getEnvironment();
  return openCluster({
    ...(kubeconfig === null ? {} : { kubeconfigFile: kubeconfig }),
    ...(context === null ? {} : { context }),
    namespaces,
  });
}
