/** Discovery: /version, /api, /apis, the groups' resource lists, and the aggregated form of both. */
import { groupVersion, resources, type Resource } from './resources.ts';
import { UnknownPath } from './status.ts';

export const serverVersion = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0-sandbox',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2025-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
};

const groups = [...new Set(resources.map((resource) => resource.group))];

function versionsOf(group: string): string[] {
  return [...new Set(resources.filter((resource) => resource.group === group).flatMap(({ versions }) => versions))];
}

function preferredVersion(group: string): string {
  return versionsOf(group)[0] ?? 'v1';
}

function toGroup(group: string): object {
  const toVersion = (version: string) => ({ groupVersion: groupVersion(group, version), version });
  return {
    name: group,
    versions: versionsOf(group).map(toVersion),
    preferredVersion: toVersion(preferredVersion(group)),
  };
}

const subresourceVerbs: Record<string, string[]> = {
  status: ['get', 'patch', 'update'],
  scale: ['get', 'patch', 'update'],
  finalize: ['update'],
  log: ['get'],
  eviction: ['create'],
};
const connectVerbs = ['create', 'get'];

const subresourceKinds: Record<string, { group: string; version: string; kind: string }> = {
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction' },
  exec: { group: '', version: 'v1', kind: 'PodExecOptions' },
  attach: { group: '', version: 'v1', kind: 'PodAttachOptions' },
  portforward: { group: '', version: 'v1', kind: 'PodPortForwardOptions' },
};

function toApiResources(resource: Resource): object[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
    },
    ...resource.subresources.map((subresource) => ({
      name: `${plural}/${subresource}`,
      singularName: '',
      namespaced,
      ...(subresourceKinds[subresource] ?? { kind }),
      verbs: subresourceVerbs[subresource] ?? connectVerbs,
    })),
  ];
}

function served(group: string, version: string): Resource[] {
  return resources.filter((resource) => resource.group === group && resource.versions.includes(version));
}

function toResourceList(group: string, version: string): object {
  const found = served(group, version);
  if (found.length === 0) throw new UnknownPath();
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersion(group, version),
    resources: found.flatMap(toApiResources),
  };
}

function toAggregatedResource(resource: Resource, version: string): object {
  const { group, kind, plural, singular, namespaced, verbs, shortNames, categories, subresources } = resource;
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0
      ? {
          subresources: subresources.map((subresource) => ({
            subresource,
            responseKind: subresourceKinds[subresource] ?? { group, version, kind },
            verbs: subresourceVerbs[subresource] ?? connectVerbs,
          })),
        }
      : {}),
  };
}

function toAggregatedList(names: readonly string[]): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: names.map((group) => ({
      metadata: { name: group, creationTimestamp: null },
      versions: versionsOf(group).map((version) => ({
        version,
        freshness: 'Current',
        resources: served(group, version).map((resource) => toAggregatedResource(resource, version)),
      })),
    })),
  };
}

export interface DiscoveryDocument {
  body: object;
  contentType: string;
}

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** True when the client knows the aggregated form (kubectl 1.27 and later). */
function acceptsAggregated(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((part) => {
    const parameters = part.split(';').map((piece) => piece.trim());
    return parameters.includes('as=APIGroupDiscoveryList') && parameters.includes('v=v2');
  });
}

/** The discovery document of a path, or undefined for paths that are none. */
export function discover(pathname: string, accept: string | undefined): DiscoveryDocument | undefined {
  const plain = (body: object): DiscoveryDocument => ({ body, contentType: 'application/json' });
  const parts = pathname.split('/').filter((part) => part !== '');
  const [root, first, second] = parts;
  if (root === 'version' && parts.length === 1) return plain(serverVersion);
  if (root === 'api' && parts.length === 1) {
    if (acceptsAggregated(accept)) return { body: toAggregatedList(['']), contentType: aggregatedType };
    return plain({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
  }
  if (root === 'api' && parts.length === 2) return plain(toResourceList('', first ?? ''));
  if (root !== 'apis' || parts.length > 3) return undefined;
  const named = groups.filter((group) => group !== '');
  if (parts.length === 1) {
    if (acceptsAggregated(accept)) return { body: toAggregatedList(named), contentType: aggregatedType };
    return plain({ kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(toGroup) });
  }
  if (!named.includes(first ?? '')) throw new UnknownPath();
  if (parts.length === 2) return plain({ kind: 'APIGroup', apiVersion: 'v1', ...toGroup(first ?? '') });
  return plain(toResourceList(first ?? '', second ?? ''));
}
