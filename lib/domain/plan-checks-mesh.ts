import { finding, listText, orPass, refTo, type Check, type CheckSeverity } from './check.ts';
import { otherClusters } from './clusters.ts';
import { copiesTo, policyOfCopies, type TrafficPolicy } from './copies-policy.ts';
import { entrancesTo, meshRoutesOf } from './entrances.ts';
import { hostFacts } from './external-host.ts';
import { isBefore, parseIstioVersion, type IstioVersion } from './istio-version.ts';
import type { Pod, VirtualService } from './kubernetes.ts';
import { holdingPolicies } from './plan-checks-policy.ts';
import { canRead, type PlanFacts } from './plan-facts.ts';
import type { Planned } from './planned.ts';
import type { SelectingObject } from './planning-snapshot.ts';
import { mirrorFieldsOf } from './route-mirror.ts';
import { subsetSelects } from './selectors.ts';
import { hiddenKinds } from './unreadable.ts';
import { entriesIn, RouteIndex } from './virtual-service-edit.ts';
import { hasSidecar, templateLabels } from './workloads.ts';
import { isVersionTarget, serviceTargetOf, targetText, workloadOf } from './targets.ts';

/** Checks of the mesh itself: its version and mode, and who reaches the service past its routes. */
export function checkMesh(planned: Planned): Check[] {
  return [
    checkIstio(planned),
    ...checkAmbient(planned),
    checkClusters(planned),
    ...checkEntrances(planned),
    ...checkSidecarEgress(planned),
    checkLimits(planned),
    checkBodySize(planned.facts),
    checkShadowHost(planned),
  ];
}

/** The release with `mirrors`, several copies of one request. */
const severalMirrors = { major: 1, minor: 20 };

function checkIstio({ facts, spec }: Planned): Check {
  const { snapshot } = facts;
  const istiod = parseIstioVersion(snapshot.istioVersion);
  const params = { version: (istiod ?? oldestProxy(facts))?.text ?? '', apiVersion: snapshot.istioApiVersion };
  const missing = ['VirtualService', 'DestinationRule'].filter((kind) => snapshot.notServed.includes(kind));
  if (missing.length > 0) return finding('fail', 'istio', null, { ...params, reason: 'not_served' });
  if (params.version === '') return finding('unknown', 'istio', null, { namespace: snapshot.rootNamespace });
  const ofOwn = spec.virtualService ? [spec.virtualService] : [];
  const isTogether = copiedRoutes([...snapshot.virtualServices, ...ofOwn], { spec }).some(
    ({ route }) => mirrorFieldsOf(route) !== null || spec.targets.length > 1,
  );
  const isOld = istiod !== null && isBefore(istiod, severalMirrors.major, severalMirrors.minor);
  return isOld && isTogether
    ? finding('fail', 'istio', null, { ...params, reason: spec.targets.length > 1 ? 'several' : 'mirrors' })
    : finding('pass', 'istio', null, params);
}

/** The oldest version among the proxies of the namespace; istiod's is that one or newer. Null where none tells. */
function oldestProxy({ snapshot, input }: PlanFacts): IstioVersion | null {
  const proxies = snapshot.pods.filter(({ metadata }) => metadata.namespace === input.namespace).flatMap(proxyVersion);
  return proxies.toSorted((a, b) => a.text.localeCompare(b.text, 'en', { numeric: true }))[0] ?? null;
}

function proxyVersion({ spec }: Pod): IstioVersion[] {
  const proxy = [...spec.containers, ...(spec.initContainers ?? [])].find(({ name }) => name === 'istio-proxy');
  const [, tag = null] = /:([^/:@]+)(?:@[^@]*)?$/.exec(proxy?.image ?? '') ?? [];
  const version = parseIstioVersion(tag);
  return version ? [version] : [];
}

const dataplaneMode = 'istio.io/dataplane-mode';
const useWaypoint = 'istio.io/use-waypoint';

/** Callers in ambient mode follow no VirtualService, unless a waypoint stands before the service. */
function checkAmbient({ facts, target }: Planned): Check[] {
  const { snapshot, input, service } = facts;
  const { namespace } = input;
  const names = { namespace, service: input.service, placement: target.placement ?? 'none' };
  if (!canRead(facts, 'Pod')) return [finding('unknown', 'ambient', null, { ...names, reason: 'unreadable' })];
  const here = snapshot.pods.filter((pod) => pod.metadata.namespace === namespace && isAmbient(pod));
  const own = snapshot.namespaces.find(({ name }) => name === namespace)?.labels ?? {};
  const waypoint = service.metadata.labels?.[useWaypoint] ?? own[useWaypoint] ?? 'none';
  if (here.length > 0) {
    const workloads = listText([...new Set(here.map(({ metadata }) => metadata.labels?.app ?? metadata.name))]);
    if (waypoint !== 'none') return [finding('warn', 'ambient', null, { ...names, reason: 'waypoint', workloads })];
    const severity = target.placement === 'subset' ? 'fail' : 'warn';
    return [finding(severity, 'ambient', null, { ...names, reason: 'here', workloads })];
  }
  const others = snapshot.namespaces.filter(({ name, labels }) => name !== namespace && isAmbientNamespace(labels));
  const reason = 'elsewhere';
  return others.length > 0 && waypoint === 'none'
    ? [finding('unknown', 'ambient', null, { ...names, reason, workloads: listText(others.map(({ name }) => name)) })]
    : [finding('pass', 'ambient', null, names)];
}

/** Taken over by ztunnel, as its CNI plugin notes it; one with a sidecar is not. */
function isAmbient(pod: Pod): boolean {
  return pod.metadata.annotations?.['ambient.istio.io/redirection'] === 'enabled' && !hasSidecar(pod);
}

function isAmbientNamespace(labels: Record<string, string>): boolean {
  return labels[dataplaneMode] === 'ambient';
}

/** Callers in other clusters follow their own cluster's rules: they are not copied, and not kept from what the Service selects. */
function checkClusters({ facts, target }: Planned): Check {
  const { kind, names: clusters } = otherClusters(facts);
  const { namespace, service } = facts.input;
  const told = (severity: CheckSeverity) =>
    finding(severity, 'clusters', null, { reason: kind, namespace, service, clusters });
  if (kind === 'quiet' || kind === 'none') return told('pass');
  if (kind === 'seen') return told(target.placement === 'subset' ? 'fail' : 'warn');
  return told('unknown');
}

/** Objects of other APIs that lead requests to the service: none of those requests is copied. */
function checkEntrances({ facts, spec }: Planned): Check[] {
  const { service, snapshot, input } = facts;
  const ofMesh = new Set(meshRoutesOf(service, snapshot.httpRoutes).map(({ metadata }) => metadata));
  const found = entrancesTo(service, snapshot)
    // That one stands against the whole plan: see `duplicate_host`.
    .filter(({ metadata }) => !(spec.virtualService && ofMesh.has(metadata)))
    .map((object) => {
      const reason = ofMesh.has(object.metadata) ? 'mesh' : 'gateway';
      const params = { reason, kind: object.kind, name: object.metadata.name, service: input.service };
      return finding('warn', 'entrances', refTo(object), params);
    });
  const hidden = hiddenKinds(snapshot, ['Ingress', 'HTTPRoute']);
  const unknown = hidden && finding('unknown', 'entrances', null, { ...hidden, service: input.service });
  return orPass([...found, ...(unknown ? [unknown] : [])], 'entrances', null, { service: input.service });
}

/**
 * Sidecars by which clients of the service's own namespace, or of all namespaces without one of their own, do not get to
 * know the service: those that call it all the same follow none of its routes. Or where the listeners that have its
 * routes name ports, and not the one of the copies: the proxy then has nowhere to send these. What other namespaces leave
 * out of theirs is what their owners say not to call.
 */
function checkSidecarEgress(planned: Planned): Check[] {
  const { snapshot, input, host, ports, live } = planned.facts;
  const { namespace } = input;
  const { rootNamespace } = snapshot;
  const here = snapshot.sidecars.filter(({ metadata }) => metadata.namespace === namespace);
  const wide = (objects: readonly SelectingObject[]) => objects.filter(({ spec }) => !spec?.workloadSelector);
  const ofRoot = wide(snapshot.sidecars.filter(({ metadata }) => metadata.namespace === rootNamespace));
  const isOfLive = ({ spec }: SelectingObject) => {
    const { labels } = spec?.workloadSelector ?? {};
    return labels !== undefined && live.some((deployment) => subsetSelects(labels, templateLabels(deployment)));
  };
  const copies = placeOfCopies(planned);
  const found = [...here.filter((object) => !isOfLive(object)), ...ofRoot].flatMap((object) => {
    const { name } = object.metadata;
    const told = (params: Check['params']) => [finding('warn', 'sidecar_egress', refTo(object), { ...params, name })];
    const isRoot = object.metadata.namespace === rootNamespace && namespace !== rootNamespace;
    const knows = ports.every((port) => imports(object, [{ host, namespace }], port));
    if (!knows) return told({ reason: isRoot ? 'root' : 'here', host, namespace });
    // A listener that has the routes of the service has what these copy to as well, on its own port.
    const closed = copies.ports.filter((port) => !imports(object, [{ host, namespace }, copies], port));
    return closed.length > 0
      ? told({ reason: 'copies', host: copies.host, ports: listText(closed.map(String)), namespace })
      : [];
  });
  const hidden = hiddenKinds(snapshot, ['Sidecar'], [namespace, rootNamespace, '*']);
  const unknown = hidden && finding('unknown', 'sidecar_egress', null, { ...hidden, host });
  return orPass([...found, ...(unknown ? [unknown] : [])], 'sidecar_egress', null, { host, namespace });
}

interface HostPlace {
  host: string;
  /** Of the Service or ServiceEntry. */
  namespace: string;
}

/** Where the copies go. No ports: `external_reach` tells of those that go by an entry of the task's own. */
function placeOfCopies(planned: Planned): HostPlace & { ports: number[] } {
  const { facts, target } = planned;
  const { host, ports } = copiesTo(planned);
  const { input } = target;
  const entry = input.kind === 'external' ? hostFacts(facts.input, input, facts.snapshot).covering : null;
  const namespace = serviceTargetOf(target)?.namespace ?? entry?.metadata.namespace ?? facts.input.namespace;
  const isToldElsewhere = input.kind === 'external' && entry === null;
  return { host: host ?? facts.host, namespace, ports: isToldElsewhere ? [] : ports };
}

/** True when the proxies that a Sidecar holds for have a listener with one of the hosts that lets the port through. */
function imports({ metadata, spec }: SelectingObject, places: readonly HostPlace[], port: number): boolean {
  const egress = spec?.egress;
  if (!egress?.length) return true;
  const isNamed = (entry: string) =>
    places.some(({ host, namespace }) => {
      const [where = '', name = ''] = entry.split('/');
      const isThere = where === '*' || where === namespace || (where === '.' && metadata.namespace === namespace);
      return isThere && (name === host || (name.startsWith('*') && host.endsWith(name.slice(1))));
    });
  return egress.some((listener) => (listener.port?.number ?? port) === port && listener.hosts?.some(isNamed));
}

/** Copies to a mirror that answers slowly pile up in the clients' proxies unless something bounds them. */
function checkLimits(planned: Planned): Check {
  const { facts, spec, target } = planned;
  const { host, ports } = copiesTo(planned);
  const params = { workload: workloadOf(target) || targetText(target), host: host ?? '' };
  if (ports.every((port) => isBounded(policyOfCopies(planned, port)))) {
    return finding('pass', 'limits', null, { ...params, reason: 'pool' });
  }
  const ofOwn = spec.virtualService ? [spec.virtualService] : [];
  const routes = copiedRoutes([...facts.snapshot.virtualServices, ...ofOwn], planned);
  const hasTimeouts = routes.length > 0 && routes.every(({ route }) => /[1-9]/.test(route.timeout ?? ''));
  return hasTimeouts
    ? finding('pass', 'limits', null, { ...params, reason: 'timeout' })
    : finding('warn', 'limits', null, params);
}

/** Istio's own limits are as good as none. `http2MaxRequests` holds for HTTP/1.1, too. */
function isBounded({ connectionPool }: TrafficPolicy): boolean {
  const { tcp, http } = connectionPool ?? {};
  return Boolean(http?.http2MaxRequests) || Boolean(tcp?.maxConnections && http?.http1MaxPendingRequests);
}

/** The routes that copies are made from, as they stand. */
function copiedRoutes(objects: readonly VirtualService[], { spec }: Pick<Planned, 'spec'>) {
  return objects.flatMap((object) => {
    const routes = new RouteIndex(object.spec.http ?? [], object.metadata.namespace ?? '');
    return entriesIn(spec, object).flatMap(({ route }) => routes.find(route));
  });
}

/** Older proxies hold a request back whole to copy it, and copy none that exceeds their buffer. */
function checkBodySize(facts: PlanFacts): Check {
  const version = oldestProxy(facts) ?? parseIstioVersion(facts.snapshot.istioVersion);
  if (!version) return finding('unknown', 'body_size', null, { namespace: facts.snapshot.rootNamespace });
  const params = { version: version.text };
  return finding(isBefore(version, 1, 25) ? 'warn' : 'pass', 'body_size', null, params);
}

/** Older releases append `-shadow` to a copy's Host: a policy of the mirror that looks at it refuses copies, or misses them. */
function checkShadowHost({ facts, target, labels }: Planned): Check {
  const { snapshot, input } = facts;
  const version = parseIstioVersion(snapshot.istioVersion);
  if (version && !isBefore(version, 1, 28)) {
    return finding('pass', 'shadow_host', null, { version: version.text, reason: 'off' });
  }
  if (version && !isVersionTarget(target.input)) {
    // What stands at the target is not the service's, and was made for another Host.
    const params = { version: version.text, service: input.service, policies: 'none', reason: 'elsewhere' };
    return finding('warn', 'shadow_host', null, params);
  }
  const looking = holdingPolicies(facts, labels).filter((policy) =>
    policy.spec?.rules?.some(({ to }) => to?.some(({ operation }) => operation?.hosts ?? operation?.notHosts)),
  );
  const params = { version: version?.text ?? '', service: input.service };
  if (looking.length > 0) {
    const policies = listText(looking.map(({ metadata }) => metadata.name));
    return finding(version ? 'warn' : 'unknown', 'shadow_host', null, { ...params, reason: 'policy', policies });
  }
  return version
    ? finding('pass', 'shadow_host', null, { ...params, reason: 'on' })
    : finding('unknown', 'shadow_host', null, { ...params, policies: 'none' });
}
