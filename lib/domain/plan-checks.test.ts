import { describe, expect, it } from 'vitest';
import type { HttpRoute, Pod } from './kubernetes.ts';
import { permissionsNeeded } from './permissions.ts';
import { planCreate } from './plan-create.ts';
import type { HttpRouteObject, IngressObject, PlanningSnapshot, SelectingObject } from './planning-snapshot.ts';
import { checksOf, found, namespace, policy } from './testing/checks.ts';
import { deploymentOf, destinationRuleOf, podsOf, reviews, serviceOf, virtualServiceOf } from './testing/snapshot.ts';

const httpPort = { name: 'http', port: 9080 };
const v1 = deploymentOf('reviews-v1', namespace, { app: 'reviews', version: 'v1' });

const rules = (http: HttpRoute[]) => ({
  virtualServices: [virtualServiceOf('reviews', namespace, { hosts: ['reviews'], http })],
});

const ingress: IngressObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'shop', namespace },
  spec: { rules: [{ http: { paths: [{ backend: { service: { name: 'reviews' } } }] } }] },
};
const gatewayRoute: HttpRouteObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'shop', namespace: 'gateways' },
  spec: { parentRefs: [{ name: 'shop' }], rules: [{ backendRefs: [{ name: 'reviews', namespace }] }] },
};

describe('checks of the service', () => {
  it.each([
    ['missing', { services: [] }],
    [
      'service_headless',
      {
        services: [
          {
            ...serviceOf('reviews', namespace, [httpPort]),
            spec: { clusterIP: 'None', selector: { app: 'reviews' }, ports: [httpPort] },
          },
        ],
      },
    ],
    ['service_no_selector', { services: [serviceOf('reviews', namespace, [httpPort], {})] }],
    ['service_no_workload', { deployments: [] }],
    ['service_no_pods', { pods: [] }],
  ] satisfies [string, Partial<PlanningSnapshot>][])('fail as %s', (reason, snapshot) => {
    expect(found(checksOf(snapshot), 'service')).toEqual([`fail ${reason}`]);
  });

  it('fail where nothing is left, or known, that answers clients: nothing is planned then', () => {
    const { snapshot, input } = reviews();
    const all = planCreate({ ...input, target: { kind: 'version', existing: 'reviews-v1' } }, snapshot);
    expect(all.spec).toBeNull();
    expect(found(all.checks, 'service')).toEqual(['fail all_chosen']);
    const hidden = { deployments: [], unreadable: [{ kind: 'Deployment', namespace }] };
    expect(found(checksOf(hidden), 'service')).toEqual(['fail unreadable']);
  });

  it('fail for a port that does not exist or declares no HTTP', () => {
    const services = [serviceOf('reviews', namespace, [httpPort, { name: 'tcp-admin', port: 1234 }])];
    expect(found(checksOf({ services }, { ports: [1] }), 'port_exists')).toEqual(['fail']);
    expect(found(checksOf({ services }, { ports: [1234] }), 'http_port')).toEqual(['fail']);
    expect(found(checksOf({ services }, { ports: [9080] }), 'http_port')).toEqual(['pass']);
  });

  it('tell live pods without sidecar, and where nobody knows', () => {
    const bare = podsOf(v1).map((pod) => ({ ...pod, spec: { containers: [{ name: 'reviews' }] } }));
    expect(found(checksOf({ pods: bare }), 'sidecar_primary')).toEqual(['fail']);
    expect(found(checksOf({ pods: [...podsOf(v1), ...bare] }), 'sidecar_primary')).toEqual(['warn']);
    const native = bare.map((pod) => ({
      ...pod,
      spec: { ...pod.spec, initContainers: [{ name: 'istio-proxy', restartPolicy: 'Always' }] },
    }));
    expect(found(checksOf({ pods: native }), 'sidecar_primary')).toEqual(['pass']);
    expect(found(checksOf({ pods: [], unreadable: [{ kind: 'Pod', namespace }] }), 'sidecar_primary')).toEqual([
      'unknown',
    ]);
  });
});

describe('checks of names and versions', () => {
  const target = (version: string) => ({ kind: 'version' as const, version, replicas: 1, containers: [] });

  it('fail for a version that is live, malformed, or whose Deployment exists', () => {
    expect(found(checksOf({}, { target: target('v1') }), 'version_new')).toEqual(['fail taken']);
    expect(found(checksOf({}, { target: target('v 2') }), 'version_new')).toEqual(['fail invalid']);
    const taken = deploymentOf('reviews-v2', namespace, { app: 'other' });
    expect(found(checksOf({ deployments: [v1, taken] }), 'workload_exists')).toEqual(['fail taken']);
  });

  it('fail for an existing workload that does not exist, and for a container that the live one lacks', () => {
    expect(found(checksOf({}, { target: { kind: 'version', existing: 'nobody' } }), 'workload_exists')).toEqual([
      'fail missing',
    ]);
    const changes = { ...target('v2'), containers: [{ name: 'sidekick' }] };
    expect(found(checksOf({}, { target: changes }), 'containers')).toEqual(['fail']);
  });
});

describe('checks of the routes', () => {
  const toV1 = { destination: { host: 'reviews', subset: 'v1' } };

  it('name every route that cannot mirror, and fail when none can', () => {
    const others = [{ redirect: { uri: '/x' } }, { directResponse: { status: 404 } }, { delegate: { name: 'x' } }].map(
      (action, index) => ({ ...action, match: [{ uri: { exact: `/${index}` } }] }),
    );
    const some = found(checksOf(rules([...others, { route: [toV1] }])), 'virtual_service_routes');
    expect(some).toEqual(['warn redirect', 'warn direct_response', 'warn delegate']);
    expect(found(checksOf(rules(others)), 'virtual_service_routes')[0]).toBe('fail none');
  });

  it('tell a port whose requests are copied nowhere, not one whose requests are copied on the port they are sent to', () => {
    const services = [serviceOf('reviews', namespace, [httpPort, { name: 'http-admin', port: 9090 }])];
    const toPort = (match: HttpRoute['match']) => ({
      ...(match && { match }),
      route: [{ destination: { host: 'reviews', subset: 'v1', port: { number: 9080 } } }],
    });
    const of = (route: HttpRoute) => found(checksOf({ services, ...rules([route]) }), 'virtual_service_routes');
    expect(of(toPort(undefined))).toEqual(['pass']);
    expect(of(toPort([{ port: 9090 }]))).toEqual(['pass']);
    expect(of(toPort([{ port: 9080 }]))).toEqual(['warn port_not_covered']);
  });

  it('tell a route of the service behind one that takes every request, and no other route there', () => {
    const behind = (host: string): HttpRoute => ({
      match: [{ uri: { prefix: '/x' } }],
      route: [{ destination: { host } }],
    });
    const of = (...http: HttpRoute[]) => found(checksOf(rules([{ route: [toV1] }, ...http])), 'virtual_service_routes');
    expect(of(behind('reviews'))).toEqual(['warn unreachable']);
    expect(of(behind('ratings'))).toEqual(['pass']);
  });

  it('tell a younger VirtualService for the same host: the oldest wins', () => {
    const [older] = rules([{ route: [toV1] }]).virtualServices;
    const younger = virtualServiceOf('younger', namespace, {
      hosts: ['reviews.demo-project.svc.cluster.local'],
      http: [{ route: [toV1] }],
    });
    younger.metadata.creationTimestamp = '2026-02-01T00:00:00Z';
    const checks = checksOf({ virtualServices: [younger, ...(older ? [older] : [])] });
    expect(found(checks, 'duplicate_host')).toEqual(['warn shadowed']);
  });

  it('fail where a VirtualService of the task’s would stand beside a Gateway API route for the Service', () => {
    const httpRoutes: HttpRouteObject[] = [
      {
        ...gatewayRoute,
        metadata: { name: 'reviews', namespace },
        spec: { parentRefs: [{ kind: 'Service', name: 'reviews' }] },
      },
    ];
    expect(found(checksOf({ httpRoutes, virtualServices: [] }), 'duplicate_host')).toEqual(['fail http_route']);
    expect(found(checksOf({ httpRoutes }), 'duplicate_host')).toEqual(['pass']);
  });

  it('fail where a live route names a subset that no rule has', () => {
    expect(found(checksOf({ destinationRules: [] }), 'subset_exists')).toEqual(['fail']);
  });

  it('warn of a client namespace whose own rule lacks the subset, fail when routes get pinned to it', () => {
    const own = destinationRuleOf('own', 'clients', {
      host: 'reviews.demo-project.svc.cluster.local',
      subsets: [{ name: 'v1', labels: { version: 'v1' } }],
    });
    const destinationRules = [...reviews().snapshot.destinationRules, own];
    expect(found(checksOf({ destinationRules }), 'destination_rule_path')).toEqual(['warn client_rule']);
    const unpinned = rules([{ route: [{ destination: { host: 'reviews' } }] }]);
    const empty = { ...own, spec: { ...own.spec, subsets: [] } };
    const pinned = checksOf(
      { ...unpinned, destinationRules: [...reviews().snapshot.destinationRules, empty] },
      { placement: 'subset' },
    );
    expect(found(pinned, 'destination_rule_path')).toEqual(['fail client_rule']);
  });

  it('warn where other namespaces follow the routes but do not see the rule with the subset', () => {
    const destinationRules = reviews().snapshot.destinationRules.map((rule) => ({
      ...rule,
      spec: { ...rule.spec, exportTo: ['.'] },
    }));
    expect(found(checksOf({ destinationRules }), 'destination_rule_path')).toEqual(['warn private']);
  });
});

describe('placement', () => {
  const refusals = (snapshot: Partial<PlanningSnapshot>) =>
    found(checksOf(snapshot, { placement: 'subset' }), 'placement_subset');
  const seed = reviews().snapshot;
  const notPinned = rules([{ route: [{ destination: { host: 'reviews' } }] }]).virtualServices;
  const pinned = { destination: { host: 'reviews', subset: 'v1' } };
  const twoPorts = serviceOf('reviews', namespace, [httpPort, { name: 'http-admin', port: 9090 }]);
  const bare: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'job-1', namespace, labels: { app: 'job' } },
    spec: { containers: [{ name: 'job' }] },
    status: { phase: 'Running' },
  };

  it.each<[string, Partial<PlanningSnapshot>]>([
    ['tcp_port', { services: [serviceOf('reviews', namespace, [httpPort, { name: 'tcp', port: 1 }])] }],
    [
      'other_service',
      { services: [...seed.services, serviceOf('all-reviews', namespace, [httpPort], { app: 'reviews' })] },
    ],
    [
      'tcp_route',
      {
        virtualServices: [
          ...seed.virtualServices,
          virtualServiceOf('tcp', namespace, {
            hosts: ['db'],
            tcp: [{ route: [{ destination: { host: 'reviews' } }] }],
          }),
        ],
      },
    ],
    [
      'pin_selects_mirror',
      {
        destinationRules: [
          destinationRuleOf('reviews', namespace, {
            host: 'reviews',
            subsets: [{ name: 'v1', labels: { app: 'reviews' } }],
          }),
        ],
      },
    ],
    [
      'pin_selects_mirror',
      {
        destinationRules: [
          ...seed.destinationRules,
          destinationRuleOf('theirs', 'clients', {
            host: 'reviews.demo-project.svc.cluster.local',
            subsets: [{ name: 'v1', labels: { app: 'reviews' } }],
          }),
        ],
      },
    ],
    ['outside_callers', { requestsFromOutside: 3 }],
    ['entrance', { ingresses: [ingress] }],
    ['entrance', { httpRoutes: [gatewayRoute] }],
    ['unrouted', { ...rules([{ match: [{ port: 9080 }], route: [pinned] }]), services: [twoPorts] }],
    ['unrouted', rules([{ match: [{ sourceLabels: { app: 'productpage' } }], route: [pinned] }])],
    ['unrouted', rules([{ match: [{ sourceNamespace: 'shop' }], route: [pinned] }])],
    [
      'unrouted',
      {
        virtualServices: [
          virtualServiceOf('reviews', namespace, {
            hosts: ['reviews'],
            gateways: ['mesh', 'shop'],
            http: [{ match: [{ gateways: ['shop'] }], route: [pinned] }],
          }),
        ],
      },
    ],
    [
      'client_rule',
      {
        virtualServices: [
          ...notPinned,
          virtualServiceOf('ingress', 'istio-system', {
            hosts: ['shop.example'],
            gateways: ['shop'],
            http: [{ route: [{ destination: { host: 'reviews.demo-project.svc.cluster.local' } }] }],
          }),
        ],
        destinationRules: [
          ...seed.destinationRules,
          destinationRuleOf('of-gateways', 'istio-system', {
            host: 'reviews.demo-project.svc.cluster.local',
            exportTo: ['.'],
          }),
        ],
      },
    ],
    ['outside_callers_possible', { requestsFromOutside: null, pods: [...seed.pods, bare] }],
    [
      'private_rule',
      {
        virtualServices: notPinned,
        destinationRules: seed.destinationRules.map((rule) => ({ ...rule, spec: { ...rule.spec, exportTo: ['.'] } })),
      },
    ],
    [
      'private_rule',
      {
        virtualServices: notPinned,
        destinationRules: [
          destinationRuleOf('all', namespace, {
            host: '*.demo-project.svc.cluster.local',
            exportTo: ['.'],
            trafficPolicy: {},
          }),
        ],
      },
    ],
    [
      'rule_elsewhere',
      {
        destinationRules: seed.destinationRules.map((rule) => ({
          ...rule,
          metadata: { ...rule.metadata, namespace: 'istio-system' },
          spec: { ...rule.spec, host: '*.svc.cluster.local' },
        })),
      },
    ],
  ])('subset is refused for %s, and dedicated proposed instead', (reason, snapshot) => {
    expect(refusals(snapshot)).toContain(`fail ${reason}`);
    const { spec } = planCreate(reviews().input, { ...seed, ...snapshot });
    expect(spec?.targets[0].placement).toBe('dedicated');
  });

  describe('callers outside the mesh', () => {
    const strict = (spec: SelectingObject['spec'], where = namespace) => ({
      ...policy('PeerAuthentication', spec),
      metadata: { name: 'mtls', namespace: where },
    });
    const seen: Partial<PlanningSnapshot> = { requestsFromOutside: 3 };
    const quiet: Partial<PlanningSnapshot> = { requestsFromOutside: 0, pods: [...seed.pods, bare] };

    it('forbid no subset when they did not call for a day, or when mTLS keeps them out', () => {
      expect(refusals(quiet)).toEqual(['pass']);
      expect(found(checksOf(quiet), 'sidecar_callers')).toEqual(['pass quiet']);
      for (const peerAuthentications of [
        [strict({ mtls: { mode: 'STRICT' } })],
        [strict({ mtls: { mode: 'STRICT' } }, 'istio-system'), strict({ mtls: { mode: 'UNSET' } })],
        [
          strict({ mtls: { mode: 'PERMISSIVE' } }),
          strict({ selector: { matchLabels: { app: 'reviews' } }, mtls: { mode: 'STRICT' } }),
        ],
      ]) {
        expect(refusals({ ...seen, peerAuthentications })).toEqual(['pass']);
        expect(found(checksOf({ ...seen, peerAuthentications }), 'sidecar_callers')).toEqual(['pass refused']);
      }
    });

    it('forbid it where mTLS is not surely strict for the mirror and for every live version', () => {
      for (const peerAuthentications of [
        [
          strict({ mtls: { mode: 'STRICT' } }),
          strict({ selector: { matchLabels: { version: 'v1' } }, mtls: { mode: 'PERMISSIVE' } }),
        ],
        [strict({ mtls: { mode: 'PERMISSIVE' } })],
        [strict({ mtls: { mode: 'STRICT' } }, 'elsewhere')],
        [strict({ mtls: { mode: 'STRICT' } }, 'istio-system'), strict({ mtls: { mode: 'DISABLE' } })],
        [strict({ selector: { matchLabels: { version: 'v1' } }, mtls: { mode: 'STRICT' } })],
        [
          strict({
            selector: { matchLabels: { app: 'reviews' } },
            mtls: { mode: 'STRICT' },
            portLevelMtls: { 9080: { mode: 'PERMISSIVE' } },
          }),
        ],
      ]) {
        expect(refusals({ ...seen, peerAuthentications })).toEqual(['fail outside_callers']);
      }
      const unreadable = [{ kind: 'PeerAuthentication', namespace: 'istio-system' }];
      const peerAuthentications = [strict({ mtls: { mode: 'STRICT' } })];
      expect(refusals({ ...seen, peerAuthentications, unreadable })).toEqual(['fail outside_callers']);
    });

    it.each<[string, Partial<PlanningSnapshot>]>([
      ['every pod here has a sidecar', { requestsFromOutside: null }],
      ['pods cannot be read', { requestsFromOutside: null, unreadable: [{ kind: 'Pod', namespace }] }],
    ])('are unknown where nobody measures and %s: subset is not proposed, but may be chosen', (_, parts) => {
      expect(found(checksOf(parts), 'sidecar_callers')).toEqual(['unknown unmeasured']);
      expect(planCreate(reviews().input, { ...seed, ...parts }).spec?.targets[0].placement).toBe('dedicated');
      expect(refusals(parts)).toEqual(['pass']);
    });
  });

  it('pins are refused while some VirtualServices cannot be read; an owner’s pins are not', () => {
    const unreadable = [{ kind: 'VirtualService', namespace: '*' }];
    expect(refusals({ unreadable })).toEqual(['pass']);
    const virtualServices = [
      virtualServiceOf('reviews', namespace, {
        hosts: ['reviews'],
        http: [{ route: [{ destination: { host: 'reviews' } }] }],
      }),
    ];
    expect(refusals({ unreadable, virtualServices })).toEqual(['fail unreadable']);
    expect(found(checksOf({ unreadable }), 'unreadable')).toEqual(['unknown']);
    const several = [...unreadable, { kind: 'Sidecar', namespace: '*' }, { kind: 'Pod', namespace }];
    const told = checksOf({ unreadable: several }).filter(({ code }) => code === 'unreadable');
    expect(told.map(({ params }) => params)).toEqual([
      { kind: 'VirtualService, Sidecar', scope: 'others', namespace: '*' },
      { kind: 'Pod', scope: 'one', namespace },
    ]);
  });

  it('pins are refused when they would leave out a pod that answers now', () => {
    const stray = podsOf(deploymentOf('reviews-old', namespace, { app: 'reviews', version: 'v0' }));
    const virtualServices = [
      virtualServiceOf('reviews', namespace, {
        hosts: ['reviews'],
        http: [{ route: [{ destination: { host: 'reviews' } }] }],
      }),
    ];
    expect(refusals({ pods: [...seed.pods, ...stray], virtualServices })).toEqual(['fail live_subset_incomplete']);
  });
});

describe('an existing workload', () => {
  const existing = deploymentOf('reviews-v2', namespace, { app: 'reviews', version: 'v2' });
  const { snapshot } = reviews();
  const servesLive = (parts: Partial<PlanningSnapshot>) =>
    found(
      checksOf(
        { deployments: [...snapshot.deployments, existing], pods: podsOf(...snapshot.deployments, existing), ...parts },
        { target: { kind: 'version', existing: 'reviews-v2' } },
      ),
      'target_serves_live',
    );

  it('passes when every route is pinned to the live version', () => {
    expect(servesLive({})).toEqual(['pass']);
  });

  it.each<[string, Partial<PlanningSnapshot>]>([
    ['no_rules', { virtualServices: [] }],
    ['route', rules([{ route: [{ destination: { host: 'reviews' } }] }])],
    [
      'route',
      {
        ...rules([
          {
            match: [{ uri: { prefix: '/x' } }],
            route: [{ destination: { host: 'reviews', subset: 'v2' }, weight: 0 }],
          },
          { route: [{ destination: { host: 'reviews', subset: 'v1' } }] },
        ]),
        destinationRules: [
          destinationRuleOf('reviews', namespace, {
            host: 'reviews',
            subsets: ['v1', 'v2'].map((name) => ({ name, labels: { version: name } })),
          }),
        ],
      },
    ],
    [
      'unrouted',
      rules([{ match: [{ sourceLabels: { app: 'x' } }], route: [{ destination: { host: 'reviews', subset: 'v1' } }] }]),
    ],
    ['outside_callers', { requestsFromOutside: 1 }],
    ['entrance', { httpRoutes: [gatewayRoute] }],
    [
      'other_service',
      { services: [...snapshot.services, serviceOf('v2-only', namespace, [httpPort], { version: 'v2' })] },
    ],
    [
      'route',
      {
        destinationRules: [
          ...snapshot.destinationRules,
          destinationRuleOf('theirs', 'clients', {
            host: 'reviews.demo-project.svc.cluster.local',
            subsets: [{ name: 'v1', labels: {} }],
          }),
        ],
      },
    ],
  ])('fails as %s when live requests reach it', (reason, parts) => {
    expect(servesLive(parts)).toEqual([`fail ${reason}`]);
  });

  it('fails without a version label where only that can tell its pods from the live ones', () => {
    const unlabelled = deploymentOf('reviews-next', namespace, { app: 'reviews', track: 'next' });
    const checks = checksOf(
      { deployments: [...snapshot.deployments, unlabelled], pods: podsOf(...snapshot.deployments, unlabelled) },
      { target: { kind: 'version', existing: 'reviews-next' } },
    );
    expect(found(checks, 'version_new')).toEqual(['fail unlabelled']);
  });

  it.each(['Service', 'VirtualService', 'DestinationRule'])('is unknown while a %s may be hidden', (kind) => {
    const unreadable = [{ kind, namespace: '*' }];
    expect(servesLive({ unreadable })).toEqual(['unknown']);
    expect(found(checksOf({ unreadable }), 'target_serves_live')).toEqual(['unknown']);
    expect(found(checksOf({ unreadable }, { placement: 'dedicated' }), 'target_serves_live')).toEqual(['pass']);
  });
});

describe('checks of what selects the mirror', () => {
  it('name policies that hold for the live pods only, or for the mirror too', () => {
    const checks = checksOf(
      {
        networkPolicies: [
          policy('NetworkPolicy', { podSelector: { matchLabels: { version: 'v1' } } }),
          policy('NetworkPolicy', { podSelector: {} }),
        ],
        peerAuthentications: [policy('PeerAuthentication', { selector: { matchLabels: { version: 'v2' } } })],
        horizontalPodAutoscalers: [policy('HorizontalPodAutoscaler', { scaleTargetRef: { name: 'reviews-v1' } })],
      },
      {},
    );
    expect(found(checks, 'selected_by_accident')).toEqual(['warn not', 'warn too']);
  });

  it('count a disruption budget only where it selects the mirror too', () => {
    const budget = (matchLabels: Record<string, string>) => ({
      podDisruptionBudgets: [policy('PodDisruptionBudget', { selector: { matchLabels } })],
    });
    expect(found(checksOf(budget({ app: 'reviews' })), 'selected_by_accident')).toEqual(['warn too']);
    expect(found(checksOf(budget({ version: 'v1' })), 'selected_by_accident')).toEqual(['pass']);
  });

  it('are unknown where a kind that selects pods cannot be read', () => {
    const unreadable = [{ kind: 'NetworkPolicy', namespace }];
    const [check] = checksOf({ unreadable }).filter(({ code }) => code === 'selected_by_accident');
    expect(check).toMatchObject({ severity: 'unknown', params: { kinds: 'NetworkPolicy', namespaces: namespace } });
  });

  it('compare an existing workload with the live pods, but for budgets and Services of its own', () => {
    const existing = deploymentOf('reviews-v2', namespace, { app: 'reviews', version: 'v2' });
    const ofExisting = { selector: { matchLabels: { version: 'v2' } } };
    const checks = checksOf(
      {
        deployments: [v1, existing],
        pods: podsOf(v1, existing),
        podDisruptionBudgets: [policy('PodDisruptionBudget', ofExisting)],
        networkPolicies: [policy('NetworkPolicy', { podSelector: { matchLabels: { version: 'v1' } } })],
      },
      { target: { kind: 'version', existing: 'reviews-v2' } },
    );
    expect(found(checks, 'selected_by_accident')).toEqual(['warn not']);
  });

  it('list what an existing workload has in common with the live version, not what it has of its own', () => {
    const withSecrets = (name: string, version: string, secrets: string[]) => {
      const deployment = deploymentOf(name, namespace, { app: 'reviews', version });
      const envFrom = secrets.map((secret) => ({ secretRef: { name: secret } }));
      Object.assign(deployment.spec.template.spec.containers[0] ?? {}, { envFrom });
      return deployment;
    };
    const of = (secrets: string[]) => {
      const deployments = [withSecrets('reviews-v1', 'v1', ['live-db']), withSecrets('reviews-v2', 'v2', secrets)];
      const target = { kind: 'version' as const, existing: 'reviews-v2' };
      return checksOf({ deployments, pods: podsOf(...deployments) }, { target }).find(
        ({ code }) => code === 'shared_state',
      );
    };
    expect(of(['live-db', 'own-db'])).toMatchObject({ severity: 'warn', params: { items: 'Secret live-db' } });
    expect(of(['own-db'])).toMatchObject({ severity: 'pass' });
  });

  it('list what the copy shares with the live version', () => {
    const shared = deploymentOf('reviews-v1', namespace, { app: 'reviews', version: 'v1' });
    Object.assign(shared.spec.template.spec, {
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'reviews-data' } }],
      serviceAccountName: 'reviews',
    });
    Object.assign(shared.spec.template.spec.containers[0] ?? {}, {
      env: [{ name: 'DB', valueFrom: { secretKeyRef: { name: 'reviews-db', key: 'password' } } }],
    });
    const check = checksOf({ deployments: [shared] }).find(({ code }) => code === 'shared_state');
    expect(check).toMatchObject({
      severity: 'warn',
      params: { items: 'PersistentVolumeClaim reviews-data, Secret reviews-db, ServiceAccount reviews' },
    });
  });
});

describe('permissions', () => {
  it('fail by name when one is missing, pass when all are there', () => {
    const { spec } = planCreate(reviews().input, reviews().snapshot);
    if (!spec) throw new Error('no plan');
    const all = permissionsNeeded('create', spec).map((permission) => ({ ...permission, allowed: true }));
    expect(found(checksOf({ permissions: all }), 'permissions')).toEqual(['pass']);
    const some = all.map((item) => ({
      ...item,
      allowed: item.resource !== 'destinationrules' || item.verb !== 'update',
    }));
    const [check] = checksOf({ permissions: some }).filter(({ code }) => code === 'permissions');
    expect(check).toMatchObject({
      severity: 'fail',
      params: { permissions: 'update destinationrules.networking.istio.io (demo-project)' },
    });
  });
});
