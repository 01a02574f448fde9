import type { DestinationRule, HttpMatch, HttpRoute, MirrorPolicy, Service, VirtualService } from '../kubernetes.ts';

/**
 * What proxies do with requests to one service, told straight from the objects and from Istio's documented rules.
 * It shares no code with the planners on purpose: it is what they are measured by.
 */
export interface MeshState {
  service: Service;
  virtualServices: readonly VirtualService[];
  destinationRules: readonly DestinationRule[];
}

export interface Request {
  /** Namespace of the calling pod. */
  client: string;
  port: number;
  path: string;
  method: string;
  headers: Record<string, string>;
  labels: Record<string, string>;
}

/** A set of pods that a live request can reach, as labels; null: the request fails, there is no such cluster. */
export type Reached = Record<string, string> | null;

const domain = 'svc.cluster.local';

export function hostOf({ metadata }: Service): string {
  return `${metadata.name}.${metadata.namespace}.${domain}`;
}

/** Every set of pods that live requests of some client of a namespace can reach by any route. */
export function reachedBy(client: string, state: MeshState, extraHosts: readonly string[] = []): Reached[] {
  const own = hostOf(state.service);
  const winner = winnerFor(client, state);
  const carriers = [
    ...(winner ? [winner] : []),
    ...state.virtualServices.filter((object) => !isForHost(object, own) && isVisible(object, client)),
  ];
  const ports = (state.service.spec.ports ?? []).map(({ port }) => port);
  // Where the winner gives a client no route for a port, Istio's own stands: every pod of the Service.
  const isServed =
    winner !== null && ports.every((port) => routesGivenTo(winner, { client, port, labels: {} }).length > 0);
  const direct: Reached[] = isServed ? [] : [{ ...state.service.spec.selector }];
  const routed = carriers.flatMap((object) =>
    (object.spec.http ?? []).flatMap((route) =>
      (route.route ?? []).flatMap(({ destination, weight }): Reached[] => {
        if (weight === 0) return [];
        const to = expand(destination.host, object.metadata.namespace ?? '');
        if (extraHosts.includes(to)) return [{ host: to }];
        if (to !== own) return [];
        if (destination.subset === undefined) return [{ ...state.service.spec.selector }];
        const labels = subsetLabels(destination.subset, client, state);
        return [labels === null ? null : { ...state.service.spec.selector, ...labels }];
      }),
    ),
  );
  return [...direct, ...routed];
}

/** What a request does: the live destinations and the copies of the first route that takes it. */
export function outcomeOf(request: Request, state: MeshState): { live: unknown; copies: string[] } {
  const object = winnerFor(request.client, state);
  if (!object) return { live: 'default', copies: [] };
  const namespace = object.metadata.namespace ?? '';
  const given = routesGivenTo(object, request);
  if (given.length === 0) return { live: 'default', copies: [] };
  const route = given.find((candidate) => takes(candidate, request));
  if (!route) return { live: 'none', copies: [] };
  const { name: _name, match: _match, mirror: _mirror, mirrors: _mirrors, ...rest } = route;
  const { mirrorPercentage: _p, mirrorPercent: _q, mirror_percent: _r, ...live } = rest;
  return { live, copies: [...new Set(policies(route).map((policy) => copyText(policy, namespace)))].sort() };
}

function copyText({ destination, percentage }: MirrorPolicy, namespace: string): string {
  const percent = percentage === undefined ? 100 : (percentage.value ?? 0);
  const to = expand(destination.host, namespace);
  return `${to} ${destination.subset ?? '-'} ${destination.port?.number ?? '-'} ${Math.trunc(percent * 10_000)}`;
}

function policies(route: HttpRoute): MirrorPolicy[] {
  const percent = route.mirrorPercent ?? route.mirror_percent;
  const percentage = route.mirrorPercentage ?? (typeof percent === 'number' ? { value: percent } : undefined);
  const single = route.mirror ? [{ destination: route.mirror, ...(percentage ? { percentage } : {}) }] : [];
  return [...single, ...(route.mirrors ?? [])];
}

/** The routes that istiod gives a client's proxy for a port at all, whatever the request. */
function routesGivenTo(
  { spec }: VirtualService,
  { client, port, labels }: Pick<Request, 'client' | 'port' | 'labels'>,
): HttpRoute[] {
  return (spec.http ?? []).filter(
    ({ match }) =>
      !match ||
      match.length === 0 ||
      match.some(
        (condition) =>
          (condition.port === undefined || condition.port === port) &&
          (!condition.gateways || condition.gateways.length === 0 || condition.gateways.includes('mesh')) &&
          (!condition.sourceNamespace || condition.sourceNamespace === client) &&
          Object.entries(condition.sourceLabels ?? {}).every(([name, value]) => labels[name] === value),
      ),
  );
}

/** True when a route takes the request. */
export function takes({ match }: Pick<HttpRoute, 'match'>, request: Request): boolean {
  return !match || match.length === 0 || match.some((condition) => meets(condition, request));
}

function meets(condition: HttpMatch, { port, path, method, headers, labels }: Request): boolean {
  const { uri, method: wanted, headers: fields = {}, sourceLabels } = condition;
  const given = Object.entries((sourceLabels ?? {}) as Record<string, string>);
  return (
    (condition.port === undefined || condition.port === port) &&
    (uri === undefined || fits(uri, path)) &&
    (wanted === undefined || fits(wanted, method)) &&
    Object.entries(fields).every(([name, rule]) => headers[name] !== undefined && fits(rule, headers[name])) &&
    given.every(([name, value]) => labels[name] === value)
  );
}

function fits(rule: object, value: string): boolean {
  const { exact, prefix, regex } = rule as { exact?: string; prefix?: string; regex?: string };
  if (exact !== undefined) return value === exact;
  if (prefix !== undefined) return value.startsWith(prefix);
  // A header without a condition need only be there.
  return regex === undefined || new RegExp(`^(?:${regex})$`).test(value);
}

function winnerFor(client: string, { service, virtualServices }: MeshState): VirtualService | null {
  const rank = ({ metadata, spec }: VirtualService) => {
    const exported = spec.exportTo?.length ? spec.exportTo : ['*'];
    if (exported.includes('*')) return 2;
    return exported.includes('.') && metadata.namespace === client ? 0 : 1;
  };
  const found = virtualServices.filter(
    (object) =>
      isForHost(object, hostOf(service)) &&
      isVisible(object, client) &&
      (!object.spec.gateways || object.spec.gateways.length === 0 || object.spec.gateways.includes('mesh')),
  );
  const age = ({ metadata }: VirtualService) => `${metadata.creationTimestamp ?? '9999'} ${metadata.name}`;
  return found.sort((a, b) => rank(a) - rank(b) || (age(a) < age(b) ? -1 : 1))[0] ?? null;
}

function isVisible({ metadata, spec }: VirtualService | DestinationRule, client: string): boolean {
  const exported = spec.exportTo?.length ? spec.exportTo : ['*'];
  return (
    exported.includes('*') || exported.includes(client) || (exported.includes('.') && metadata.namespace === client)
  );
}

function isForHost({ metadata, spec }: VirtualService, host: string): boolean {
  return (spec.hosts ?? []).some((name) => expand(name, metadata.namespace ?? '') === host);
}

/** Client's namespace, then the service's, then the root's: the first with any rule for the host decides. */
function subsetLabels(
  name: string,
  client: string,
  { service, destinationRules }: MeshState,
): Record<string, string> | null {
  const host = hostOf(service);
  for (const namespace of [client, service.metadata.namespace, 'istio-system']) {
    const here = destinationRules.filter(
      (rule) => rule.metadata.namespace === namespace && (namespace === client || isVisible(rule, client)),
    );
    const exact = here.filter(({ metadata, spec }) => expand(spec.host, metadata.namespace ?? '') === host);
    const wildcard = here.filter(({ spec }) => spec.host.startsWith('*') && host.endsWith(spec.host.slice(1)));
    const rules = exact.length > 0 ? exact : wildcard;
    if (rules.length === 0) continue;
    const subset = rules.flatMap(({ spec }) => spec.subsets ?? []).find((candidate) => candidate.name === name);
    return subset ? (subset.labels ?? {}) : null;
  }
  return null;
}

function expand(host: string, namespace: string): string {
  return host.includes('.') ? host : `${host}.${namespace}.${domain}`;
}
