import type { DestinationRule, HttpRoute, ServicePort, VirtualService } from '../../../lib/domain/kubernetes.ts';
import type { PlanningInput } from '../../../lib/domain/planning-snapshot.ts';
import type { RequestMatch } from '../../../lib/domain/request-match.ts';
import { destinationRuleOf, virtualServiceOf } from '../../../lib/domain/testing/snapshot.ts';

/** One way to route to a Service, in a namespace of its own. The Service is `reviews`; version v1 answers. */
export interface Shape {
  title: string;
  ports: ServicePort[];
  virtualServices: VirtualService[];
  destinationRules: DestinationRule[];
  /** Of the task, beside what all have. */
  input: Partial<PlanningInput>;
  /** Whose proxy is asked: a client in a namespace of its own, or one in the Service's. */
  client: 'elsewhere' | 'beside';
  /** Of the Service. */
  annotations: Record<string, string>;
}

/** Namespace of the client in a namespace of its own. */
export const clientNamespace = 'shape-client';
export const rootNamespace = 'istio-system';

const http9080: ServicePort = { name: 'http', port: 9080, targetPort: 9080 };
const http9090: ServicePort = { name: 'http-admin', port: 9090, targetPort: 9090 };
const subsetV1 = { name: 'v1', labels: { version: 'v1' } };

type Destination = { host?: string; subset?: string; port?: number; weight?: number };
type Parts = Partial<Omit<Shape, 'virtualServices' | 'destinationRules' | 'title'>> & {
  /** http of a VirtualService `reviews`; absent: there is none. */
  http?: HttpRoute[];
  virtualService?: Partial<VirtualService['spec']>;
  /** VirtualServices beside it; younger, for they are made after it. */
  moreVirtualServices?: (namespace: string) => VirtualService[];
  /** DestinationRules instead of one with subset v1. */
  rules?: (namespace: string) => DestinationRule[];
};

function to(...destinations: Destination[]): Pick<HttpRoute, 'route'> {
  return {
    route: destinations.map(({ host = 'reviews', subset, port, weight }) => ({
      destination: { host, ...(subset && { subset }), ...(port && { port: { number: port } }) },
      ...(weight !== undefined && { weight }),
    })),
  };
}

const v1 = to({ subset: 'v1' });
const plain = to({});
const path = (prefix: string) => ({ uri: { prefix } });
const fqdn = (namespace: string, service = 'reviews') => `${service}.${namespace}.svc.cluster.local`;
const noRules = () => [];
/** Other than `v1` where it leads nowhere else: what a clone takes of one must not be what it takes of the other. */
const slow = { ...v1, timeout: '3s' };

const builders: Record<string, Parts | ((namespace: string) => Parts)> = {
  // Hosts
  'no VirtualService and no DestinationRule': { rules: noRules },
  'no VirtualService, a DestinationRule with a subset': {},
  'short host, subset, port': { http: [to({ subset: 'v1', port: 9080 })] },
  'short host, subset, no port': { http: [v1] },
  'short host, neither subset nor rule': { http: [plain], rules: noRules },
  'short host with port and without subset': { http: [to({ port: 9080 })] },
  'full names everywhere': (namespace) => ({
    http: [to({ host: fqdn(namespace), subset: 'v1', port: 9080 })],
    virtualService: { hosts: [fqdn(namespace)] },
    rules: () => [destinationRuleOf('reviews', namespace, { host: fqdn(namespace), subsets: [subsetV1] })],
  }),
  'full name as host, short destination': (namespace) => ({ http: [v1], virtualService: { hosts: [fqdn(namespace)] } }),
  'short host, full destination': (namespace) => ({ http: [to({ host: fqdn(namespace), subset: 'v1' })] }),
  'a host with its namespace alone is another host': (namespace) => ({
    http: [v1],
    virtualService: { hosts: [`reviews.${namespace}`] },
  }),
  'several hosts': { http: [v1], virtualService: { hosts: ['reviews', 'ratings'] } },
  'a VirtualService of another host alone': { http: [v1], virtualService: { hosts: ['ratings'] } },

  // Ports
  'two ports, no VirtualService': { ports: [http9080, http9090] },
  'two ports, no VirtualService, one chosen': { ports: [http9080, http9090], input: { ports: [9090] } },
  'two ports, a route for any': { ports: [http9080, http9090], http: [v1] },
  'two ports, a route for any, one chosen': { ports: [http9080, http9090], http: [v1], input: { ports: [9090] } },
  'two ports, all sent to one': { ports: [http9080, http9090], http: [to({ subset: 'v1', port: 9080 })] },
  'two ports, a route each': {
    ports: [http9080, http9090],
    http: [9080, 9090].map((port) => ({ match: [{ port }], ...to({ subset: 'v1', port }) })),
  },
  'two ports, a route each, without destination port': {
    ports: [http9080, http9090],
    http: [9080, 9090].map((port) => ({ match: [{ port }], ...v1 })),
  },
  'two ports, a route for one': {
    ports: [http9080, http9090],
    http: [{ match: [{ port: 9080 }], ...to({ subset: 'v1', port: 9080 }) }],
  },
  'two ports, one sent to the other': {
    ports: [http9080, http9090],
    http: [{ match: [{ port: 9090 }], ...to({ subset: 'v1', port: 9080 }) }, to({ subset: 'v1', port: 9080 })],
  },
  'two ports, paths that match both': {
    ports: [http9080, http9090],
    http: [{ match: [path('/a'), { ...path('/b'), port: 9090 }], ...v1 }, v1],
  },
  'two ports, a route that leads to both': {
    ports: [http9080, http9090],
    http: [to({ subset: 'v1', port: 9080, weight: 50 }, { subset: 'v1', port: 9090, weight: 50 })],
  },
  'a port of TCP beside': { ports: [http9080, { name: 'tcp-data', port: 9070, targetPort: 9070 }], http: [v1] },
  'target port other than port': { ports: [{ ...http9080, targetPort: 8888 }], http: [v1] },
  'gRPC port': { ports: [{ name: 'grpc-api', port: 9080, targetPort: 9080 }], http: [v1] },
  'HTTP by appProtocol': { ports: [{ name: 'web', port: 9080, targetPort: 9080, appProtocol: 'http' }], http: [v1] },

  // Several routes and matches
  'paths by prefix, exact and regex': {
    http: [
      { match: [path('/a')], ...v1 },
      { match: [{ uri: { exact: '/b' } }], ...v1 },
      { match: [{ uri: { regex: '/c/.*' } }], ...v1 },
      v1,
    ],
  },
  'headers, methods, queries': {
    http: [
      { match: [{ headers: { 'x-user': { exact: 'a' } } }], ...v1 },
      { match: [{ method: { exact: 'POST' } }], ...v1 },
      { match: [{ queryParams: { q: { exact: '1' } } }], ...v1 },
      { match: [{ withoutHeaders: { 'x-a': { exact: '1' } } }], ...v1 },
      v1,
    ],
  },
  'several matches of one route': { http: [{ match: [path('/a'), path('/b'), path('/c')], ...v1 }, plain] },
  'no route for the rest': { http: [{ match: [path('/a')], ...v1 }] },
  'authority and scheme': {
    http: [
      { match: [{ authority: { prefix: 'reviews' } }], ...v1 },
      { match: [{ scheme: { exact: 'http' } }], ...v1 },
    ],
  },
  'case ignored': { http: [{ match: [{ uri: { prefix: '/A' }, ignoreUriCase: true }], ...v1 }, v1] },
  'a catch-all before others': { http: [v1, { match: [path('/never')], ...plain }, plain] },
  'prefix / before others': {
    http: [
      { match: [path('/')], ...v1 },
      { match: [path('/never')], ...v1 },
    ],
  },
  'named routes': {
    http: [
      { name: 'a', match: [path('/a')], ...v1 },
      { name: 'rest', ...v1 },
    ],
  },
  'two routes alike': { http: [{ match: [path('/a')], ...v1 }, { match: [path('/a')], ...v1 }, plain] },
  'matches for the mesh': { http: [{ match: [{ ...path('/a'), gateways: ['mesh'] }], ...v1 }, v1] },
  'matches for the client’s namespace': {
    http: [{ match: [{ ...path('/a'), sourceNamespace: clientNamespace }], ...v1 }, v1],
  },

  // Weights
  'two versions by weight': (namespace) => ({
    http: [to({ subset: 'v1', weight: 90 }, { subset: 'old', weight: 10 })],
    rules: () => [
      destinationRuleOf('reviews', namespace, {
        host: 'reviews',
        subsets: [subsetV1, { name: 'old', labels: { version: 'v0' } }],
      }),
    ],
  }),
  'a destination of weight 0': { http: [to({ subset: 'v1', weight: 100 }, { host: 'ratings', weight: 0 })] },
  'an only destination of weight 0': { http: [to({ subset: 'v1', weight: 0 })] },
  'a part to another host': { http: [to({ subset: 'v1', weight: 80 }, { host: 'ratings', weight: 20 })] },
  'a route to another host before': { http: [{ match: [path('/r')], ...to({ host: 'ratings' }) }, v1] },

  // Routes that cannot mirror
  'a redirect before': { http: [{ match: [path('/old')], redirect: { uri: '/new' } }, v1] },
  'a redirect alone': { http: [{ redirect: { uri: '/new' } }] },
  'a direct response before': { http: [{ match: [path('/no')], directResponse: { status: 403 } }, v1] },
  'a delegate before': (namespace) => ({
    http: [{ match: [path('/d')], delegate: { name: 'delegated', namespace } }, v1],
    moreVirtualServices: () => [virtualServiceOf('delegated', namespace, { http: [to({ host: 'ratings' })] })],
  }),

  'a delegate of the service’s own requests': (namespace) => ({
    http: [{ match: [path('/d')], delegate: { name: 'delegated', namespace } }, v1],
    moreVirtualServices: () => [virtualServiceOf('delegated', namespace, { http: [v1] })],
  }),
  'a delegate with a mirror of its own': (namespace) => ({
    http: [{ match: [path('/d')], delegate: { name: 'delegated', namespace } }, v1],
    moreVirtualServices: () => {
      const mirrored = { ...v1, mirror: { host: 'details' }, mirrorPercentage: { value: 25 } };
      return [virtualServiceOf('delegated', namespace, { http: [mirrored] })];
    },
  }),

  // Gateways and visibility
  'mesh and a gateway': { http: [v1], virtualService: { gateways: ['mesh', 'shop'] } },
  'mesh by name': { http: [v1], virtualService: { gateways: ['mesh'] } },
  'a gateway alone': { http: [v1], virtualService: { gateways: ['shop'], hosts: ['shop.example.com'] } },
  'exported to all': { http: [v1], virtualService: { exportTo: ['*'] } },
  'a route for the mesh, one for the gateway': {
    http: [
      { match: [{ ...path('/m'), gateways: ['mesh'] }], ...v1 },
      { match: [{ ...path('/g'), gateways: ['shop'] }], ...v1 },
      v1,
    ],
    virtualService: { gateways: ['mesh', 'shop'] },
  },
  'a gateway alone, paths and a redirect': {
    http: [
      { match: [path('/old')], redirect: { uri: '/new' } },
      { match: [path('/a'), { ...path('/b'), port: 8080 }], ...v1 },
      { name: 'rest', ...to({ subset: 'v1', port: 9080 }) },
    ],
    virtualService: { gateways: ['shop'], hosts: ['paths.example.com'] },
  },
  'a gateway beside a VirtualService of the mesh': (namespace) => ({
    http: [v1],
    moreVirtualServices: () => [
      virtualServiceOf('of-gateway', namespace, { hosts: ['beside.example.com'], gateways: ['shop'], http: [plain] }),
    ],
  }),
  'a Service of its namespace alone, seen from beside': {
    http: [v1],
    client: 'beside',
    annotations: { 'networking.istio.io/exportTo': '.' },
  },
  'private, seen from beside': { http: [v1], virtualService: { exportTo: ['.'] }, client: 'beside' },
  'private, seen from elsewhere': { http: [v1], virtualService: { exportTo: ['.'] } },
  'exported to the client’s namespace': { http: [v1], virtualService: { exportTo: [clientNamespace] } },
  'rules private, seen from beside': (namespace) => ({
    http: [v1],
    rules: () => [destinationRuleOf('reviews', namespace, { host: 'reviews', subsets: [subsetV1], exportTo: ['.'] })],
    client: 'beside',
  }),
  'rules private, seen from elsewhere': (namespace) => ({
    http: [v1],
    rules: () => [destinationRuleOf('reviews', namespace, { host: 'reviews', subsets: [subsetV1], exportTo: ['.'] })],
  }),
  'an older VirtualService of the same host': (namespace) => ({
    http: [v1],
    moreVirtualServices: () => [
      virtualServiceOf('younger', namespace, { hosts: [fqdn(namespace)], http: [to({ host: 'ratings' })] }),
    ],
  }),
  'a wildcard VirtualService beside an exact one': (namespace) => ({
    http: [v1],
    moreVirtualServices: () => [
      virtualServiceOf('wild', namespace, {
        hosts: [`*.${namespace}.svc.cluster.local`],
        http: [to({ host: 'ratings' })],
      }),
    ],
  }),

  // Mirrors that were there before
  'a mirror of others, all requests': { http: [{ ...v1, mirror: { host: 'ratings' } }] },
  'a mirror of others, a part': { http: [{ ...v1, mirror: { host: 'ratings' }, mirrorPercentage: { value: 12.5 } }] },
  'a mirror of others by the old field': { http: [{ ...v1, mirror: { host: 'ratings' }, mirrorPercent: 7 }] },
  'a mirror of others of nothing': { http: [{ ...v1, mirror: { host: 'ratings' }, mirrorPercentage: {} }] },
  'mirrors of others': {
    http: [
      {
        ...v1,
        mirrors: [
          { destination: { host: 'ratings' }, percentage: { value: 1 } },
          { destination: { host: 'details', port: { number: 9080 } } },
        ],
      },
    ],
  },
  'a mirror of others, 0.57 %': { http: [{ ...v1, mirror: { host: 'ratings' }, mirrorPercentage: { value: 0.57 } }] },
  'a mirror of others on one of two routes': {
    http: [{ match: [path('/a')], ...v1, mirror: { host: 'ratings' } }, v1],
  },

  // What else a route can hold
  'a fault of aborts': { http: [{ ...v1, fault: { abort: { percentage: { value: 10 }, httpStatus: 503 } } }] },
  'a fault of delays': { http: [{ ...v1, fault: { delay: { percentage: { value: 10 }, fixedDelay: '1s' } } }] },
  'headers changed': {
    http: [{ ...v1, headers: { request: { set: { 'x-a': '1' } }, response: { remove: ['x-b'] } } }],
  },
  'retries and a timeout': { http: [{ ...v1, timeout: '3s', retries: { attempts: 2, perTryTimeout: '1s' } }] },
  'a rewrite': { http: [{ match: [path('/a')], ...v1, rewrite: { uri: '/b' } }, v1] },
  'a CORS policy': { http: [{ ...v1, corsPolicy: { allowOrigins: [{ exact: 'https://a.example' }] } }] },
  'a rewrite on two ports': { ports: [http9080, http9090], http: [{ ...v1, rewrite: { authority: 'inner' } }] },

  // DestinationRules
  'a wildcard rule of the root namespace': () => ({
    http: [plain],
    rules: () => [
      destinationRuleOf('mesh-wide', rootNamespace, {
        host: '*.svc.cluster.local',
        trafficPolicy: { connectionPool: { tcp: { maxConnections: 77 } } },
      }),
    ],
  }),
  'a wildcard rule of the namespace': (namespace) => ({
    http: [plain],
    rules: () => [
      destinationRuleOf('wide', namespace, {
        host: `*.${namespace}.svc.cluster.local`,
        trafficPolicy: { connectionPool: { tcp: { maxConnections: 7 } } },
      }),
    ],
  }),
  'a rule with a policy': (namespace) => ({
    http: [v1],
    rules: () => [
      destinationRuleOf('reviews', namespace, {
        host: 'reviews',
        trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } },
        subsets: [subsetV1],
      }),
    ],
  }),
  'rules in two objects': (namespace) => ({
    http: [v1],
    rules: () => [
      destinationRuleOf('one', namespace, { host: 'reviews', subsets: [subsetV1] }),
      destinationRuleOf('two', namespace, { host: 'reviews', subsets: [{ name: 'other', labels: { version: 'x' } }] }),
    ],
  }),
  'a rule of the client’s namespace without the mirror’s subset': (namespace) => ({
    http: [v1],
    rules: () => [
      destinationRuleOf('reviews', namespace, { host: 'reviews', subsets: [subsetV1] }),
      destinationRuleOf(`of-client-${namespace}`, clientNamespace, { host: fqdn(namespace), subsets: [subsetV1] }),
    ],
  }),
  'a subset that no rule has': { http: [to({ subset: 'v9' })] },

  // Placement
  'dedicated by wish': { http: [v1], input: { placement: 'dedicated' } },
  'subset by wish, no VirtualService': { rules: noRules, input: { placement: 'subset' } },
  'subset by wish, under a wildcard rule of the namespace': (namespace) => ({
    rules: () => [
      destinationRuleOf('wide', namespace, {
        host: `*.${namespace}.svc.cluster.local`,
        trafficPolicy: { connectionPool: { tcp: { maxConnections: 8 } }, loadBalancer: { simple: 'RANDOM' } },
      }),
    ],
    input: { placement: 'subset' },
  }),
  'subset by wish, under a rule with a policy and no subsets': (namespace) => ({
    http: [plain],
    rules: () => [
      destinationRuleOf('reviews', namespace, {
        host: 'reviews',
        trafficPolicy: { outlierDetection: { consecutive5xxErrors: 3 } },
      }),
    ],
    input: { placement: 'subset' },
  }),
  'subset by wish, no subset named': { http: [plain], input: { placement: 'subset' } },

  // Requests that are selected, of routes that select some themselves
  'a header by its whole value': selecting({ headers: { 'x-user': { exact: 'a' } } }),
  'a header by its beginning': selecting({ headers: { 'x-user': { prefix: 'a' } } }),
  'a header by a pattern': selecting({ headers: { 'x-user': { regex: 'a.*' } } }),
  'a header that is there': selecting({ headers: { 'x-user': {} } }),
  'a path as a whole': selecting({ path: { exact: '/a/b' } }),
  'a path by its beginning': selecting({ path: { prefix: '/a/b' } }),
  'a path by a pattern, of a route for headers': {
    http: [{ match: [{ headers: { 'x-a': { exact: '1' } } }], ...slow }, v1],
    input: { selection: { match: [{ path: { regex: '/a/[0-9]+' } }], methods: null } },
  },
  'alternatives, each of several conditions': selecting(
    { headers: { 'x-user': { exact: 'a' }, 'x-b': {} }, method: { exact: 'GET' } },
    { path: { prefix: '/a/b' }, method: { exact: 'POST' } },
  ),
  'methods alone': {
    http: [{ match: [path('/a'), { headers: { 'x-a': { exact: '1' } } }], ...slow }, v1],
    input: { selection: { match: [], methods: ['GET', 'HEAD', 'OPTIONS'] } },
  },
  'a header, and methods, on two ports': {
    ports: [http9080, http9090],
    http: [{ match: [path('/a')], ...slow }, v1],
    input: { selection: { match: [{ headers: { 'x-user': { exact: 'a' } } }], methods: ['GET'] } },
  },
  'a header, and no VirtualService': {
    input: { selection: { match: [{ headers: { 'x-user': { exact: 'a' } } }], methods: null } },
  },
};

/** A route for a path and one for the rest, of which the requests with these conditions are copied. */
function selecting(...match: RequestMatch[]): Parts {
  return { http: [{ match: [path('/a')], ...slow }, v1], input: { selection: { match, methods: null } } };
}

/** Percentages that the shapes take in turn. */
const percentages = [0.0001, 0.29, 0.57, 1.13, 5, 10, 12.5, 33.3333, 50, 99.9999, 100];

/** Every shape with the namespace that it stands in. */
export const shapes: { namespace: string; shape: Shape }[] = Object.entries(builders).map(([title, builder], index) => {
  const namespace = `shape-${index + 1}`;
  const parts = typeof builder === 'function' ? builder(namespace) : builder;
  const { http, virtualService, moreVirtualServices = noRules, rules, ports, input, client, annotations } = parts;
  const own = http ? [virtualServiceOf('reviews', namespace, { hosts: ['reviews'], http, ...virtualService })] : [];
  const usual = [destinationRuleOf('reviews', namespace, { host: 'reviews', subsets: [subsetV1] })];
  return {
    namespace,
    shape: {
      title,
      ports: ports ?? [http9080],
      virtualServices: [...own, ...moreVirtualServices(namespace)],
      destinationRules: rules ? rules(namespace) : usual,
      input: { percentage: percentages[index % percentages.length]!, ...input },
      client: client ?? 'elsewhere',
      annotations: annotations ?? {},
    },
  };
});
