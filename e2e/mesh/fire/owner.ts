// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { isDeepStrictEqual } from 'node:util';
import type { DestinationRule, HttpRoute, KubeObject, VirtualService } from '../../../lib/domain/kubernetes.ts';
import type { Kube } from '../../kube.ts';
import { istioApi } from '../lab-client.ts';

/**
 * What the Service's owner has: of a VirtualService and a DestinationRule both, one, or none; with the live subset or
 * without any, so that a task in subset placement has to pin his routes.
 */
export type Owner =
  | 'none'
  | 'one route'
  | 'two routes'
  | 'two versions by weight'
  | 'route without subset'
  | 'route without subset, rule without subsets'
  | 'rule alone';

export const owners: readonly Owner[] = [
  'none',
  'one route',
  'two routes',
  'two versions by weight',
  'route without subset',
  'route without subset, rule without subsets',
  'rule alone',
];

interface Owned {
  namespace: string;
  service: string;
  owner: Owner;
}

/** Shares of v1 and v0, before the owner's edit and after it. */
const weights = { before: [80, 20], after: [60, 40] } as const;

/** The versions that answer clients. */
export function liveVersions(owner: Owner): string[] {
  return owner === 'two versions by weight' ? ['v1', 'v0'] : ['v1'];
}

export function hasVirtualService(owner: Owner): boolean {
  return owner !== 'none' && owner !== 'rule alone';
}

export function hasRule(owner: Owner): boolean {
  return owner !== 'none' && owner !== 'route without subset';
}

/** The owner's VirtualService and DestinationRule, as far as he has them. */
export function ownerRules({ namespace, service, owner }: Owned): KubeObject[] {
  const metadata = { name: service, namespace, labels: { team: 'shop' } };
  const apiVersion = 'networking.istio.io/v1';
  const rule = { apiVersion, kind: 'DestinationRule', metadata, spec: ruleSpec(service, owner) };
  const routes = {
    apiVersion,
    kind: 'VirtualService',
    metadata,
    spec: { hosts: [service], http: routesOf(service, owner) },
  };
  return [...(hasRule(owner) ? [rule] : []), ...(hasVirtualService(owner) ? [routes] : [])];
}

function ruleSpec(host: string, owner: Owner): DestinationRule['spec'] {
  const isBare = owner === 'route without subset, rule without subsets';
  const subsets = liveVersions(owner).map((version) => ({ name: version, labels: { version } }));
  return { host, trafficPolicy: { connectionPool: { tcp: { maxConnections: 1000 } } }, ...(!isBare && { subsets }) };
}

function routesOf(host: string, owner: Owner): HttpRoute[] {
  const versions = liveVersions(owner);
  const route = versions.map((version, index) => ({
    destination: { host, ...(!isUnpinned(owner) && { subset: version }) },
    ...(versions.length > 1 && { weight: weights.before[index] }),
  }));
  const ofA = { name: 'a', match: [{ uri: { prefix: '/a' } }], route, timeout: '10s' };
  return owner === 'two routes' ? [ofA, { name: 'rest', route }] : [{ route }];
}

function isUnpinned(owner: Owner): boolean {
  return owner.startsWith('route without subset');
}

/** The part of the requests that v0 is to answer by the owner's routes of now; null where there is one version. */
export async function wantedShareOfV0(kube: Kube, { namespace, service, owner }: Owned): Promise<number | null> {
  if (owner !== 'two versions by weight') return null;
  const { spec } = await kube.get(`${istioApi}/namespaces/${namespace}/virtualservices/${service}`);
  return spec.http.at(-1).route[1].weight / 100;
}

/** No two edits are alike. */
let edits = 0;

/**
 * The owner changes labels, routes, weights, the rule's policy and its subsets, whatever a task does at that moment.
 * `before`: his objects as they would be without any task, by kind and name; answers with what they are to be now.
 */
export async function editAsOwner(kube: Kube, owned: Owned, before: Record<string, unknown>): Promise<object> {
  const { namespace, service, owner } = owned;
  const after = structuredClone(before) as Record<string, any>;
  const edit = (edits += 1);
  const label = (object: any) => (object.labels = { ...object.labels, edited: String(edit) });
  const both = async (url: string, key: string, change: (spec: any) => void) => {
    await editObject(kube, url, (live) => {
      label(live.metadata);
      change(live.spec);
    });
    label(after[key]);
    change(after[key].spec);
  };
  const istio = `${istioApi}/namespaces/${namespace}`;
  await both(`/api/v1/namespaces/${namespace}/services/${service}`, `services ${service}`, () => undefined);
  if (hasVirtualService(owner)) {
    const change = ({ http }: VirtualService['spec']) => editRoutes(http ?? [], owner, edit);
    await both(`${istio}/virtualservices/${service}`, `virtualservices ${service}`, change);
  }
  if (hasRule(owner)) {
    const change = (spec: DestinationRule['spec']) => editRule(spec, edit);
    await both(`${istio}/destinationrules/${service}`, `destinationrules ${service}`, change);
  }
  return after;
}

/** Somebody gives every copy of the VirtualService another share. */
export async function changeCopies(kube: Kube, { namespace, service }: Owned, percentage: number): Promise<void> {
  await editObject(kube, `${istioApi}/namespaces/${namespace}/virtualservices/${service}`, ({ spec }) => {
    for (const route of spec.http as HttpRoute[]) if (route.mirror) route.mirrorPercentage = { value: percentage };
  });
}

/** Reads and replaces, as kubectl does, until nobody else wrote in between. */
export async function editObject(kube: Kube, url: string, change: (object: any) => void): Promise<void> {
  for (;;) {
    const live = await kube.get(url);
    const before = structuredClone(live);
    change(live);
    if (isDeepStrictEqual(live, before)) return;
    try {
      await kube.send('PUT', `${url}?fieldManager=kubectl-client-side-apply`, live);
      return;
    } catch (error) {
      if (!String(error).includes(': 409 ')) throw error;
    }
  }
}

/** Another timeout, other weights, and a new route before the others: never the same twice. */
function editRoutes(http: HttpRoute[], owner: Owner, edit: number): void {
  const last = http.at(-1)!;
  last.timeout = `${10 + edit}s`;
  const destinations = last.route ?? [];
  if (destinations.length > 1) for (const [index, one] of destinations.entries()) one.weight = weights.after[index];
  const match = [{ uri: { prefix: `/theirs-${edit}` } }];
  // One that leads to the service without a subset would be a way to the new version: see docs/virtual-service.md.
  const answer = isUnpinned(owner) ? { directResponse: { status: 404 } } : { route: structuredClone(destinations) };
  http.unshift({ name: `theirs-${edit}`, match, ...answer } as HttpRoute);
}

/** Another policy, and a subset before the others that selects nothing. */
function editRule(spec: DestinationRule['spec'], edit: number): void {
  spec.trafficPolicy = { connectionPool: { tcp: { maxConnections: 1000 + edit } } };
  spec.subsets = [{ name: `theirs-${edit}`, labels: { version: `theirs-${edit}` } }, ...(spec.subsets ?? [])];
}
