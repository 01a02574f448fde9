// Envoy's dump holds every kind of resource: readers narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { adminPort } from '../lab/sidecar.ts';

/** A copy that a proxy makes: to which cluster, of how many requests in a million. */
export interface ProxyCopy {
  cluster: string;
  millionths: number;
}

/** What a proxy got of istiod. */
export interface ProxyConfig {
  /** Copies per route, in the order in which requests meet the routes; null: no such host on that port. */
  copiesOf(host: string, port: number): ProxyCopy[][] | null;
  hasCluster(name: string): boolean;
}

const denominators: Record<string, number> = { HUNDRED: 10_000, TEN_THOUSAND: 100, MILLION: 1 };

/** Reads what the proxy at a Pod's address holds now. */
export async function readProxyConfig(address: string): Promise<ProxyConfig> {
  const dump: any = await (await fetch(`http://${address}:${adminPort}/config_dump`)).json();
  const section = (type: string) => dump.configs.find((config: any) => config['@type'].endsWith(`.${type}`)) ?? {};
  // One that warms waits for its endpoints: istiod has told of it.
  const { dynamic_active_clusters: active = [], dynamic_warming_clusters: warming = [] } =
    section('ClustersConfigDump');
  const clusters = [...active, ...warming].map(({ cluster }: any) => cluster.name);
  const hosts = (section('RoutesConfigDump').dynamic_route_configs ?? []).flatMap(
    ({ route_config }: any) => route_config.virtual_hosts ?? [],
  );
  return {
    copiesOf: (host, port) => {
      const found = hosts.find(({ name }: any) => name === `${host}:${port}`);
      return found ? found.routes.map(copiesOfRoute) : null;
    },
    hasCluster: (name) => clusters.includes(name),
  };
}

function copiesOfRoute({ route }: any): ProxyCopy[] {
  return (route?.request_mirror_policies ?? []).map(({ cluster, runtime_fraction }: any) => ({
    cluster,
    millionths: fraction(runtime_fraction?.default_value),
  }));
}

/** No fraction at all is every request; a numerator that is 0 is left out of the dump. */
function fraction(value: any): number {
  if (value === undefined) return 1_000_000;
  return (value.numerator ?? 0) * denominators[value.denominator ?? 'HUNDRED']!;
}
