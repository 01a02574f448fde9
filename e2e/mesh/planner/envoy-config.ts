// Envoy's dump holds every kind of resource: readers narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { adminPort } from '../lab/sidecar.ts';

/** A copy that a proxy makes: to which cluster, of how many requests in a million. */
export interface ProxyCopy {
  cluster: string;
  millionths: number;
}

/** A route as requests meet it, but for what copies and counts them. */
export interface ProxyRoute {
  /** The VirtualService's route; empty: it has no name. */
  name: string;
  /** What a request must meet. */
  match: unknown;
  /** What becomes of it, with the names of the clusters that it may go to. */
  action: unknown;
  clusters: string[];
  copies: ProxyCopy[];
}

/** What a proxy got of istiod. */
export interface ProxyConfig {
  /** Routes in the order in which requests meet them; null: no such host on that port. */
  routesOf(host: string, port: number): ProxyRoute[] | null;
  /** Copies per route; null as above. */
  copiesOf(host: string, port: number): ProxyCopy[][] | null;
  hasCluster(name: string): boolean;
  /** How requests are sent to a cluster: balancing, limits, outliers, TLS; undefined: there is no such cluster. */
  policyOf(cluster: string): unknown;
}

const denominators: Record<string, number> = { HUNDRED: 10_000, TEN_THOUSAND: 100, MILLION: 1 };

/** Reads what the proxy at a Pod's address holds now. */
export async function readProxyConfig(address: string): Promise<ProxyConfig> {
  const dump: any = await (await fetch(`http://${address}:${adminPort}/config_dump`)).json();
  const section = (type: string) => dump.configs.find((config: any) => config['@type'].endsWith(`.${type}`)) ?? {};
  // One that warms waits for its endpoints: istiod has told of it.
  const { dynamic_active_clusters: active = [], dynamic_warming_clusters: warming = [] } =
    section('ClustersConfigDump');
  const clusters = new Map<string, any>([...active, ...warming].map(({ cluster }: any) => [cluster.name, cluster]));
  const hosts = (section('RoutesConfigDump').dynamic_route_configs ?? []).flatMap(
    ({ route_config }: any) => route_config.virtual_hosts ?? [],
  );
  const routesOf = (host: string, port: number) =>
    hosts.find(({ name }: any) => name === `${host}:${port}`)?.routes.map(toRoute) ?? null;
  return {
    routesOf,
    copiesOf: (host, port) => routesOf(host, port)?.map(({ copies }: ProxyRoute) => copies) ?? null,
    hasCluster: (name) => clusters.has(name),
    policyOf: (name) => policyOf(clusters.get(name)),
  };
}

function toRoute(whole: any): ProxyRoute {
  // Statistics and where it was configured are no part of what becomes of a request.
  const { match, name = '', stat_prefix: _stats, metadata: _source, decorator: _trace, ...rest } = whole;
  const { request_mirror_policies: policies = [], ...route } = rest.route ?? {};
  const weighted = route.weighted_clusters?.clusters ?? [];
  return {
    name,
    // That is what it is without being said, and istiod says it of some routes only.
    match: match.case_sensitive === true ? { ...match, case_sensitive: undefined } : match,
    action: { ...rest, route },
    clusters: route.cluster ? [route.cluster] : weighted.map(({ name }: any) => name),
    copies: policies.map(({ cluster, runtime_fraction }: any) => ({
      cluster,
      millionths: fraction(runtime_fraction?.default_value),
    })),
  };
}

/** All that is not its name, its endpoints' source or where it was configured. */
function policyOf(cluster: any): unknown {
  if (!cluster) return undefined;
  const { name: _name, alt_stat_name: _stats, eds_cluster_config: _source, metadata: _configured, ...policy } = cluster;
  return policy;
}

/** No fraction at all is every request; a numerator that is 0 is left out of the dump. */
function fraction(value: any): number {
  if (value === undefined) return 1_000_000;
  return (value.numerator ?? 0) * denominators[value.denominator ?? 'HUNDRED']!;
}
