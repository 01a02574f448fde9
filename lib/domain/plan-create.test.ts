import { describe, expect, it } from 'vitest';
import { checkCodes, type Check, type CheckCode } from './check.ts';
import type { Service, VirtualService } from './kubernetes.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import { stepsFor } from './steps.ts';
import type { TaskSpec } from './task.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import {
  deploymentOf,
  destinationRuleOf,
  podsOf,
  reviews,
  serviceOf,
  snapshotOf,
  virtualServiceOf,
} from './testing/snapshot.ts';

function planned(input: PlanningInput, snapshot: PlanningSnapshot): { spec: TaskSpec; checks: Check[] } {
  const { spec, checks } = planCreate(input, snapshot);
  if (!spec) throw new Error(JSON.stringify(checks));
  return { spec, checks };
}

function severities(checks: readonly Check[], code: CheckCode): string[] {
  return checks.filter((check) => check.code === code).map(({ severity }) => severity);
}

function failures(checks: readonly Check[]): string[] {
  return checks
    .filter(({ severity }) => severity === 'fail')
    .map(({ code, params }) => `${code} ${params.reason ?? ''}`.trim());
}

describe('reviews of the KubeSphere document', () => {
  it('ends in the YAML of the document, with FQDN and port on the mirror', () => {
    const { snapshot, input } = reviews();
    const { spec, checks } = planned(input, snapshot);
    const cluster = new MemoryCluster([...snapshot.virtualServices, ...snapshot.destinationRules]);
    cluster.run('create', spec);

    expect(failures(checks)).toEqual([]);
    expect(spec.targets[0].placement).toBe('subset');
    expect(spec.targets[0].placementReason.code).toBe('placement_owner_pins');
    expect(cluster.virtualServices[0]?.spec).toEqual({
      hosts: ['reviews'],
      http: [
        {
          route: [{ destination: { host: 'reviews', port: { number: 9080 }, subset: 'v1' }, weight: 100 }],
          mirror: { host: 'reviews.demo-project.svc.cluster.local', port: { number: 9080 }, subset: 'v2' },
          mirrorPercentage: { value: 100 },
        },
      ],
    });
    expect(cluster.destinationRules[0]?.spec.subsets).toEqual([
      { name: 'v1', labels: { version: 'v1' } },
      { name: 'v2', labels: { version: 'v2' } },
    ]);
    expect(cluster.get('Deployment', 'demo-project', 'reviews-v2')).toMatchObject({
      metadata: {
        labels: { 'app.kubernetes.io/managed-by': 'mirror-console', 'mirror-console.io/task': 'reviews-v2' },
      },
      spec: {
        selector: { matchLabels: { app: 'reviews', version: 'v2' } },
        template: {
          metadata: { labels: { app: 'reviews', version: 'v2' } },
          spec: { containers: [{ name: 'reviews', image: 'examples-bookinfo-reviews-v2:1.16.2' }] },
        },
      },
    });
  });

  it('writes in the safe order: subsets, settled, before pods; the mirror last', () => {
    const { snapshot, input } = reviews();
    const { spec } = planned(input, snapshot);
    expect(stepsFor('create', spec).map(({ id }) => id)).toEqual([
      'record',
      'policies:AuthorizationPolicy',
      'subsets',
      'settle-subsets',
      'workload',
      'ready',
      'mirror:demo-project/reviews',
    ]);
    expect(stepsFor('delete', spec).map(({ id }) => id)).toEqual([
      'unmirror:demo-project/reviews',
      'release:demo-project/reviews',
      'settle-unmirror',
      'remove-workload',
      'gone',
      'remove-subsets',
      'release-rule:demo-project/reviews',
      'remove-policies:AuthorizationPolicy',
      'record',
    ]);
  });

  it('gives every object back as it was, managedFields included', () => {
    const { snapshot, input } = reviews();
    const { spec } = planned(input, snapshot);
    const cluster = new MemoryCluster([...snapshot.virtualServices, ...snapshot.destinationRules]);
    const before = cluster.content();
    cluster.run('create', spec);
    expect(cluster.virtualServices[0]?.metadata.managedFields).toEqual([
      { manager: 'mirror-console', operation: 'Update' },
    ]);
    cluster.run('delete', spec);
    expect(cluster.content()).toEqual(before);
    expect(cluster.virtualServices[0]?.metadata.managedFields).toEqual([]);
    expect(cluster.destinationRules[0]?.metadata.managedFields).toEqual([]);
  });

  it('tells every check of the plan, passed ones too', () => {
    const { snapshot, input } = reviews();
    const codes = new Set(planCreate({ ...input, safety: { marker: true } }, snapshot).checks.map(({ code }) => code));
    // Those two are the server's own: of the other tasks' records, and of its dry run.
    const ofServer = new Set<CheckCode>(['task_records', 'server_dry_run']);
    // Of a target that is a Service of somebody's, or a host outside.
    const isElsewhere = (code: CheckCode) =>
      /^(external_\w+|target_(service|port|visible|pods|own_traffic))$/.test(code);
    expect([...codes].sort()).toEqual(checkCodes.filter((code) => !ofServer.has(code) && !isElsewhere(code)).sort());
  });
});

describe('a service without any rules', () => {
  const ratings = (parts: Partial<PlanningSnapshot> = {}) => {
    const v1 = deploymentOf('ratings-v1', 'demo-project', {
      app: 'ratings',
      version: 'v1',
      'app.kubernetes.io/name': 'bookinfo',
      'app.kubernetes.io/version': 'v1',
    });
    return snapshotOf({
      services: [serviceOf('ratings', 'demo-project', [{ name: 'http', port: 9080 }])],
      deployments: [v1],
      pods: podsOf(v1),
      ...parts,
    });
  };
  const input: PlanningInput = {
    namespace: 'demo-project',
    name: 'ratings-v2',
    service: 'ratings',
    target: { kind: 'version', version: 'v2', replicas: 2, containers: [] },
    percentage: 10,
  };

  it('gets a dedicated mirror behind a Service of its own and a VirtualService of one route per port', () => {
    const { spec, checks } = planned(input, ratings());
    expect(failures(checks)).toEqual([]);
    expect(spec.targets[0].placement).toBe('dedicated');
    const cluster = new MemoryCluster([]);
    cluster.run('create', spec);
    expect(cluster.virtualServices[0]?.spec).toEqual({
      hosts: ['ratings.demo-project.svc.cluster.local'],
      http: [
        {
          name: 'port-9080',
          match: [{ port: 9080 }],
          route: [{ destination: { host: 'ratings.demo-project.svc.cluster.local', port: { number: 9080 } } }],
          mirror: { host: 'ratings-mirror-ratings-v2.demo-project.svc.cluster.local', port: { number: 9080 } },
          mirrorPercentage: { value: 10 },
        },
      ],
    });
    const service = cluster.list('Service')[0] as Service;
    expect(service.spec.selector).toEqual({ app: 'ratings-mirror-ratings-v2' });
    expect(service.metadata.ownerReferences).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'mirror-console.ratings-v2', uid: 'record-uid' },
    ]);
    expect(spec.targets[0].deployment?.spec.template.metadata?.labels).toEqual({
      app: 'ratings-mirror-ratings-v2',
      version: 'v2',
      'app.kubernetes.io/name': 'bookinfo',
      'app.kubernetes.io/version': 'v2',
      'service.istio.io/canonical-name': 'bookinfo',
    });
    cluster.run('delete', spec);
    expect(cluster.content()).toEqual({});
  });

  it('leaves out labels by which another Service or a PodDisruptionBudget would select the mirror', () => {
    const snapshot = ratings({
      services: [
        serviceOf('ratings', 'demo-project', [{ name: 'http', port: 9080 }]),
        serviceOf('whole-app', 'demo-project', [{ name: 'http', port: 80 }], { 'app.kubernetes.io/name': 'bookinfo' }),
      ],
    });
    const { spec, checks } = planned(input, snapshot);
    expect(Object.keys(spec.targets[0].deployment?.spec.template.metadata?.labels ?? {})).not.toContain(
      'app.kubernetes.io/name',
    );
    expect(severities(checks, 'selected_by_accident')).toEqual(['pass']);
  });

  it('pins before the pods come when the operator chooses the subset placement', () => {
    const { spec, checks } = planned({ ...input, placement: 'subset' }, ratings());
    expect(failures(checks)).toEqual([]);
    expect(stepsFor('create', spec).map(({ id }) => id)).toEqual([
      'record',
      'policies:AuthorizationPolicy',
      'subsets',
      'settle-subsets',
      'pin:demo-project/ratings-mirror-ratings-v2',
      'settle-pin',
      'workload',
      'ready',
      'mirror:demo-project/ratings-mirror-ratings-v2',
    ]);
    expect(stepsFor('delete', spec).map(({ id }) => id)).toEqual([
      'unmirror:demo-project/ratings-mirror-ratings-v2',
      'settle-unmirror',
      'remove-workload',
      'gone',
      'settle-gone',
      'unpin:demo-project/ratings-mirror-ratings-v2',
      'settle-unpin',
      'remove-subsets',
      'remove-policies:AuthorizationPolicy',
      'record',
    ]);
    const cluster = new MemoryCluster([]);
    for (const step of stepsFor('create', spec).slice(0, 5)) cluster.apply(step, spec);
    expect(cluster.virtualServices[0]?.spec.http).toEqual([
      {
        name: 'port-9080',
        match: [{ port: 9080 }],
        route: [
          { destination: { host: 'ratings.demo-project.svc.cluster.local', port: { number: 9080 }, subset: 'v1' } },
        ],
      },
    ]);
    cluster.run('delete', spec);
    expect(cluster.content()).toEqual({});
  });

  it('refuses to pin where a delivery tool owns the rules', () => {
    const vs = virtualServiceOf('ratings', 'demo-project', {
      hosts: ['ratings'],
      http: [{ route: [{ destination: { host: 'ratings' } }] }],
    });
    vs.metadata.annotations = {
      'argocd.argoproj.io/tracking-id': 'shop:networking.istio.io/VirtualService:demo-project/ratings',
    };
    const { checks } = planned({ ...input, placement: 'subset' }, ratings({ virtualServices: [vs] }));
    expect(failures(checks)).toEqual(['placement_subset owner_tool']);
    const apart = planned(input, ratings({ virtualServices: [vs] }));
    expect(apart.spec.targets[0].placement).toBe('dedicated');
    expect(severities(apart.checks, 'owner_tool')).toEqual(['warn']);
  });

  it('refuses to pin what the next kubectl apply would unpin, and is content with its mirror being taken out', () => {
    const vs = virtualServiceOf('ratings', 'demo-project', {
      hosts: ['ratings'],
      http: [{ route: [{ destination: { host: 'ratings' } }] }],
    });
    vs.metadata.annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    const { checks } = planned({ ...input, placement: 'subset' }, ratings({ virtualServices: [vs] }));
    expect(failures(checks)).toEqual(['placement_subset owner_tool']);
    expect(severities(planned(input, ratings({ virtualServices: [vs] })).checks, 'owner_tool')).toEqual(['pass']);
  });

  it('copies the policy of a wildcard rule into the rule that it makes', () => {
    const trafficPolicy = { outlierDetection: { consecutive5xxErrors: 3 } };
    const rule = destinationRuleOf('all', 'istio-system', { host: '*.svc.cluster.local', trafficPolicy });
    const { spec } = planned({ ...input, placement: 'subset' }, ratings({ destinationRules: [rule] }));
    expect(spec.subsets).toMatchObject({ created: true, trafficPolicy });
  });
});

describe('existing workloads', () => {
  const httpbin = (http: VirtualService['spec']['http']) => {
    const [v1, v2] = [
      deploymentOf('httpbin-v1', 'httpbin', { app: 'httpbin', version: 'v1' }),
      deploymentOf('httpbin-v2', 'httpbin', { app: 'httpbin', version: 'v2' }),
    ];
    return snapshotOf({
      services: [serviceOf('httpbin', 'httpbin', [{ name: 'http', port: 8000, targetPort: 80 }])],
      deployments: [v1, v2],
      pods: podsOf(v1, v2),
      virtualServices: [virtualServiceOf('httpbin', 'httpbin', { hosts: ['httpbin'], http })],
      destinationRules: [
        destinationRuleOf('httpbin', 'httpbin', {
          host: 'httpbin',
          subsets: [
            { name: 'v1', labels: { version: 'v1' } },
            { name: 'v2', labels: { version: 'v2' } },
          ],
        }),
      ],
    });
  };
  const input: PlanningInput = {
    namespace: 'httpbin',
    name: 'httpbin-v2',
    service: 'httpbin',
    target: { kind: 'version', existing: 'httpbin-v2' },
    percentage: 100,
  };

  it('httpbin v2 gets copies by the owner’s subset; nothing but the mirror entry is written', () => {
    const snapshot = httpbin([{ route: [{ destination: { host: 'httpbin', subset: 'v1' }, weight: 100 }] }]);
    const { spec, checks } = planned(input, snapshot);
    expect(failures(checks)).toEqual([]);
    expect(spec.primary).toEqual([{ workload: 'httpbin-v1', version: 'v1' }]);
    expect(stepsFor('create', spec).map(({ id }) => id)).toEqual(['record', 'ready', 'mirror:httpbin/httpbin']);
    const cluster = new MemoryCluster([...snapshot.virtualServices, ...snapshot.destinationRules]);
    cluster.run('create', spec);
    expect(cluster.virtualServices[0]?.spec.http?.[0]).toMatchObject({
      mirror: { host: 'httpbin.httpbin.svc.cluster.local', subset: 'v2', port: { number: 8000 } },
      mirrorPercentage: { value: 100 },
    });
  });

  it.each([
    ['a route without subset', [{ route: [{ destination: { host: 'httpbin' } }] }]],
    [
      'a route with weight on it',
      [
        {
          route: [
            { destination: { host: 'httpbin', subset: 'v1' }, weight: 90 },
            { destination: { host: 'httpbin', subset: 'v2' }, weight: 10 },
          ],
        },
      ],
    ],
  ] satisfies [string, VirtualService['spec']['http']][])('fails when %s leads live requests to it', (_name, http) => {
    const { checks } = planned(input, httpbin(http));
    expect(severities(checks, 'target_serves_live')).toContain('fail');
  });

  it('fails when the very copy exists already', () => {
    const http = [
      {
        route: [{ destination: { host: 'httpbin', subset: 'v1' } }],
        mirror: { host: 'httpbin', subset: 'v2' },
        mirrorPercentage: { value: 50 },
      },
    ];
    expect(severities(planned(input, httpbin(http)).checks, 'existing_mirror')).toEqual(['fail']);
  });
});
