import { listText } from './check.ts';
import { canRead, type PlanFacts } from './plan-facts.ts';

/**
 * Callers in other clusters of the mesh: each istiod takes its rules from its own cluster, so no route here is for them,
 * and their proxies balance over every pod that the Service selects in any cluster.
 * `seen`: they called in the last day · `quiet`: none did · `possible`: nobody measures, and the proxies here bear a name
 * of their cluster, which Istio asks for where there are several · `none`: nobody measures, and they bear none ·
 * `unreadable`: nobody measures, and the proxies cannot be seen.
 */
export interface OtherClusters {
  kind: 'seen' | 'quiet' | 'possible' | 'none' | 'unreadable';
  /** Of the callers; for `possible` of the proxies here. */
  names: string;
}

/** What is known of callers in other clusters. */
export function otherClusters(facts: PlanFacts): OtherClusters {
  const { callerClusters } = facts.snapshot;
  if (callerClusters !== null)
    return callerClusters.length > 0 ? { kind: 'seen', names: listText(callerClusters) } : { kind: 'quiet', names: '' };
  if (!canRead(facts, 'Pod')) return { kind: 'unreadable', names: '' };
  const names = ownNames(facts);
  return names.length > 0 ? { kind: 'possible', names: listText(names) } : { kind: 'none', names: '' };
}

/** What istiod calls the cluster where nobody named it. */
const defaultName = 'Kubernetes';

/** Names that were given to the cluster, as injection writes them into proxies (`global.multiCluster.clusterName`). */
function ownNames({ snapshot, input }: PlanFacts): string[] {
  const names = snapshot.pods
    .filter(({ metadata }) => metadata.namespace === input.namespace)
    .flatMap(({ spec }) => [...spec.containers, ...(spec.initContainers ?? [])])
    .filter(({ name }) => name === 'istio-proxy')
    .flatMap(({ env = [] }) => env.find(({ name }) => name === 'ISTIO_META_CLUSTER_ID')?.value ?? []);
  return [...new Set(names)].filter((name) => name !== '' && name !== defaultName).toSorted();
}
