/** Where requests go, rule by rule: istio.md 1. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../core/objects.ts';
import { endpointsOf } from './clusters.ts';
import type { RoutingClient } from './http-match.ts';
import type { RequestSpec } from './objects.ts';
import { decide, type Decision } from './routing.ts';
import { readClusters, readEndpoints, readRoutes } from './snapshots.ts';
import { destinationRule, object, service, subsets, TestStore, version, virtualService } from './test-world.ts';

const to = (subset?: string, extra: Record<string, unknown> = {}): Record<string, unknown> => ({
  route: [{ destination: { host: 'reviews', ...(subset && { subset }), ...extra } }],
});
const sidecar: RoutingClient = { namespace: 'demo', labels: { app: 'productpage' }, gateways: undefined };
const reviewsPods = [version('reviews', 'v1'), version('reviews', 'v2')];
const basics = [service('reviews'), subsets('reviews', ['v1', 'v2']), ...reviewsPods];

interface Setup {
  objects: KubeObject[];
  request?: Partial<RequestSpec>;
  client?: Partial<RoutingClient>;
}

function route({ objects, request = {}, client = {} }: Setup): Decision {
  const store = new TestStore();
  store.put(...objects);
  const full = {
    host: 'reviews',
    port: 9080,
    method: 'GET',
    path: '/reviews/0',
    perSecond: 1,
    headers: {},
    ...request,
  };
  return decide(full, { ...sidecar, ...client }, readRoutes(store), readClusters(store));
}

/** The names of the clusters that answer, `NC` for a missing one; or the failure's flags. */
function answering(setup: Setup): string[] {
  const decision = route(setup);
  if (decision.kind === 'failure') return [decision.flags];
  if (decision.kind !== 'forward') return [decision.kind];
  return decision.destinations.map(({ cluster }) => cluster?.name ?? 'NC');
}

function mirrors(setup: Setup): [string, number][] {
  const decision = route(setup);
  return decision.kind === 'forward'
    ? decision.mirrors.map(({ cluster, millionths }) => [cluster.name, millionths])
    : [];
}

const v1 = 'outbound|9080|v1|reviews.demo.svc.cluster.local';
const v2 = 'outbound|9080|v2|reviews.demo.svc.cluster.local';
const all = 'outbound|9080||reviews.demo.svc.cluster.local';

describe('hosts', () => {
  it('without a VirtualService every pod that the Service selects is live, a new version too', () => {
    const decision = route({ objects: basics });
    const store = new TestStore();
    store.put(...basics);
    const cluster = decision.kind === 'forward' ? decision.destinations[0]!.cluster! : undefined;
    const pods = endpointsOf(cluster!, readEndpoints(store))!;
    expect(pods.map((pod) => pod.version)).toEqual(['v1', 'v2']);
  });

  it.each(['reviews', 'reviews.demo', 'reviews.demo.svc', 'reviews.demo.svc.cluster.local'])(
    'resolves the client’s %s',
    (host) => {
      expect(
        answering({
          objects: [...basics, virtualService('a', { hosts: ['reviews'], http: [to('v1')] })],
          request: { host },
        }),
      ).toEqual([v1]);
    },
  );

  it('expands only names without a dot in a rule: reviews.demo matches no service', () => {
    expect(
      answering({ objects: [...basics, virtualService('a', { hosts: ['reviews.demo'], http: [to('v1')] })] }),
    ).toEqual([all]);
    const dotted = { route: [{ destination: { host: 'reviews.demo', subset: 'v1' } }] };
    expect(answering({ objects: [...basics, virtualService('a', { hosts: ['reviews'], http: [dotted] })] })).toEqual([
      'NC',
    ]);
  });

  it('resolves short names against the rule’s namespace, not the client’s', () => {
    const rule = virtualService('a', { hosts: ['reviews'], http: [to('v1')] }, 'elsewhere');
    expect(answering({ objects: [...basics, rule] })).toEqual([all]);
  });

  it('prefers an exact host to a wildcard, and the longer wildcard', () => {
    const wide = virtualService(
      'a',
      {
        hosts: ['*.svc.cluster.local'],
        http: [{ ...to('v2'), route: [{ destination: { host: 'reviews.demo.svc.cluster.local', subset: 'v2' } }] }],
      },
      'demo',
      '2026-01-01T00:00:00Z',
    );
    const exact = virtualService('b', { hosts: ['reviews'], http: [to('v1')] });
    const narrow = virtualService('c', { hosts: ['*.demo.svc.cluster.local'], http: [to('v1')] });
    expect(answering({ objects: [...basics, wide] })).toEqual([v2]);
    expect(answering({ objects: [...basics, wide, exact] })).toEqual([v1]);
    expect(answering({ objects: [...basics, wide, narrow] })).toEqual([v1]);
  });

  it('of two VirtualServices for a host only the oldest counts, even where it has no match', () => {
    const older = virtualService(
      'older',
      { hosts: ['reviews'], http: [{ match: [{ uri: { prefix: '/other' } }], ...to('v1') }] },
      'demo',
      '2026-01-01T00:00:00Z',
    );
    const newer = virtualService('newer', { hosts: ['reviews'], http: [to('v2')] }, 'demo', '2026-02-01T00:00:00Z');
    expect(answering({ objects: [...basics, newer, older] })).toEqual(['NR']);
    expect(answering({ objects: [...basics, newer, older], request: { path: '/other/1' } })).toEqual([v1]);
  });

  it('of two of the same second the first by name', () => {
    const a = virtualService('a', { hosts: ['reviews'], http: [to('v1')] });
    const b = virtualService('b', { hosts: ['reviews'], http: [to('v2')] });
    expect(answering({ objects: [...basics, b, a] })).toEqual([v1]);
  });

  it('a rule private to the client’s namespace beats one exported by name, and that an older public one', () => {
    const fqdn = { hosts: ['reviews.demo.svc.cluster.local'] };
    const http = (subset: string): unknown[] => [
      { route: [{ destination: { host: 'reviews.demo.svc.cluster.local', subset } }] },
    ];
    const open = virtualService('a', { ...fqdn, http: http('v1') }, 'demo', '2026-01-01T00:00:00Z');
    const named = virtualService('b', { ...fqdn, exportTo: ['shop'], http: http('v2') }, 'demo');
    const own = virtualService('c', { ...fqdn, exportTo: ['.'], http: http('v1') }, 'shop');
    const client = { namespace: 'shop' };
    const request = { host: 'reviews.demo' };
    expect(answering({ objects: [...basics, open, named], client, request })).toEqual([v2]);
    expect(answering({ objects: [...basics, open, named, own], client, request })).toEqual([v1]);
    expect(answering({ objects: [...basics, named], client: { namespace: 'other' }, request })).toEqual([all]);
  });

  it('a rule for gateways only has no say about sidecars', () => {
    const rule = (gateways: string[]): KubeObject =>
      virtualService('a', { hosts: ['reviews'], gateways, http: [to('v1')] });
    expect(answering({ objects: [...basics, rule(['ingress'])] })).toEqual([all]);
    expect(answering({ objects: [...basics, rule(['ingress', 'mesh'])] })).toEqual([v1]);
  });

  it('a service that its namespace keeps to itself does not exist for others', () => {
    const hidden = service('reviews');
    hidden.metadata.annotations = { 'networking.istio.io/exportTo': '.' };
    expect(answering({ objects: [hidden], client: { namespace: 'shop' }, request: { host: 'reviews.demo' } })).toEqual([
      'passthrough',
    ]);
    expect(answering({ objects: [hidden] })).toEqual([all]);
  });
});

describe('matches', () => {
  const guarded = (match: Record<string, unknown>): KubeObject =>
    virtualService('a', { hosts: ['reviews'], http: [{ match: [match], ...to('v2') }, to('v1')] });

  it.each<[Record<string, unknown>, Partial<RequestSpec>, boolean]>([
    [{ uri: { exact: '/reviews/0' } }, { path: '/reviews/0?x=1' }, true],
    [{ uri: { exact: '/reviews' } }, {}, false],
    [{ uri: { prefix: '/REVIEWS' }, ignoreUriCase: true }, {}, true],
    [{ uri: { prefix: '/REVIEWS' } }, {}, false],
    [{ uri: { regex: '/reviews/[0-9]' } }, {}, true],
    [{ uri: { regex: '/reviews' } }, {}, false],
    [{ method: { exact: 'GET' } }, { method: 'POST' }, false],
    [{ method: { regex: 'GET|HEAD|OPTIONS' } }, { method: 'HEAD' }, true],
    [{ headers: { 'X-Test-User': { exact: 'true' } } }, { headers: { 'x-test-user': 'true' } }, true],
    [{ headers: { 'x-test-user': { exact: 'true' } } }, {}, false],
    [{ headers: { 'x-test-user': {} } }, { headers: { 'x-test-user': 'any' } }, true],
    [{ headers: { 'x-test-user': {} } }, {}, false],
    [{ withoutHeaders: { 'x-test-user': {} } }, {}, true],
    [{ withoutHeaders: { 'x-test-user': { exact: 'a' } } }, { headers: { 'x-test-user': 'a' } }, false],
    [{ queryParams: { v: { exact: '2' } } }, { path: '/reviews/0?v=2' }, true],
    [{ queryParams: { v: { prefix: '3' } } }, { path: '/reviews/0?v=2' }, false],
    [{ port: 9080 }, {}, true],
    [{ port: 9090 }, {}, false],
    [{ authority: { exact: 'reviews:9080' } }, {}, true],
    [{ sourceLabels: { app: 'productpage' } }, {}, true],
    [{ sourceLabels: { app: 'other' } }, {}, false],
    [{ sourceNamespace: 'demo' }, {}, true],
    [{ sourceNamespace: 'shop' }, {}, false],
    [{ gateways: ['mesh'] }, {}, true],
    [{ gateways: ['ingress'] }, {}, false],
    [{ uri: { prefix: '/reviews' }, method: { exact: 'POST' } }, {}, false],
    [{}, {}, true],
  ])('%j against %j → %s', (match, request, holds) => {
    expect(answering({ objects: [...basics, guarded(match)], request })).toEqual([holds ? v2 : v1]);
  });

  it('any of several conditions is enough', () => {
    const rule = virtualService('a', {
      hosts: ['reviews'],
      http: [{ match: [{ method: { exact: 'POST' } }, { uri: { prefix: '/reviews' } }], ...to('v2') }, to('v1')],
    });
    expect(answering({ objects: [...basics, rule] })).toEqual([v2]);
  });

  it('the first route that matches decides: what follows a catch-all is never reached', () => {
    const rule = virtualService('a', {
      hosts: ['reviews'],
      http: [to('v1'), { ...to('v2'), mirror: { host: 'reviews', subset: 'v2' } }],
    });
    expect(answering({ objects: [...basics, rule] })).toEqual([v1]);
    expect(mirrors({ objects: [...basics, rule] })).toEqual([]);
  });

  it('no route that matches is 404 NR', () => {
    expect(
      answering({
        objects: [
          ...basics,
          virtualService('a', { hosts: ['reviews'], http: [{ match: [{ method: { exact: 'POST' } }], ...to('v1') }] }),
        ],
      }),
    ).toEqual(['NR']);
  });
});

describe('destinations', () => {
  const rule = (http: unknown[]): KubeObject => virtualService('a', { hosts: ['reviews'], http });
  const twoPorts = service('reviews', [
    { port: 9080, name: 'http' },
    { port: 9090, name: 'http-admin' },
  ]);

  it('splits by weight and leaves out weight 0', () => {
    const http = [
      {
        route: [
          { destination: { host: 'reviews', subset: 'v1' }, weight: 90 },
          { destination: { host: 'reviews', subset: 'v2' }, weight: 10 },
          { destination: { host: 'reviews' }, weight: 0 },
        ],
      },
    ];
    const decision = route({ objects: [...basics, rule(http)] });
    expect(
      decision.kind === 'forward' && decision.destinations.map(({ cluster, weight }) => [cluster?.name, weight]),
    ).toEqual([
      [v1, 90],
      [v2, 10],
    ]);
  });

  it('a subset, host or port that does not exist is 503 NC', () => {
    expect(answering({ objects: [...basics, rule([to('v9')])] })).toEqual(['NC']);
    expect(answering({ objects: [...basics, rule([to('v1', { host: 'nowhere' })])] })).toEqual(['NC']);
    expect(answering({ objects: [...basics, rule([to('v1', { port: { number: 1 } })])] })).toEqual(['NC']);
  });

  it('without a port number every port keeps its own; with one all go to it', () => {
    const objects = [twoPorts, subsets('reviews', ['v1']), rule([to('v1')])];
    expect(answering({ objects, request: { port: 9090 } })).toEqual([
      'outbound|9090|v1|reviews.demo.svc.cluster.local',
    ]);
    const fixed = [twoPorts, subsets('reviews', ['v1']), rule([to('v1', { port: { number: 9080 } })])];
    expect(answering({ objects: fixed, request: { port: 9090 } })).toEqual([v1]);
  });

  it('a mirror without port number to a service of another port is dropped; with one it works', () => {
    const objects = [...basics, service('copy', [{ port: 80, name: 'http' }])];
    const mirrored = (mirror: unknown): KubeObject => rule([{ ...to('v1'), mirror }]);
    expect(mirrors({ objects: [...objects, mirrored({ host: 'copy' })] })).toEqual([]);
    expect(mirrors({ objects: [...objects, mirrored({ host: 'copy', port: { number: 80 } })] })).toEqual([
      ['outbound|80||copy.demo.svc.cluster.local', 1_000_000],
    ]);
  });

  it('a mirror to what does not exist is dropped and the primary is served', () => {
    const objects = [...basics, rule([{ ...to('v1'), mirror: { host: 'reviews', subset: 'v9' } }])];
    expect(answering({ objects })).toEqual([v1]);
    expect(mirrors({ objects })).toEqual([]);
  });

  it('an unknown service in the cluster fails, an unknown host outside passes through', () => {
    expect(answering({ objects: basics, request: { host: 'ratings' } })).toEqual(['UF']);
    expect(answering({ objects: basics, request: { host: 'example.com', port: 80 } })).toEqual(['passthrough']);
  });

  it('a TCP port gets no HTTP routes', () => {
    const objects = [service('reviews', [{ port: 9080, name: 'tcp' }]), subsets('reviews', ['v1']), rule([to('v1')])];
    expect(answering({ objects })).toEqual([all]);
  });

  it('redirects and direct responses are answered by the proxy, never mirrored', () => {
    for (const action of [{ redirect: { uri: '/' } }, { directResponse: { status: 503 } }]) {
      const objects = [...basics, rule([{ ...action, mirror: { host: 'reviews', subset: 'v2' } }])];
      expect(answering({ objects })).toEqual(['answer']);
      expect(mirrors({ objects })).toEqual([]);
    }
  });
});

describe('percentages', () => {
  const mirrored = (fields: Record<string, unknown>): [string, number][] =>
    mirrors({ objects: [...basics, virtualService('a', { hosts: ['reviews'], http: [{ ...to('v1'), ...fields }] })] });
  const mirror = { host: 'reviews', subset: 'v2' };

  it.each<[string, Record<string, unknown>, number | undefined]>([
    ['absent is all', { mirror }, 1_000_000],
    ['{} is none', { mirror, mirrorPercentage: {} }, undefined],
    ['0 is none', { mirror, mirrorPercentage: { value: 0 } }, undefined],
    ['below a millionth is none', { mirror, mirrorPercentage: { value: 0.00005 } }, undefined],
    ['25', { mirror, mirrorPercentage: { value: 25 } }, 250_000],
    ['0.0001', { mirror, mirrorPercentage: { value: 0.0001 } }, 1],
    ['0.57 is truncated', { mirror, mirrorPercentage: { value: 0.57 } }, 5699],
    ['the old field', { mirror, mirrorPercent: 30 }, 300_000],
    ['the new field wins', { mirror, mirrorPercent: 30, mirrorPercentage: { value: 10 } }, 100_000],
    ['mirrors, absent', { mirrors: [{ destination: mirror }] }, 1_000_000],
    ['mirrors, {}', { mirrors: [{ destination: mirror, percentage: {} }] }, undefined],
    ['mirrors, 10', { mirrors: [{ destination: mirror, percentage: { value: 10 } }] }, 100_000],
  ])('%s', (_name, fields, expected) => {
    expect(mirrored(fields)).toEqual(expected === undefined ? [] : [[v2, expected]]);
  });

  it('keeps several mirrors of one route', () => {
    const fields = {
      mirrors: [{ destination: mirror, percentage: { value: 30 } }, { destination: { host: 'reviews', subset: 'v1' } }],
    };
    expect(mirrored(fields)).toEqual([
      [v2, 300_000],
      [v1, 1_000_000],
    ]);
  });
});

describe('DestinationRules', () => {
  const pinned = virtualService('a', {
    hosts: ['reviews.demo.svc.cluster.local'],
    http: [{ route: [{ destination: { host: 'reviews.demo.svc.cluster.local', subset: 'v1' } }] }],
  });
  const host = 'reviews.demo.svc.cluster.local';
  const rule = (namespace: string, names: string[], extra: Record<string, unknown> = {}): KubeObject =>
    destinationRule(
      `dr-${names.join('-')}`,
      { host, subsets: names.map((name) => ({ name, labels: { version: name } })), ...extra },
      namespace,
    );
  const client = { namespace: 'shop' };
  const request = { host };

  it('a rule in the client’s namespace hides the service’s rule, and with it the subset', () => {
    const objects = [service('reviews'), pinned, rule('demo', ['v1'])];
    expect(answering({ objects, client, request })).toEqual([v1]);
    expect(answering({ objects: [...objects, rule('shop', ['v2'])], client, request })).toEqual(['NC']);
    expect(answering({ objects: [...objects, rule('shop', ['v2'])], request })).toEqual([v1]);
  });

  it('the root namespace comes last, a third namespace never', () => {
    expect(answering({ objects: [service('reviews'), pinned, rule('istio-system', ['v1'])], client, request })).toEqual(
      [v1],
    );
    expect(
      answering({
        objects: [service('reviews'), pinned, rule('istio-system', ['v1']), rule('demo', ['v2'])],
        client,
        request,
      }),
    ).toEqual(['NC']);
    expect(answering({ objects: [service('reviews'), pinned, rule('third', ['v1'])], client, request })).toEqual([
      'NC',
    ]);
  });

  it('rules of one host in one namespace are merged, the first of two equal subsets kept', () => {
    const second = destinationRule(
      'dr-z',
      {
        host,
        subsets: [
          { name: 'v1', labels: { version: 'other' } },
          { name: 'v2', labels: { version: 'v2' } },
        ],
      },
      'demo',
      '2026-11-23T07:00:00Z',
    );
    const decision = route({ objects: [service('reviews'), pinned, rule('demo', ['v1']), second], request });
    expect(decision.kind === 'forward' && decision.destinations[0]?.cluster?.subsetLabels).toEqual({ version: 'v1' });
    const toV2 = virtualService('a', { hosts: ['reviews'], http: [to('v2')] });
    expect(answering({ objects: [service('reviews'), toV2, rule('demo', ['v1']), second] })).toEqual([v2]);
  });

  it('a rule for the exact host hides a wildcard one', () => {
    const wide = destinationRule('wide', {
      host: '*.demo.svc.cluster.local',
      subsets: [{ name: 'v1', labels: { version: 'v1' } }],
    });
    expect(answering({ objects: [service('reviews'), pinned, wide], request })).toEqual([v1]);
    expect(answering({ objects: [service('reviews'), pinned, wide, rule('demo', ['v2'])], request })).toEqual(['NC']);
  });

  it('a rule that is not exported to the client, or selects other workloads, is not there', () => {
    expect(
      answering({ objects: [service('reviews'), pinned, rule('demo', ['v1'], { exportTo: ['.'] })], client, request }),
    ).toEqual(['NC']);
    const forOthers = rule('demo', ['v2'], { workloadSelector: { matchLabels: { app: 'other' } } });
    expect(answering({ objects: [service('reviews'), pinned, rule('demo', ['v1']), forOthers], request })).toEqual([
      v1,
    ]);
  });
});

describe('gateways', () => {
  const gateway = object('networking.istio.io/v1', 'Gateway', 'demo', 'ingress', {
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: 80 }, hosts: ['*.example.com'] }],
  });
  const client = { namespace: 'istio-system', labels: { istio: 'ingressgateway' }, gateways: ['demo/ingress'] };
  const request = { host: 'shop.example.com', port: 80 };
  const rule = (name: string, http: unknown[], createdAt?: string, gateways = ['ingress']): KubeObject =>
    virtualService(name, { hosts: ['shop.example.com'], gateways, http }, 'demo', createdAt);

  it('routes by the VirtualServices bound to it and infers the only port of a service', () => {
    expect(answering({ objects: [...basics, gateway, rule('a', [to('v1')])], client, request })).toEqual([v1]);
    expect(
      answering({ objects: [...basics, gateway, rule('a', [to('v1')], undefined, ['mesh'])], client, request }),
    ).toEqual(['NR']);
    expect(
      answering({
        objects: [...basics, gateway, rule('a', [to('v1')])],
        client,
        request: { ...request, host: 'other.org' },
      }),
    ).toEqual(['NR']);
  });

  it('joins the routes of several VirtualServices by age, catch-alls last', () => {
    const older = rule('older', [to('v1')], '2026-01-01T00:00:00Z');
    const newer = rule('newer', [{ match: [{ uri: { prefix: '/reviews' } }], ...to('v2') }], '2026-02-01T00:00:00Z');
    expect(answering({ objects: [...basics, gateway, older, newer], client, request })).toEqual([v2]);
    expect(
      answering({ objects: [...basics, gateway, older, newer], client, request: { ...request, path: '/' } }),
    ).toEqual([v1]);
  });
});
