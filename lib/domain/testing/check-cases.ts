import type { Check, CheckCode, CheckSeverity } from '../check.ts';
import type { Deployment, HttpRoute, Pod, Service, ServiceEntry, ServicePort, VirtualService } from '../kubernetes.ts';
import { ownLabels } from '../ownership.ts';
import { permissionsNeeded } from '../permissions.ts';
import type { SubsetRefusal } from '../placement.ts';
import { planCreate } from '../plan-create.ts';
import type {
  HttpRouteObject,
  IngressObject,
  PlanningInput,
  PlanningSnapshot,
  ResourceQuotaObject,
  SelectingObject,
} from '../planning-snapshot.ts';
import type { RequestMatch } from '../request-match.ts';
import type { ExternalTarget, ServiceTarget, TaskSpec } from '../task.ts';
import { namespace, policy } from './checks.ts';
import { deploymentOf, destinationRuleOf, podsOf, reviews, serviceOf, virtualServiceOf } from './snapshot.ts';

/** The two that the server finds by itself: of other tasks' records, and of its own dry run. */
export type PlannedCode = Exclude<CheckCode, 'task_records' | 'server_dry_run'>;

/** A world in which a check finds something. */
export interface CheckCase {
  /** Severity and, where the finding gives one, its reason; `nothing`: the check is not told at all. */
  finds: CheckSeverity | `${CheckSeverity} ${string}` | 'nothing';
  /** What tells it from another case that finds the same. */
  as?: string;
  /** Of the finding. */
  params?: Check['params'];
  /** Parts of Bookinfo's reviews that are otherwise. */
  world?: Partial<PlanningSnapshot>;
  /** What is asked for otherwise. */
  input?: Partial<PlanningInput>;
}

const host = 'reviews.demo-project.svc.cluster.local';
const httpPort: ServicePort = { name: 'http', port: 9080 };
const adminPort: ServicePort = { name: 'http-admin', port: 9090 };
const v1 = deploymentOf('reviews-v1', namespace, { app: 'reviews', version: 'v1' });
const v2 = deploymentOf('reviews-v2', namespace, { app: 'reviews', version: 'v2' });
const seed = reviews().snapshot;
const toV1 = { destination: { host: 'reviews', subset: 'v1' } };
const toAll = { destination: { host: 'reviews' } };
const atX: HttpRoute['match'] = [{ uri: { prefix: '/x' } }];
const rest: HttpRoute = { route: [toV1] };
const subset: Partial<PlanningInput> = { placement: 'subset' };
const dedicated: Partial<PlanningInput> = { placement: 'dedicated' };

function routed(...http: HttpRoute[]) {
  return { virtualServices: [virtualServiceOf('reviews', namespace, { hosts: ['reviews'], http })] };
}

const unpinned = routed({ route: [toAll] });

function served(...ports: ServicePort[]) {
  return { services: [serviceOf('reviews', namespace, ports)] };
}

function hidden(kind: string, where = namespace) {
  return { unreadable: [{ kind, namespace: where }] };
}

function standing(...deployments: Deployment[]) {
  return { deployments, pods: podsOf(...deployments) };
}

/** The live version with other labels on its pods. */
function labelled(labels: Record<string, string>) {
  return standing(deploymentOf('reviews-v1', namespace, labels));
}

/** Pods without a sidecar. */
function bare(...deployments: Deployment[]): Pod[] {
  return podsOf(...deployments).map((pod) => ({ ...pod, spec: { containers: [{ name: 'reviews' }] } }));
}

const job: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'job-1', namespace, labels: { app: 'job' } },
  spec: { containers: [{ name: 'job' }] },
  status: { phase: 'Running' },
};

/** The copies go to a workload that is there already, behind the Service. */
const existing = { world: standing(v1, v2), input: { target: { kind: 'version', existing: 'reviews-v2' } as const } };

function ofExisting(world: Partial<PlanningSnapshot>) {
  return { world: { ...existing.world, ...world }, input: existing.input };
}

function newVersion(version: string, containers: { name: string }[] = []) {
  return { target: { kind: 'version' as const, version, replicas: 1, containers } };
}

const both: Partial<PlanningInput> = {
  target: undefined,
  percentage: undefined,
  targets: ['v2', 'v3'].map((version) => ({ ...newVersion(version).target, percentage: 10 })),
};

function selecting(...match: RequestMatch[]): Partial<PlanningInput> {
  return { selection: { match, methods: null } };
}

/** Another task on reviews, as it was planned. */
function taskOf(input: Partial<PlanningInput>, world: Partial<PlanningSnapshot> = {}): TaskSpec {
  const asked = { ...reviews().input, name: 'other', ...newVersion('v3'), ...input };
  const { spec } = planCreate(asked, { ...seed, ...world });
  if (!spec) throw new Error('no plan');
  return spec;
}

const ingress: IngressObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'shop', namespace },
  spec: { defaultBackend: { service: { name: 'reviews' } } },
};
const meshRoute: HttpRouteObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'reviews', namespace },
  spec: { parentRefs: [{ kind: 'Service', name: 'reviews' }] },
};

/** Another host of the mesh that leads to reviews. */
const legacy = virtualServiceOf('legacy', namespace, { hosts: ['legacy'], http: [{ name: 'old', route: [toV1] }] });

/** Marks of a tool that owns an object, on the VirtualService of reviews. */
function marked(marks: object) {
  return {
    virtualServices: seed.virtualServices.map((object) => ({ ...object, metadata: { ...object.metadata, ...marks } })),
  };
}

function ownedBy(kind: string) {
  return { ownerReferences: [{ apiVersion: 'example.com/v1', kind, name: 'reviews', uid: '1' }] };
}

const argoCd = { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:reviews' } };

function ruled(trafficPolicy: object) {
  const subsets = [{ name: 'v1', labels: { version: 'v1' } }];
  return { destinationRules: [destinationRuleOf('reviews', namespace, { host: 'reviews', subsets, trafficPolicy })] };
}

/** A rule that clients of another namespace follow. */
function clientRule(...names: string[]) {
  const subsets = names.map((name) => ({ name, labels: { version: name } }));
  return [...seed.destinationRules, destinationRuleOf('own', 'clients', { host, subsets })];
}

function privateRules() {
  return seed.destinationRules.map((rule) => ({ ...rule, spec: { ...rule.spec, exportTo: ['.'] } }));
}

function quota(hard: Record<string, string>, used: Record<string, string>, more: object = {}) {
  const object: ResourceQuotaObject = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'team', namespace },
    spec: { hard, ...more },
    status: { hard, used },
  };
  return { resourceQuotas: [object] };
}

/** Another Service of the mesh that is to get the copies. */
const toHttpbin: ServiceTarget = { kind: 'service', namespace: 'tools', name: 'httpbin', port: 8000 };
const httpbin = serviceOf('httpbin', 'tools', [
  { name: 'http', port: 8000 },
  { name: 'tcp', port: 9000 },
]);
const httpbinV1 = deploymentOf('httpbin-v1', 'tools', { app: 'httpbin', version: 'v1' });

function atTools({ service = httpbin, pods = podsOf(httpbinV1) }: { service?: Service; pods?: Pod[] } = {}) {
  return { targetNamespaces: { services: [service], deployments: [httpbinV1], pods, authorizationPolicies: [] } };
}

function toService(world: Partial<PlanningSnapshot> = {}, target: Partial<ServiceTarget> = {}) {
  return { world: { ...atTools(), ...world }, input: { target: { ...toHttpbin, ...target } } };
}

function exported(exportTo: string) {
  const annotations = { 'networking.istio.io/exportTo': exportTo };
  return atTools({ service: { ...httpbin, metadata: { ...httpbin.metadata, annotations } } });
}

/** A host outside that is to get the copies. */
const outside: ExternalTarget = { kind: 'external', host: 'api.example.com', port: 80, tls: false };

function entryOf(port: number, labels: Record<string, string> = {}): ServiceEntry {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: 'api', namespace: 'shop', labels },
    spec: { hosts: [outside.host], ports: [{ number: port, name: 'http', protocol: 'HTTP' }] },
  };
}

type Measured = NonNullable<PlanningSnapshot['external']>['measured'];

function toHost(
  target: Partial<ExternalTarget> = {},
  entries: ServiceEntry[] = [],
  { measured = {}, ...world }: Partial<PlanningSnapshot> & { measured?: Measured } = {},
) {
  return {
    world: { external: { serviceEntries: entries, measured }, ...world },
    input: { target: { ...outside, ...target } },
  };
}

function hostRule(trafficPolicy: object) {
  return { destinationRules: [destinationRuleOf('api', 'shop', { host: outside.host, trafficPolicy })] };
}

function authorized(spec: SelectingObject['spec'], where = namespace) {
  return { authorizationPolicies: [policy('AuthorizationPolicy', spec, where)] };
}

/** AuthorizationPolicies of the target Service's namespace. */
function before(...specs: SelectingObject['spec'][]) {
  const authorizationPolicies = specs.map((spec, index) => {
    const object = policy('AuthorizationPolicy', spec, 'tools');
    return { ...object, metadata: { ...object.metadata, name: `policy-${index + 1}` } };
  });
  return { targetNamespaces: { ...atTools().targetNamespaces, authorizationPolicies } };
}

function versioned(version: string) {
  return { selector: { matchLabels: { version } } };
}

const strict = { peerAuthentications: [policy('PeerAuthentication', { mtls: { mode: 'STRICT' } })] };
const twin = deploymentOf('reviews-batch', namespace, { app: 'reviews', version: 'v2', role: 'batch' });
const captured: Pod = {
  ...job,
  metadata: { ...job.metadata, annotations: { 'ambient.istio.io/redirection': 'enabled' } },
};
const inAmbient = { pods: [...seed.pods, captured] };

/** Why the mirror cannot stand behind the Service. */
const refusals: Record<SubsetRefusal['reason'], Omit<CheckCase, 'finds'>> = {
  not_selected: {
    world: standing(v1, deploymentOf('reviews-v2', namespace, { app: 'next', version: 'v2' })),
    input: existing.input,
  },
  tcp_port: { world: served(httpPort, { name: 'tcp', port: 1 }) },
  tcp_route: {
    world: {
      virtualServices: [
        ...seed.virtualServices,
        virtualServiceOf('tcp', namespace, { hosts: ['db'], tcp: [{ route: [toAll] }] }),
      ],
    },
  },
  other_service: {
    world: { services: [...seed.services, serviceOf('all', namespace, [httpPort], { app: 'reviews' })] },
  },
  outside_callers: { world: { requestsFromOutside: 3 } },
  outside_callers_possible: { world: { requestsFromOutside: null, pods: [...seed.pods, job] } },
  other_clusters: { world: { callerClusters: ['west'] } },
  other_clusters_possible: { world: { ...unpinned, callerClusters: null, ...inCluster('east') } },
  unrouted: { world: routed({ match: [{ sourceNamespace: 'shop' }], route: [toV1] }) },
  entrance: { world: { ingresses: [ingress] } },
  rule_elsewhere: {
    world: {
      destinationRules: seed.destinationRules.map((rule) => ({
        ...rule,
        metadata: { ...rule.metadata, namespace: 'istio-system' },
        spec: { ...rule.spec, host: '*.svc.cluster.local' },
      })),
    },
  },
  private_rule: { world: { ...unpinned, destinationRules: privateRules() } },
  pin_selects_mirror: {
    world: {
      destinationRules: [
        destinationRuleOf('reviews', namespace, {
          host: 'reviews',
          subsets: [{ name: 'v1', labels: { app: 'reviews' } }],
        }),
      ],
    },
  },
  other_task: { world: { ...unpinned, tasks: [taskOf(subset, unpinned)] } },
  owner_tool: {
    world: {
      virtualServices: unpinned.virtualServices.map((object) => ({
        ...object,
        metadata: { ...object.metadata, ...argoCd },
      })),
    },
  },
  owner_patch: { world: unpinned, input: { delivery: 'patch' } },
  several_versions: {
    world: { ...unpinned, ...standing(v1, deploymentOf('reviews-v0', namespace, { app: 'reviews', version: 'v0' })) },
  },
  unreadable: { world: { ...unpinned, ...hidden('VirtualService', '*') } },
  ambiguous_route: { world: routed({ match: atX, route: [toAll] }, { match: atX, route: [toAll] }, rest) },
  live_subset_incomplete: {
    world: {
      ...unpinned,
      pods: [...seed.pods, ...podsOf(deploymentOf('reviews-old', namespace, { app: 'reviews', version: 'v0' }))],
    },
  },
  client_rule: { world: { ...unpinned, destinationRules: clientRule() } },
};

/** Permissions of which all but one kind's are granted. */
function permitted(denied: string): Partial<PlanningSnapshot> {
  const { spec } = planCreate(reviews().input, seed);
  const needed = permissionsNeeded('create', spec ?? namespace);
  return { permissions: needed.map((one) => ({ ...one, allowed: one.resource !== denied })) };
}

/** What each check finds, for every severity of it and every reason that has words of its own. */
export const checkCases: Record<PlannedCode, readonly CheckCase[]> = {
  service: [
    { finds: 'pass' },
    { finds: 'fail missing', world: { services: [] } },
    {
      finds: 'fail service_external_name',
      world: {
        services: [
          {
            ...serviceOf('reviews', namespace, [httpPort]),
            spec: { type: 'ExternalName', externalName: 'reviews.example.com', ports: [httpPort] },
          },
        ],
      },
    },
    {
      finds: 'fail service_headless',
      world: {
        services: [
          {
            ...serviceOf('reviews', namespace, [httpPort]),
            spec: { clusterIP: 'None', selector: { app: 'reviews' }, ports: [httpPort] },
          },
        ],
      },
    },
    { finds: 'fail service_no_selector', world: { services: [serviceOf('reviews', namespace, [httpPort], {})] } },
    { finds: 'fail service_no_workload', world: { deployments: [] } },
    {
      finds: 'fail service_workload_kind',
      world: {
        deployments: [],
        statefulSets: [
          {
            apiVersion: 'apps/v1',
            kind: 'StatefulSet',
            metadata: { name: 'reviews', namespace },
            spec: { template: { metadata: { labels: { app: 'reviews' } } } },
          },
        ],
      },
    },
    { finds: 'fail service_no_pods', world: { pods: [] } },
    { finds: 'fail all_chosen', input: { target: { kind: 'version', existing: 'reviews-v1' } } },
    { finds: 'fail unreadable', world: { deployments: [], ...hidden('Deployment') } },
  ],
  http_port: [
    { finds: 'pass' },
    { finds: 'fail', world: served(httpPort, { name: 'tcp', port: 1234 }), input: { ports: [1234] } },
    { finds: 'fail', as: 'no port at all', params: { port: 0 }, world: served() },
  ],
  sidecar_primary: [
    { finds: 'pass' },
    { finds: 'warn', world: { pods: [...podsOf(v1), ...bare(v1)] } },
    { finds: 'fail', world: { pods: bare(v1) } },
    { finds: 'unknown', world: { pods: [], ...hidden('Pod') } },
  ],
  sidecar_mirror: [
    { finds: 'pass', params: { origin: 'copied' } },
    { finds: 'pass', as: 'an existing workload', params: { origin: 'existing' }, ...existing },
    { finds: 'warn', params: { pods: 2, without: 1 }, world: { pods: [...podsOf(v1), ...bare(v1)] } },
    {
      finds: 'warn',
      as: 'an existing workload',
      params: { origin: 'existing', pods: 1, without: 1 },
      ...ofExisting({ pods: [...podsOf(v1), ...bare(v2)] }),
    },
    { finds: 'unknown', params: { kind: 'Pod', namespace }, world: hidden('Pod') },
  ],
  sidecar_callers: [
    { finds: 'pass none' },
    { finds: 'pass quiet', params: { workloads: 'job' }, world: { pods: [...seed.pods, job] } },
    { finds: 'pass refused', world: { requestsFromOutside: 3, ...strict } },
    { finds: 'warn seen', world: { requestsFromOutside: 3 } },
    {
      finds: 'warn possible',
      params: { workloads: 'job' },
      world: { requestsFromOutside: null, pods: [...seed.pods, job] },
    },
    { finds: 'unknown unmeasured', world: { requestsFromOutside: null } },
  ],
  version_primary: [
    { finds: 'pass', params: { version: 'v1' } },
    {
      finds: 'warn',
      params: { label: 'app.kubernetes.io/version', version: 'v1' },
      world: labelled({ app: 'reviews', 'app.kubernetes.io/version': 'v1' }),
    },
    { finds: 'fail', params: { workload: 'reviews-v1' }, world: labelled({ app: 'reviews' }) },
  ],
  version_new: [
    { finds: 'pass' },
    { finds: 'fail taken', input: newVersion('v1') },
    { finds: 'fail invalid', input: newVersion('v 2') },
    {
      finds: 'fail unlabelled',
      world: standing(v1, deploymentOf('reviews-v2', namespace, { app: 'reviews', track: 'next' })),
      input: existing.input,
    },
    {
      finds: 'fail shared',
      world: standing(v1, v2, deploymentOf('reviews-b', namespace, { app: 'reviews', version: 'v2' })),
      input: existing.input,
    },
  ],
  containers: [{ finds: 'pass' }, { finds: 'fail', input: newVersion('v2', [{ name: 'sidekick' }]) }],
  workload_exists: [
    { finds: 'pass' },
    { finds: 'fail taken', world: standing(v1, deploymentOf('reviews-v2', namespace, { app: 'other' })) },
    { finds: 'fail missing', input: { target: { kind: 'version', existing: 'nobody' } } },
  ],
  istio: [
    { finds: 'pass' },
    { finds: 'fail not_served', world: { notServed: ['VirtualService'] } },
    { finds: 'fail several', world: { istioVersion: '1.19.4' }, input: both },
    {
      finds: 'fail mirrors',
      world: { istioVersion: '1.19.4', ...routed({ ...rest, mirror: { host: 'ratings' } }) },
    },
    { finds: 'unknown', world: { istioVersion: null } },
  ],
  ambient: [
    { finds: 'pass' },
    {
      finds: 'warn waypoint',
      world: { ...inAmbient, namespaces: [{ name: namespace, labels: { 'istio.io/use-waypoint': 'waypoint' } }] },
    },
    { finds: 'warn here', world: inAmbient, input: dedicated },
    { finds: 'fail here', world: inAmbient, input: subset },
    {
      finds: 'unknown elsewhere',
      world: { namespaces: [{ name: 'shop', labels: { 'istio.io/dataplane-mode': 'ambient' } }] },
    },
    { finds: 'unknown unreadable', world: hidden('Pod') },
  ],
  clusters: [
    { finds: 'pass quiet' },
    { finds: 'pass quiet', as: 'a cluster that bears a name', world: inCluster('east') },
    { finds: 'pass none', world: { callerClusters: null } },
    { finds: 'pass none', as: 'Istio’s own name', world: { callerClusters: null, ...inCluster('Kubernetes') } },
    { finds: 'warn seen', params: { clusters: 'west' }, world: { callerClusters: ['west'] } },
    { finds: 'warn seen', as: 'a target Service', ...toService({ callerClusters: ['west'] }) },
    { finds: 'fail seen', world: { callerClusters: ['west'] }, input: subset },
    { finds: 'fail seen', as: 'an existing workload', ...ofExisting({ callerClusters: ['west'] }) },
    {
      finds: 'unknown possible',
      params: { clusters: 'east' },
      world: { callerClusters: null, ...inCluster('east') },
    },
    { finds: 'unknown unreadable', world: { callerClusters: null, ...hidden('Pod') } },
  ],
  duplicate_host: [
    { finds: 'pass', params: { found: 'one' } },
    { finds: 'pass', as: 'a host that no rule names', params: { found: 'none' }, world: { virtualServices: [] } },
    {
      finds: 'warn shadowed',
      params: { name: 'younger', winner: 'reviews' },
      world: {
        virtualServices: [
          ...seed.virtualServices,
          later(virtualServiceOf('younger', namespace, { hosts: ['reviews'], http: [rest] })),
        ],
      },
    },
    {
      finds: 'fail wildcard',
      params: { name: 'wide' },
      world: {
        virtualServices: [
          virtualServiceOf('wide', namespace, { hosts: ['*.demo-project.svc.cluster.local'], http: [rest] }),
        ],
      },
    },
    { finds: 'fail http_route', world: { httpRoutes: [meshRoute], virtualServices: [] } },
    {
      finds: 'fail other_task',
      as: 'a VirtualService that another task made',
      params: { winner: 'other' },
      world: marked({ labels: ownLabels('other') }),
    },
    {
      finds: 'fail other_task',
      as: 'one that a paused task will make again',
      params: { winner: 'other' },
      world: { virtualServices: [], tasks: [taskOf(dedicated, { virtualServices: [] })] },
    },
  ],
  virtual_service_routes: [
    { finds: 'pass' },
    { finds: 'warn redirect', world: routed({ match: atX, redirect: { uri: '/y' } }, rest) },
    { finds: 'warn direct_response', world: routed({ match: atX, directResponse: { status: 404 } }, rest) },
    { finds: 'warn delegate', world: routed({ match: atX, delegate: { name: 'team' } }, rest) },
    {
      finds: 'warn mixed_ports',
      params: { route: 'mixed' },
      world: {
        ...served(httpPort, adminPort),
        ...routed(
          {
            name: 'mixed',
            match: atX,
            route: [9080, 9090].map((number) => ({
              destination: { ...toV1.destination, port: { number } },
              weight: 50,
            })),
          },
          rest,
        ),
      },
    },
    {
      finds: 'warn ambiguous',
      params: { route: '#2' },
      world: routed({ match: atX, route: [toV1] }, { match: atX, route: [toV1] }, rest),
    },
    { finds: 'warn unreachable', params: { route: '#2' }, world: routed(rest, { match: atX, route: [toV1] }) },
    {
      finds: 'warn shared',
      params: { route: 'split' },
      world: routed({
        name: 'split',
        route: [
          { ...toV1, weight: 50 },
          { destination: { host: 'ratings' }, weight: 50 },
        ],
      }),
    },
    {
      finds: 'warn port_not_covered',
      params: { route: '9090' },
      world: {
        ...served(httpPort, adminPort),
        ...routed({ match: [{ port: 9080 }], route: [toV1] }),
      },
    },
    {
      finds: 'warn other_host',
      params: { name: 'legacy', route: 'old', hosts: 'legacy' },
      world: { virtualServices: [...seed.virtualServices, legacy] },
    },
    {
      finds: 'warn of_delegate',
      params: { name: 'team', route: '#1' },
      world: {
        virtualServices: [
          ...routed({ match: atX, delegate: { name: 'team' } }, rest).virtualServices,
          virtualServiceOf('team', namespace, { http: [rest] }),
        ],
      },
    },
    {
      finds: 'pass',
      as: 'a VirtualService of another host that leads elsewhere',
      world: {
        virtualServices: [
          ...seed.virtualServices,
          virtualServiceOf('legacy', namespace, {
            hosts: ['legacy'],
            http: [{ match: atX, redirect: { uri: '/y' } }, { route: [{ destination: { host: 'ratings' } }] }],
          }),
        ],
      },
    },
    {
      finds: 'fail chosen_cannot',
      as: 'a route of another host',
      params: { name: 'legacy', route: 'old' },
      world: { virtualServices: [...seed.virtualServices, legacy] },
      input: { routes: [{ namespace, virtualService: 'legacy', route: 'old' }] },
    },
    {
      finds: 'fail chosen_gone',
      input: { routes: [{ namespace, virtualService: 'reviews', route: 'gone' }] },
    },
    {
      finds: 'fail chosen_cannot',
      world: routed({ name: 'moved', match: atX, redirect: { uri: '/y' } }, rest),
      input: { routes: [{ namespace, virtualService: 'reviews', route: 'moved' }] },
    },
    {
      finds: 'fail unwritable',
      world: routed({ match: [{ headers: { cookie: { regex: 'a=.*' } } }], route: [toV1] }, rest),
      input: selecting({ headers: { cookie: { regex: 'b=.*' } } }),
    },
    {
      finds: 'fail not_selected',
      world: routed({ match: [{ headers: { user: { exact: 'a' } } }], route: [toV1] }),
      input: selecting({ headers: { user: { exact: 'b' } } }),
    },
    { finds: 'fail none', world: routed({ redirect: { uri: '/y' } }) },
  ],
  subset_exists: [
    { finds: 'pass', params: { count: 1 } },
    { finds: 'pass', as: 'routes without subsets', params: { count: 0 }, world: unpinned },
    {
      finds: 'warn',
      params: { subset: 'v1' },
      world: { pods: podsOf(v1).map((pod) => ({ ...pod, status: { phase: 'Running' } })) },
    },
    { finds: 'fail', params: { subset: 'v1' }, world: { destinationRules: [] } },
    { finds: 'unknown', params: { subset: 'v1' }, world: hidden('Pod') },
  ],
  destination_rule_path: [
    { finds: 'pass', params: { placement: 'subset' } },
    { finds: 'pass', as: 'a mirror that stands apart', params: { placement: 'dedicated' }, input: dedicated },
    { finds: 'warn client_rule', world: { destinationRules: clientRule('v1') } },
    { finds: 'warn private', world: { destinationRules: privateRules() } },
    { finds: 'fail client_rule', world: { ...unpinned, destinationRules: clientRule() }, input: subset },
  ],
  port_exists: [
    { finds: 'pass' },
    { finds: 'fail', as: 'a port that the Service has not', params: { port: 1 }, input: { ports: [1] } },
    {
      finds: 'fail',
      as: 'a container port of the mirror that the Service names',
      params: { port: 9080, target: 'web', workload: 'reviews-v2' },
      ...ofExisting(served({ ...httpPort, targetPort: 'web' })),
    },
  ],
  existing_mirror: [
    { finds: 'pass' },
    {
      finds: 'warn',
      params: { destination: 'ratings', percentage: '100' },
      world: routed({ ...rest, mirror: { host: 'ratings' } }),
    },
    {
      finds: 'fail',
      params: { destination: 'reviews v2', percentage: '50' },
      ...ofExisting({
        ...routed({ ...rest, mirror: { host: 'reviews', subset: 'v2' }, mirrorPercentage: { value: 50 } }),
        destinationRules: [
          destinationRuleOf('reviews', namespace, {
            host: 'reviews',
            subsets: ['v1', 'v2'].map((name) => ({ name, labels: { version: name } })),
          }),
        ],
      }),
    },
  ],
  entrances: [
    { finds: 'pass' },
    { finds: 'warn gateway', world: { ingresses: [ingress] } },
    { finds: 'warn mesh', world: { httpRoutes: [meshRoute] } },
    { finds: 'unknown', world: hidden('HTTPRoute', '*') },
  ],
  sidecar_egress: [
    { finds: 'pass' },
    { finds: 'warn here', world: { sidecars: [policy('Sidecar', { egress: [{ hosts: ['shop/*'] }] })] } },
    {
      finds: 'warn root',
      world: { sidecars: [policy('Sidecar', { egress: [{ hosts: ['shop/*'] }] }, 'istio-system')] },
    },
    {
      finds: 'warn copies',
      params: { host: 'httpbin.tools.svc.cluster.local', ports: '8000' },
      ...toService(listening({ port: 9080, hosts: ['*/*'] })),
    },
    {
      finds: 'warn copies',
      as: 'a host outside that somebody’s entry makes known',
      params: { host: 'api.example.com', ports: '80' },
      ...toHost({}, [entryOf(80)], listening({ port: 9080, hosts: ['./*'] })),
    },
    {
      finds: 'pass',
      as: 'a host outside that the task makes known, of which external_reach tells',
      ...toHost({}, [], listening({ port: 9080, hosts: ['./*'] })),
    },
    {
      finds: 'pass',
      as: 'a listener for the port of the copies that names only the service',
      ...toService(listening({ port: 9080, hosts: ['./*'] }, { port: 8000, hosts: [`./${host}`] })),
    },
    {
      finds: 'pass',
      as: 'a listener for the port of the copies that names only their Service',
      ...toService(
        listening({ port: 9080, hosts: ['./*'] }, { port: 8000, hosts: ['tools/httpbin.tools.svc.cluster.local'] }),
      ),
    },
    { finds: 'pass', as: 'a listener without a port', ...toService(listening({ hosts: ['./*'] })) },
    {
      finds: 'pass',
      as: 'a mirror on the port of the service',
      world: listening({ port: 9080, hosts: ['./*'] }),
    },
    { finds: 'unknown', world: hidden('Sidecar') },
  ],
  target_serves_live: [
    { finds: 'pass', params: { origin: 'new' } },
    { finds: 'pass', as: 'an existing workload', params: { origin: 'existing' }, ...existing },
    {
      finds: 'fail other_service',
      ...ofExisting({ services: [...seed.services, serviceOf('v2-only', namespace, [httpPort], { version: 'v2' })] }),
    },
    { finds: 'fail no_rules', ...ofExisting({ virtualServices: [] }) },
    { finds: 'fail entrance', ...ofExisting({ ingresses: [ingress] }) },
    {
      finds: 'fail unrouted',
      ...ofExisting(routed({ match: [{ sourceNamespace: 'shop' }], route: [toV1] })),
    },
    { finds: 'fail outside_callers', ...ofExisting({ requestsFromOutside: 1 }) },
    { finds: 'fail route', ...ofExisting(unpinned) },
    { finds: 'unknown', ...ofExisting(hidden('Service', '*')) },
  ],
  target_service: [
    { finds: 'nothing' },
    { finds: 'pass', ...toService() },
    { finds: 'fail missing', ...toService({}, { name: 'nobody' }) },
    {
      finds: 'fail same',
      input: { target: { kind: 'service', namespace, name: 'reviews', port: 9080 } },
    },
    {
      finds: 'fail of_task',
      params: { detail: 'other' },
      ...toService(atTools({ service: { ...httpbin, metadata: { ...httpbin.metadata, labels: ownLabels('other') } } })),
    },
    {
      finds: 'fail external_name',
      params: { detail: 'httpbin.org' },
      ...toService(
        atTools({
          service: { ...httpbin, spec: { ...httpbin.spec, type: 'ExternalName', externalName: 'httpbin.org' } },
        }),
      ),
    },
    {
      finds: 'fail headless',
      ...toService(atTools({ service: { ...httpbin, spec: { ...httpbin.spec, clusterIP: 'None' } } })),
    },
    {
      finds: 'fail live_pods',
      params: { detail: 'reviews-v1' },
      world: { services: [...seed.services, serviceOf('alias', namespace, [httpPort], { app: 'reviews' })] },
      input: { target: { kind: 'service', namespace, name: 'alias', port: 9080 } },
    },
    {
      finds: 'unknown missing',
      params: { namespace: 'tools' },
      ...toService({
        targetNamespaces: { ...atTools().targetNamespaces, services: [] },
        ...hidden('Service', 'tools'),
      }),
    },
  ],
  target_port: [
    { finds: 'nothing' },
    { finds: 'pass', ...toService() },
    { finds: 'fail missing', params: { ports: '8000' }, ...toService({}, { port: 1 }) },
    { finds: 'fail not_http', params: { ports: '8000' }, ...toService({}, { port: 9000 }) },
  ],
  target_visible: [
    { finds: 'nothing' },
    { finds: 'pass', ...toService() },
    {
      finds: 'pass',
      as: 'a Service that is exported to everybody who follows the routes',
      world: {
        ...exported('demo-project'),
        virtualServices: routed({ ...rest, name: 'rest' }).virtualServices.map((object) => ({
          ...object,
          spec: { ...object.spec, exportTo: ['.'] },
        })),
      },
      // Without a choice the task makes a VirtualService for everybody else.
      input: { target: toHttpbin, routes: [{ namespace, virtualService: 'reviews', route: 'rest' }] },
    },
    { finds: 'warn', params: { exportTo: 'shop, demo-project' }, ...toService(exported('shop, demo-project')) },
    { finds: 'fail', params: { exportTo: '.', namespace }, ...toService(exported('.')) },
  ],
  target_pods: [
    { finds: 'nothing' },
    { finds: 'pass', params: { pods: 1 }, ...toService() },
    {
      finds: 'warn',
      ...toService(atTools({ pods: podsOf(httpbinV1).map((pod) => ({ ...pod, status: { phase: 'Running' } })) })),
    },
    {
      finds: 'unknown sidecar',
      params: { pods: 2, without: 1 },
      ...toService(atTools({ pods: [...podsOf(httpbinV1), ...bare(httpbinV1)] })),
    },
    { finds: 'unknown unreadable', ...toService(hidden('Pod', 'tools')) },
    {
      finds: 'unknown unreadable',
      as: 'pods of the task’s own namespace',
      world: { services: [...seed.services, serviceOf('ratings', namespace, [httpPort])], ...hidden('Pod') },
      input: { target: { kind: 'service', namespace, name: 'ratings', port: 9080 } },
    },
  ],
  target_own_traffic: [
    { finds: 'nothing' },
    { finds: 'warn', params: { routes: 'none', virtualService: '' }, ...toService() },
    {
      finds: 'warn',
      as: 'routes that copies pass by',
      params: { routes: 'some', virtualService: 'httpbin' },
      ...toService({
        virtualServices: [
          ...seed.virtualServices,
          virtualServiceOf('httpbin', 'tools', { hosts: ['httpbin'], http: [] }),
        ],
      }),
    },
    {
      finds: 'warn',
      as: 'routes of another host of that name',
      params: { routes: 'none' },
      ...toService({
        virtualServices: [
          ...seed.virtualServices,
          virtualServiceOf('httpbin', 'shop', { hosts: ['httpbin'], http: [] }),
        ],
      }),
    },
  ],
  external_entry: [
    { finds: 'nothing' },
    { finds: 'pass', params: { found: 'none' }, ...toHost() },
    { finds: 'pass', as: 'an entry of somebody', params: { found: 'one' }, ...toHost({}, [entryOf(80)]) },
    { finds: 'fail in_cluster', ...toHost({ host: 'httpbin.tools.svc.cluster.local' }) },
    { finds: 'fail https', ...toHost({ port: 443 }) },
    { finds: 'fail of_task', params: { name: 'other' }, ...toHost({}, [entryOf(80, ownLabels('other'))]) },
    { finds: 'fail port', params: { name: 'shop/api' }, ...toHost({}, [entryOf(8080)]) },
  ],
  external_tls: [
    { finds: 'nothing' },
    { finds: 'pass', params: { mode: 'plain' }, ...toHost() },
    { finds: 'pass', as: 'TLS of the task’s own', params: { mode: 'tls' }, ...toHost({ port: 443, tls: true }) },
    {
      finds: 'pass',
      as: 'TLS by somebody’s rule for his entry',
      params: { mode: 'tls' },
      ...toHost({ tls: true }, [entryOf(80)], hostRule({ tls: { mode: 'SIMPLE', sni: outside.host } })),
    },
    {
      finds: 'fail plain_rule',
      params: { name: 'shop/api' },
      ...toHost({ tls: true }, [entryOf(80)], hostRule({ connectionPool: {} })),
    },
    { finds: 'fail no_rule', ...toHost({ tls: true }, [entryOf(80)]) },
    {
      finds: 'fail no_sni',
      params: { name: 'shop/api' },
      ...toHost({ tls: true }, [entryOf(80)], hostRule({ tls: { mode: 'SIMPLE' } })),
    },
    { finds: 'fail rule_there', params: { name: 'shop/api' }, ...toHost({}, [], hostRule({ connectionPool: {} })) },
    { finds: 'fail tls_rule', ...toHost({}, [entryOf(80)], hostRule({ tls: { mode: 'MUTUAL' } })) },
  ],
  external_called: [
    { finds: 'nothing' },
    { finds: 'nothing', as: 'an entry of somebody', ...toHost({}, [entryOf(80)]) },
    { finds: 'pass', ...toHost({}, [], { measured: { [outside.host]: { namespaces: [namespace], ofHost: [] } } }) },
    {
      finds: 'warn',
      params: { workloads: 'reviews-v1' },
      ...toHost({}, [], {
        deployments: [v1, deploymentOf('ratings-v1', namespace, { app: 'ratings' })].map((deployment, index) =>
          index === 0 ? withEnv(deployment, { name: 'API', value: `http://${outside.host}/v1` }) : deployment,
        ),
      }),
    },
    {
      finds: 'fail',
      params: { workloads: 'shop/web' },
      ...toHost({}, [], { measured: { [outside.host]: { namespaces: [], ofHost: ['shop/web'] } } }),
    },
    { finds: 'unknown', ...toHost() },
  ],
  external_reach: [
    { finds: 'nothing' },
    { finds: 'nothing', as: 'an entry of somebody', ...toHost({}, [entryOf(80)]) },
    {
      finds: 'pass',
      params: { namespaces: 'demo-project, shop' },
      ...toHost({}, [], { measured: { [outside.host]: { namespaces: ['shop', namespace], ofHost: [] } } }),
    },
    {
      finds: 'warn',
      params: { names: 'demo-project/some-sidecar', port: 80 },
      ...toHost({}, [], listening({ port: 9080, hosts: ['./*'] })),
    },
    { finds: 'unknown', params: { namespaces: namespace }, ...toHost() },
  ],
  external_leaves: [{ finds: 'nothing' }, { finds: 'nothing', ...toService() }, { finds: 'warn', ...toHost() }],
  selected_by_accident: [
    { finds: 'pass' },
    {
      finds: 'warn not',
      params: { kind: 'NetworkPolicy' },
      world: { networkPolicies: [policy('NetworkPolicy', { podSelector: { matchLabels: { version: 'v1' } } })] },
    },
    {
      finds: 'warn too',
      params: { kind: 'PodDisruptionBudget' },
      world: {
        podDisruptionBudgets: [policy('PodDisruptionBudget', { selector: { matchLabels: { app: 'reviews' } } })],
      },
    },
    {
      finds: 'warn too',
      as: 'an autoscaler that counts the pods of its Deployment’s selector',
      params: { kind: 'HorizontalPodAutoscaler' },
      world: {
        deployments: [{ ...v1, spec: { ...v1.spec, selector: { matchLabels: { app: 'reviews' } } } }],
        horizontalPodAutoscalers: [policy('HorizontalPodAutoscaler', { scaleTargetRef: { name: 'reviews-v1' } })],
      },
    },
    {
      finds: 'fail service',
      params: { kind: 'Service', name: 'all' },
      world: { services: [...seed.services, serviceOf('all', namespace, [httpPort], { app: 'reviews' })] },
      input: subset,
    },
    { finds: 'unknown', params: { kinds: 'NetworkPolicy' }, world: hidden('NetworkPolicy') },
  ],
  authorization: [
    { finds: 'pass' },
    { finds: 'warn stricter', world: authorized({ ...versioned('v2'), action: 'DENY', rules: [{ to: [] }] }) },
    { finds: 'warn looser', world: authorized({ ...versioned('v1'), rules: [{}] }) },
    { finds: 'fail', world: authorized({ ...versioned('v2'), action: 'DENY', rules: [{}] }) },
    { finds: 'unknown', world: hidden('AuthorizationPolicy', 'istio-system') },
    { finds: 'nothing', as: 'a host outside', ...toHost() },
    { finds: 'pass', as: 'a target Service without one', params: { side: 'service' }, ...toService() },
    {
      finds: 'pass',
      as: 'one before others of the target’s namespace, or that lets everybody in',
      ...toService(before({ ...versioned('v9'), rules: [] }, { rules: [{}] }, { action: 'DENY' })),
    },
    {
      finds: 'warn target',
      as: 'one that lets in some of a target’s clients',
      params: { policies: 'policy-1', workload: 'httpbin' },
      ...toService(before({ rules: [{ to: [{ operation: {} }] }] })),
    },
    {
      finds: 'warn target',
      as: 'one of the root namespace that refuses some',
      params: { policies: 'some-authorizationpolicy' },
      ...toService(authorized({ action: 'DENY', rules: [{ to: [] }] }, 'istio-system')),
    },
    {
      finds: 'fail',
      as: 'one that refuses everybody before a target Service',
      params: { policies: 'policy-1', side: 'service' },
      ...toService(before({ action: 'DENY', rules: [{}] })),
    },
    {
      finds: 'fail',
      as: 'one before a target Service by which nobody is let in',
      params: { policies: 'policy-1' },
      ...toService(before({})),
    },
    {
      finds: 'warn target',
      as: 'one that refuses everybody before some pods of the target alone',
      ...toService({
        targetNamespaces: {
          ...before({ ...versioned('v1'), action: 'DENY', rules: [{}] }).targetNamespaces,
          pods: podsOf(httpbinV1, deploymentOf('httpbin-v2', 'tools', { app: 'httpbin', version: 'v2' })),
        },
      }),
    },
    {
      finds: 'unknown',
      as: 'those of a target Service',
      params: { namespaces: 'tools', workload: 'httpbin' },
      ...toService({ ...before({}), ...hidden('AuthorizationPolicy', 'tools') }),
    },
  ],
  mtls: [
    { finds: 'pass', params: { mode: 'empty' } },
    {
      finds: 'pass',
      as: 'a mode that the mirror takes',
      params: { mode: 'ISTIO_MUTUAL' },
      world: { ...ruled({ tls: { mode: 'ISTIO_MUTUAL' } }), ...strict },
    },
    { finds: 'fail', params: { mode: 'DISABLE' }, world: { ...ruled({ tls: { mode: 'DISABLE' } }), ...strict } },
    { finds: 'unknown own', world: ruled({ tls: { mode: 'MUTUAL' } }) },
    {
      finds: 'unknown unreadable',
      world: { ...ruled({ tls: { mode: 'DISABLE' } }), ...hidden('PeerAuthentication') },
    },
  ],
  limits: [
    { finds: 'pass pool', world: ruled({ connectionPool: { http: { http2MaxRequests: 100 } } }) },
    { finds: 'pass timeout', world: routed({ ...rest, timeout: '1s' }) },
    { finds: 'warn' },
  ],
  body_size: [
    { finds: 'pass' },
    { finds: 'warn', world: { istioVersion: '1.24.6' } },
    { finds: 'unknown', world: { istioVersion: null } },
  ],
  shadow_host: [
    { finds: 'pass off' },
    { finds: 'pass on', world: { istioVersion: '1.27.3' } },
    {
      finds: 'warn policy',
      params: { policies: 'some-authorizationpolicy' },
      world: { istioVersion: '1.27.3', ...authorized({ rules: [{ to: [{ operation: { hosts: ['reviews'] } }] }] }) },
    },
    { finds: 'warn elsewhere', ...toService({ istioVersion: '1.27.3' }) },
    { finds: 'unknown', world: { istioVersion: null } },
    {
      finds: 'unknown policy',
      world: { istioVersion: null, ...authorized({ rules: [{ to: [{ operation: { hosts: ['reviews'] } }] }] }) },
    },
  ],
  quota: [
    { finds: 'pass none' },
    { finds: 'pass fits', world: quota({ pods: '2' }, { pods: '1' }) },
    { finds: 'pass existing', ...ofExisting(quota({ pods: '2' }, { pods: '2' })) },
    { finds: 'fail', params: { resource: 'pods', need: '1', left: '0' }, world: quota({ pods: '1' }, { pods: '1' }) },
    { finds: 'unknown unreadable', world: hidden('ResourceQuota') },
    { finds: 'unknown scoped', world: quota({ pods: '1' }, {}, { scopes: ['BestEffort'] }) },
    { finds: 'unknown uncounted', world: quota({ pods: '9' }, {}) },
    { finds: 'unknown no_pod', world: { ...quota({ pods: '9' }, {}), ...hidden('Pod') } },
  ],
  slo_pollution: [
    { finds: 'pass' },
    {
      finds: 'warn rule',
      params: { rules: 'Burning' },
      world: {
        prometheusRules: [
          {
            apiVersion: 'monitoring.coreos.com/v1',
            kind: 'PrometheusRule',
            metadata: { name: 'slo', namespace: 'monitoring' },
            spec: {
              groups: [
                { rules: [{ alert: 'Burning', expr: 'istio_requests_total{destination_service_name="reviews"}' }] },
              ],
            },
          },
        ],
      },
    },
    {
      finds: 'warn autoscaler',
      params: { rules: 'rps' },
      world: {
        horizontalPodAutoscalers: [
          policy('HorizontalPodAutoscaler', {
            metrics: [
              {
                type: 'Object',
                object: { describedObject: { kind: 'Service', name: 'reviews' }, metric: { name: 'rps' } },
              },
            ],
          }),
        ],
      },
    },
    { finds: 'unknown', world: hidden('PrometheusRule', '*') },
  ],
  placement_subset: [
    { finds: 'nothing', ...toService() },
    { finds: 'pass', params: { placement: 'subset' } },
    { finds: 'pass', as: 'a mirror that stands apart', params: { placement: 'dedicated' }, input: dedicated },
    ...Object.entries(refusals).map(([reason, { world = {}, input = {} }]) => ({
      finds: `fail ${reason}` as const,
      world,
      input: { ...subset, ...input },
    })),
    {
      finds: 'fail ambiguous_route',
      as: 'a wildcard that covers the host',
      params: { name: 'wide' },
      world: {
        virtualServices: [
          virtualServiceOf('wide', namespace, {
            hosts: ['*.demo-project.svc.cluster.local'],
            http: [{ route: [toAll] }],
          }),
        ],
      },
      input: subset,
    },
  ],
  owner_tool: [
    { finds: 'pass', params: { delivery: 'none' } },
    {
      finds: 'pass',
      as: 'a patch for a manifest',
      params: { delivery: 'patch', tool: 'Argo CD' },
      world: marked(argoCd),
      input: { delivery: 'patch' },
    },
    ...Object.entries({
      'Argo CD': argoCd,
      Flux: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } },
      Helm: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
      Flagger: ownedBy('Canary'),
      'Argo Rollouts': { annotations: { 'argo-rollouts.argoproj.io/managed-by-rollouts': 'reviews' } },
      KubeSphere: ownedBy('Strategy'),
      'server-side apply (kubectl)': { managedFields: [{ manager: 'kubectl', operation: 'Apply' }] },
    }).map(([tool, marks]) => ({
      finds: 'warn' as const,
      as: tool,
      params: { kind: 'VirtualService', tool },
      world: marked(marks),
    })),
    {
      finds: 'warn',
      as: 'a DestinationRule that gets the mirror’s subset',
      params: { kind: 'DestinationRule', tool: 'Flux' },
      world: {
        destinationRules: seed.destinationRules.map((object) => ({
          ...object,
          metadata: { ...object.metadata, labels: { 'helm.toolkit.fluxcd.io/name': 'shop' } },
        })),
      },
    },
    ...Object.entries({
      Flagger: { metadata: { ...v1.metadata, ...ownedBy('Canary') } },
      'Argo Rollouts': { metadata: { ...v1.metadata, annotations: { 'rollout.argoproj.io/revision': '3' } } },
    }).map(([tool, marks]) => ({
      finds: 'warn' as const,
      as: `a live workload that ${tool} steers`,
      params: { kind: 'Deployment', tool },
      world: { deployments: [{ ...v1, ...marks }] },
    })),
    {
      finds: 'pass',
      as: 'a live workload that is only applied from a manifest',
      world: { deployments: [{ ...v1, metadata: { ...v1.metadata, ...argoCd } }] },
    },
  ],
  task_rival: [
    { finds: 'pass edit' },
    { finds: 'pass edit', as: 'a task that edits something else', world: { tasks: [taskOf(dedicated)] } },
    { finds: 'fail edit', params: { task: 'other' }, world: { tasks: [taskOf(newVersion('v2'))] } },
    {
      finds: 'fail patch',
      params: { task: 'other', object: 'demo-project/reviews' },
      world: { tasks: [taskOf({ ...dedicated, delivery: 'patch' })] },
      input: { ...dedicated, delivery: 'patch' },
    },
  ],
  shared_state: [
    { finds: 'pass' },
    {
      finds: 'warn',
      params: { items: 'Secret reviews-db' },
      world: {
        deployments: [
          withEnv(v1, { name: 'DB', valueFrom: { secretKeyRef: { name: 'reviews-db', key: 'password' } } }),
        ],
      },
    },
  ],
  writes_copied: [
    { finds: 'pass denied' },
    {
      finds: 'pass reads',
      ...toService(),
      input: { target: toHttpbin, selection: { match: [], methods: ['GET', 'HEAD'] } },
    },
    { finds: 'warn', input: { safety: { denyWrites: false } } },
    { finds: 'warn', as: 'a target Service', params: { target: 'httpbin.tools' }, ...toService() },
  ],
  deny_writes: [
    { finds: 'pass' },
    { finds: 'nothing', as: 'writes that are let through', input: { safety: { denyWrites: false } } },
    ...protection('denyWrites'),
    {
      finds: 'warn grpc',
      params: { ports: '9090' },
      world: { ...served(httpPort, { name: 'grpc', port: 9090 }) },
      input: { safety: { denyWrites: true } },
    },
    {
      finds: 'fail grpc',
      params: { ports: '9080' },
      world: served({ name: 'grpc', port: 9080 }),
      input: { safety: { denyWrites: true } },
    },
  ],
  marker: [{ finds: 'nothing' }, { finds: 'pass', input: { safety: { marker: true } } }, ...protection('marker')],
  unreadable: [
    { finds: 'pass' },
    { finds: 'unknown', params: { kind: 'Sidecar', scope: 'others' }, world: hidden('Sidecar', '*') },
    { finds: 'unknown', as: 'one namespace', params: { kind: 'Pod', scope: 'one' }, world: hidden('Pod') },
  ],
  permissions: [
    { finds: 'pass', world: permitted('none') },
    {
      finds: 'fail',
      params: {
        permissions: ['get', 'create', 'list', 'delete']
          .map((verb) => `${verb} deployments.apps (demo-project)`)
          .join(', '),
      },
      world: permitted('deployments'),
    },
    { finds: 'unknown', world: { permissions: [] } },
  ],
};

/** Live pods whose proxies bear a name of their cluster. */
function inCluster(name: string) {
  const proxy = { name: 'istio-proxy', env: [{ name: 'ISTIO_META_CLUSTER_ID', value: name }] };
  return { pods: podsOf(v1).map((pod) => ({ ...pod, spec: { containers: [{ name: 'reviews' }, proxy] } })) };
}

/** A Sidecar of the namespace with these egress listeners. */
function listening(...listeners: { port?: number; hosts: string[] }[]) {
  const egress = listeners.map(({ port, hosts }) => ({ hosts, ...(port !== undefined && { port: { number: port } }) }));
  return { sidecars: [policy('Sidecar', { egress })] };
}

/** What holds for everything that the mirror's proxies do with its requests. */
function protection(part: 'denyWrites' | 'marker'): CheckCase[] {
  const input = { safety: { [part]: true } };
  return [
    { finds: 'warn sidecar', params: { pods: 2, without: 1 }, world: { pods: [...podsOf(v1), ...bare(v1)] }, input },
    { finds: 'warn existing', world: existing.world, input: { ...existing.input, ...input } },
    { finds: 'fail sidecar', world: { pods: bare(v1) }, input },
    { finds: 'fail others', world: standing(v1, v2, twin), input: { ...existing.input, ...input } },
    { finds: 'unknown unreadable', world: hidden('Pod'), input },
  ];
}

function withEnv(deployment: Deployment, variable: { name: string; value?: string; valueFrom?: object }): Deployment {
  const { template } = deployment.spec;
  const containers = template.spec.containers.map((container) => ({ ...container, env: [variable] }));
  return { ...deployment, spec: { ...deployment.spec, template: { ...template, spec: { containers } } } };
}

/** Made after the others. */
function later(object: VirtualService): VirtualService {
  return { ...object, metadata: { ...object.metadata, creationTimestamp: '2026-02-01T00:00:00Z' } };
}
