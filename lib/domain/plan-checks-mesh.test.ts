import { describe, expect, it } from 'vitest';
import type { HttpRoute, Pod } from './kubernetes.ts';
import type { HttpRouteObject, IngressObject, PlanningSnapshot, SelectingObject } from './planning-snapshot.ts';
import { checksOf, found, namespace, policy } from './testing/checks.ts';
import { deploymentOf, destinationRuleOf, podsOf, reviews, virtualServiceOf } from './testing/snapshot.ts';

const host = 'reviews.demo-project.svc.cluster.local';
const toV1 = { destination: { host: 'reviews', subset: 'v1' } };
const rules = (route: Partial<HttpRoute>) => ({
  virtualServices: [
    virtualServiceOf('reviews', namespace, { hosts: ['reviews'], http: [{ route: [toV1], ...route }] }),
  ],
});

function withProxy(tag: string): { pods: Pod[] } {
  const pods = podsOf(deploymentOf('reviews-v1', namespace, { app: 'reviews', version: 'v1' }));
  const proxy = { name: 'istio-proxy', image: `registry.example:5000/istio/proxyv2:${tag}` };
  return { pods: pods.map((pod) => ({ ...pod, spec: { containers: [{ name: 'reviews' }, proxy] } })) };
}

describe('istio', () => {
  const mirrored = rules({ mirror: { host: 'ratings' } });

  it('fails where its kinds are not served, and is unknown where nothing tells its version', () => {
    expect(found(checksOf({ notServed: ['VirtualService'] }), 'istio')).toEqual(['fail not_served']);
    expect(found(checksOf({ istioVersion: null }), 'istio')).toEqual(['unknown']);
    const [told] = checksOf({ istioVersion: null, ...withProxy('1.27.1-distroless') }).filter(
      ({ code }) => code === 'istio',
    );
    expect(told).toMatchObject({ severity: 'pass', params: { version: '1.27.1-distroless' } });
  });

  it('fails where a second copy is asked of a release that makes one', () => {
    expect(found(checksOf({ istioVersion: '1.19.4', ...mirrored }), 'istio')).toEqual(['fail mirrors']);
    expect(found(checksOf({ istioVersion: '1.20.0', ...mirrored }), 'istio')).toEqual(['pass']);
    expect(found(checksOf({ istioVersion: '1.19.4' }), 'istio')).toEqual(['pass']);
  });
});

describe('ambient', () => {
  const captured: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-1',
      namespace,
      labels: { app: 'web' },
      annotations: { 'ambient.istio.io/redirection': 'enabled' },
    },
    spec: { containers: [{ name: 'web' }] },
    status: { phase: 'Running' },
  };
  const { snapshot } = reviews();
  const here = { pods: [...snapshot.pods, captured] };
  const waypoint = {
    services: snapshot.services.map((service) => ({
      ...service,
      metadata: { ...service.metadata, labels: { 'istio.io/use-waypoint': 'waypoint' } },
    })),
  };

  it('fails for callers in the namespace where they would reach the mirror, warns where they only go uncopied', () => {
    expect(found(checksOf(here, { placement: 'subset' }), 'ambient')).toEqual(['fail here']);
    expect(found(checksOf(here, { placement: 'dedicated' }), 'ambient')).toEqual(['warn here']);
    expect(found(checksOf({ ...here, ...waypoint }, { placement: 'subset' }), 'ambient')).toEqual(['warn waypoint']);
    const ofNamespace = { namespaces: [{ name: namespace, labels: { 'istio.io/use-waypoint': 'waypoint' } }] };
    expect(found(checksOf({ ...here, ...ofNamespace }), 'ambient')).toEqual(['warn waypoint']);
  });

  it('is unknown for other namespaces in that mode, and where pods cannot be read', () => {
    const namespaces = [{ name: 'shop', labels: { 'istio.io/dataplane-mode': 'ambient' } }];
    expect(found(checksOf({ namespaces }), 'ambient')).toEqual(['unknown elsewhere']);
    expect(found(checksOf({ unreadable: [{ kind: 'Pod', namespace }] }), 'ambient')).toEqual(['unknown unreadable']);
  });

  it('passes for pods with sidecars', () => {
    const withSidecar = { ...captured, spec: { containers: [{ name: 'web' }, { name: 'istio-proxy' }] } };
    expect(found(checksOf({ pods: [...snapshot.pods, withSidecar] }), 'ambient')).toEqual(['pass']);
  });
});

describe('entrances', () => {
  const ingress: IngressObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'shop', namespace },
    spec: { defaultBackend: { service: { name: 'reviews' } } },
  };
  const ofMesh: HttpRouteObject = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'reviews', namespace },
    spec: { parentRefs: [{ kind: 'Service', name: 'reviews' }] },
  };

  it('warns of requests that come past the VirtualServices', () => {
    expect(found(checksOf({ ingresses: [ingress] }), 'entrances')).toEqual(['warn gateway']);
    expect(found(checksOf({ httpRoutes: [ofMesh] }), 'entrances')).toEqual(['warn mesh']);
  });

  it('passes for objects of other services, and leaves to duplicate_host what stands against a plan', () => {
    const other = { ...ingress, spec: { defaultBackend: { service: { name: 'ratings' } } } };
    expect(found(checksOf({ ingresses: [other] }), 'entrances')).toEqual(['pass']);
    expect(found(checksOf({ httpRoutes: [ofMesh], virtualServices: [] }), 'entrances')).toEqual(['pass']);
  });

  it('is unknown where such objects cannot be read, and not where the cluster has none', () => {
    const unreadable = [{ kind: 'HTTPRoute', namespace: '*' }];
    const [check] = checksOf({ unreadable }).filter(({ code }) => code === 'entrances');
    expect(check).toMatchObject({ severity: 'unknown', params: { kinds: 'HTTPRoute', scope: 'others' } });
    expect(found(checksOf({ notServed: ['HTTPRoute'] }), 'entrances')).toEqual(['pass']);
  });
});

describe('sidecar_egress', () => {
  const sidecar = (hosts: string[], where = namespace, spec: SelectingObject['spec'] = {}) => ({
    sidecars: [policy('Sidecar', { ...spec, egress: [{ hosts }] }, where)],
  });
  const of = (snapshot: Partial<PlanningSnapshot>) => found(checksOf(snapshot), 'sidecar_egress');

  it.each([[['istio-system/*']], [['./ratings.demo-project.svc.cluster.local']], [['shop/*']], [['~/*']]])(
    'warns where %j leaves the host out',
    (hosts) => {
      expect(of(sidecar(hosts))).toEqual(['warn here']);
    },
  );

  it.each([[['./*']], [['*/*']], [[`${namespace}/${host}`]], [['*/*.svc.cluster.local']]])(
    'passes where %j has it',
    (hosts) => {
      expect(of(sidecar(hosts))).toEqual(['pass']);
    },
  );

  it('counts the mesh-wide one, and not those of other namespaces nor of the live pods', () => {
    expect(of(sidecar(['istio-system/*'], 'istio-system'))).toEqual(['warn root']);
    expect(of(sidecar(['*/*'], 'istio-system'))).toEqual(['pass']);
    expect(of(sidecar(['./*'], 'shop'))).toEqual(['pass']);
    const ofLive = { workloadSelector: { labels: { app: 'reviews' } } };
    expect(of(sidecar(['istio-system/*'], namespace, ofLive))).toEqual(['pass']);
    expect(of({ sidecars: [policy('Sidecar', {})] })).toEqual(['pass']);
  });

  it('is unknown where Sidecars that hold for callers here cannot be read', () => {
    expect(of({ unreadable: [{ kind: 'Sidecar', namespace: '*' }] })).toEqual(['unknown']);
    expect(of({ unreadable: [{ kind: 'Sidecar', namespace: 'shop' }] })).toEqual(['pass']);
  });
});

describe('limits', () => {
  const pool = (http: object, tcp: object = {}) => ({ connectionPool: { http, tcp } });
  const subsets = [{ name: 'v1', labels: { version: 'v1' } }];
  const ruled = (trafficPolicy: object) => ({
    destinationRules: [destinationRuleOf('reviews', namespace, { host: 'reviews', subsets, trafficPolicy })],
  });
  const of = (parts: Partial<PlanningSnapshot>, placement: 'subset' | 'dedicated' = 'subset') =>
    found(checksOf(parts, { placement }), 'limits');

  it('warns where neither a rule nor a timeout bounds copies that are not answered', () => {
    expect(of({})).toEqual(['warn']);
    expect(of(ruled(pool({ http1MaxPendingRequests: 10 })))).toEqual(['warn']);
    expect(of(rules({ timeout: '0s' }))).toEqual(['warn']);
  });

  it.each([
    ['requests', pool({ http2MaxRequests: 100 })],
    ['connections and what waits for one', pool({ http1MaxPendingRequests: 10 }, { maxConnections: 10 })],
    ['the port', { portLevelSettings: [{ port: { number: 9080 }, ...pool({ http2MaxRequests: 100 }) }] }],
  ])('passes where the rule of the mirror’s host limits %s', (_what, trafficPolicy) => {
    expect(of(ruled(trafficPolicy))).toEqual(['pass pool']);
  });

  it('takes the rule of the host that copies go to, and its narrowest settings', () => {
    const limited = pool({ http2MaxRequests: 100 });
    // A Service of the task's own has its own host.
    expect(of(ruled(limited), 'dedicated')).toEqual(['warn']);
    const wide = destinationRuleOf('all', 'istio-system', { host: '*.local', trafficPolicy: limited });
    expect(of({ destinationRules: [...reviews().snapshot.destinationRules, wide] }, 'dedicated')).toEqual([
      'pass pool',
    ]);
    const otherPort = { ...limited, portLevelSettings: [{ port: { number: 9080 } }] };
    expect(of(ruled(otherPort))).toEqual(['warn']);
  });

  it('takes the rule of a target Service where that one is', () => {
    const target = { kind: 'service' as const, namespace: 'shop', name: 'httpbin', port: 8000 };
    const trafficPolicy = pool({ http2MaxRequests: 100 });
    const ofTarget = (where: string) =>
      found(
        checksOf(
          { destinationRules: [destinationRuleOf('httpbin', where, { host: 'httpbin', trafficPolicy })] },
          { target },
        ),
        'limits',
      );
    expect(ofTarget('shop')).toEqual(['pass pool']);
    expect(ofTarget(namespace)).toEqual(['warn']);
  });

  it('passes where every copied route has a timeout', () => {
    expect(of(rules({ timeout: '0.5s' }))).toEqual(['pass timeout']);
  });
});

describe('body_size and shadow_host', () => {
  it('go by the version of the proxies, and of istiod', () => {
    expect(found(checksOf({ ...withProxy('1.24.6') }), 'body_size')).toEqual(['warn']);
    expect(found(checksOf({ ...withProxy('1.25.0') }), 'body_size')).toEqual(['pass']);
    expect(found(checksOf({ istioVersion: null }), 'body_size')).toEqual(['unknown']);
    expect(found(checksOf({ istioVersion: '1.28.0' }), 'shadow_host')).toEqual(['pass off']);
    expect(found(checksOf({ istioVersion: '1.27.3' }), 'shadow_host')).toEqual(['pass on']);
    // Proxies are never newer than istiod: they do not tell its version.
    expect(found(checksOf({ istioVersion: null, ...withProxy('1.27.3') }), 'shadow_host')).toEqual(['unknown']);
  });

  it('warn of a Host that another service never had', () => {
    const target = { kind: 'service' as const, namespace: 'shop', name: 'httpbin', port: 8000 };
    expect(found(checksOf({ istioVersion: '1.27.3' }, { target }), 'shadow_host')).toEqual(['warn elsewhere']);
    expect(found(checksOf({ istioVersion: '1.28.0' }, { target }), 'shadow_host')).toEqual(['pass off']);
  });

  it('warn where a policy of the mirror looks at the Host that copies have changed', () => {
    const looking = policy('AuthorizationPolicy', { rules: [{ to: [{ operation: { hosts: ['reviews'] } }] }] });
    expect(found(checksOf({ istioVersion: '1.27.3', authorizationPolicies: [looking] }), 'shadow_host')).toEqual([
      'warn policy',
    ]);
    const apart = { ...looking, spec: { ...looking.spec, selector: { matchLabels: { app: 'ratings' } } } };
    expect(found(checksOf({ istioVersion: '1.27.3', authorizationPolicies: [apart] }), 'shadow_host')).toEqual([
      'pass on',
    ]);
  });
});
