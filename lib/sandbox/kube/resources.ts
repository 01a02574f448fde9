/** The table of served resources: discovery, routing, validation and printing all read it. */
import { builtInSchema, completeCustomSchema, customResources, type PrinterColumn, type Schema } from './schema.ts';

export interface Resource {
  group: string;
  /** Served versions, the preferred first. */
  versions: readonly string[];
  storageVersion: string;
  plural: string;
  singular: string;
  kind: string;
  listKind: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  verbs: readonly string[];
  subresources: readonly string[];
  /** Defined by a CustomResourceDefinition: no strategic merge patch, pruning, status only by subresource. */
  custom: boolean;
  schema: Schema;
  /** Printer columns per version; built-in kinds have theirs in printers.ts. */
  columns: Readonly<Record<string, readonly PrinterColumn[]>>;
}

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;

interface BuiltIn {
  kind: string;
  plural: string;
  namespaced?: boolean;
  shortNames?: string[];
  categories?: string[];
  subresources?: string[];
  verbs?: readonly string[];
}

const builtIns: Record<string, BuiltIn[]> = {
  '/v1': [
    {
      kind: 'Namespace',
      plural: 'namespaces',
      namespaced: false,
      shortNames: ['ns'],
      subresources: ['status', 'finalize'],
      verbs: allVerbs.filter((verb) => verb !== 'deletecollection'),
    },
    { kind: 'Node', plural: 'nodes', namespaced: false, shortNames: ['no'], subresources: ['status'] },
    {
      kind: 'Pod',
      plural: 'pods',
      shortNames: ['po'],
      categories: ['all'],
      subresources: ['status', 'log', 'exec', 'attach', 'portforward', 'eviction', 'proxy'],
    },
    {
      kind: 'Service',
      plural: 'services',
      shortNames: ['svc'],
      categories: ['all'],
      subresources: ['status', 'proxy'],
    },
    { kind: 'Endpoints', plural: 'endpoints', shortNames: ['ep'] },
    { kind: 'ConfigMap', plural: 'configmaps', shortNames: ['cm'] },
    { kind: 'Secret', plural: 'secrets' },
    { kind: 'ServiceAccount', plural: 'serviceaccounts', shortNames: ['sa'] },
    { kind: 'Event', plural: 'events', shortNames: ['ev'] },
    { kind: 'ResourceQuota', plural: 'resourcequotas', shortNames: ['quota'], subresources: ['status'] },
    { kind: 'LimitRange', plural: 'limitranges', shortNames: ['limits'] },
    { kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', shortNames: ['pvc'], subresources: ['status'] },
  ],
  'apps/v1': [
    {
      kind: 'Deployment',
      plural: 'deployments',
      shortNames: ['deploy'],
      categories: ['all'],
      subresources: ['status', 'scale'],
    },
    {
      kind: 'ReplicaSet',
      plural: 'replicasets',
      shortNames: ['rs'],
      categories: ['all'],
      subresources: ['status', 'scale'],
    },
    {
      kind: 'StatefulSet',
      plural: 'statefulsets',
      shortNames: ['sts'],
      categories: ['all'],
      subresources: ['status', 'scale'],
    },
    { kind: 'DaemonSet', plural: 'daemonsets', shortNames: ['ds'], categories: ['all'], subresources: ['status'] },
  ],
  'autoscaling/v2': [
    {
      kind: 'HorizontalPodAutoscaler',
      plural: 'horizontalpodautoscalers',
      shortNames: ['hpa'],
      categories: ['all'],
      subresources: ['status'],
    },
  ],
  'discovery.k8s.io/v1': [{ kind: 'EndpointSlice', plural: 'endpointslices' }],
  'policy/v1': [
    { kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', shortNames: ['pdb'], subresources: ['status'] },
  ],
  'networking.k8s.io/v1': [{ kind: 'NetworkPolicy', plural: 'networkpolicies', shortNames: ['netpol'] }],
  'coordination.k8s.io/v1': [{ kind: 'Lease', plural: 'leases' }],
  'rbac.authorization.k8s.io/v1': [
    { kind: 'Role', plural: 'roles' },
    { kind: 'RoleBinding', plural: 'rolebindings' },
    { kind: 'ClusterRole', plural: 'clusterroles', namespaced: false },
    { kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', namespaced: false },
  ],
  'authorization.k8s.io/v1': [
    { kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews', namespaced: false, verbs: ['create'] },
    { kind: 'SelfSubjectRulesReview', plural: 'selfsubjectrulesreviews', namespaced: false, verbs: ['create'] },
  ],
  'authentication.k8s.io/v1': [
    { kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', namespaced: false, verbs: ['create'] },
  ],
};

function toBuiltIn(groupVersion: string, entry: BuiltIn): Resource {
  const [group, version] = groupVersion.split('/') as [string, string];
  return {
    group,
    versions: [version],
    storageVersion: version,
    plural: entry.plural,
    singular: entry.kind.toLowerCase(),
    kind: entry.kind,
    listKind: `${entry.kind}List`,
    shortNames: entry.shortNames ?? [],
    categories: entry.categories ?? [],
    namespaced: entry.namespaced ?? true,
    verbs: entry.verbs ?? allVerbs,
    subresources: entry.subresources ?? [],
    custom: false,
    schema: builtInSchema(group, version, entry.kind),
    columns: {},
  };
}

// Kubernetes prefers v1, then v1beta1, then v1alpha3 (its version priority order).
const versionPriority = ['v1', 'v1beta1', 'v1alpha3', 'v1alpha1'];

function toCustom(entry: (typeof customResources)[number]): Resource {
  const served = entry.versions.filter((version) => version.served);
  const versions = versionPriority.filter((name) => served.some((version) => version.name === name));
  return {
    group: entry.group,
    versions,
    // Objects are kept in the preferred version; every served version reads them.
    storageVersion: versions[0] ?? 'v1',
    plural: entry.names.plural,
    singular: entry.names.singular,
    kind: entry.names.kind,
    listKind: entry.names.listKind,
    shortNames: entry.names.shortNames ?? [],
    categories: entry.names.categories ?? [],
    namespaced: entry.scope === 'Namespaced',
    verbs: allVerbs,
    subresources: ['status'],
    custom: true,
    schema: completeCustomSchema(entry.schema),
    columns: Object.fromEntries(served.map((version) => [version.name, version.additionalPrinterColumns])),
  };
}

/** The CustomResourceDefinitions themselves: readable, so that a client can see what is installed. */
const customResourceDefinitions: Resource = {
  group: 'apiextensions.k8s.io',
  versions: ['v1'],
  storageVersion: 'v1',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  kind: 'CustomResourceDefinition',
  listKind: 'CustomResourceDefinitionList',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  verbs: ['get', 'list', 'watch'],
  subresources: [],
  custom: false,
  schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  columns: {},
};

export const resources: readonly Resource[] = [
  ...Object.entries(builtIns).flatMap(([groupVersion, entries]) =>
    entries.map((entry) => toBuiltIn(groupVersion, entry)),
  ),
  customResourceDefinitions,
  ...customResources.map(toCustom),
];

/** Review kinds answer a question and are never stored. */
export function isReview(resource: Resource): boolean {
  return resource.verbs.length === 1 && resource.verbs[0] === 'create';
}

/** True when any resource of this group and version is served. */
export function isServed(group: string, version: string): boolean {
  return resources.some((resource) => resource.group === group && resource.versions.includes(version));
}

export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return resources.find(
    (resource) => resource.group === group && resource.plural === plural && resource.versions.includes(version),
  );
}

/** The resource of a kind; throws for a kind that is not served. */
export function resourceOfKind(group: string, kind: string): Resource {
  const found = resources.find((resource) => resource.group === group && resource.kind === kind);
  if (!found) throw new Error(`the sandbox serves no ${kind} in group "${group}"`);
  return found;
}

/** `apps/v1`, or `v1` for the core group. */
export function groupVersion(group: string, version: string): string {
  return group ? `${group}/${version}` : version;
}

export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}
