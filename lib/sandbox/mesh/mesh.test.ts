/** What happens to requests while somebody changes the store. */
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../core/objects.ts';
import { createMesh, type Mesh, type MeshOptions } from './mesh.ts';
import {
  destinationRule,
  object,
  pod,
  reviewsWorld,
  service,
  subsets,
  testStartMs,
  version,
  virtualService,
} from './test-world.ts';

type World = ReturnType<typeof reviewsWorld>;

let mesh: Mesh;
afterEach(() => mesh.stop());

function start({ store, clock }: World, options: Partial<MeshOptions> = {}): Mesh {
  mesh = createMesh(store, clock, { seed: 1, historyMs: 0, ...options });
  return mesh;
}

const pin = (extra: Record<string, unknown> = {}): KubeObject =>
  virtualService('reviews', {
    hosts: ['reviews'],
    http: [{ route: [{ destination: { host: 'reviews', subset: 'v1' } }], ...extra }],
  });
const mirrorToV2 = { mirror: { host: 'reviews', subset: 'v2', port: { number: 9080 } } };
const answers = (): [number, number] => [
  mesh.counters.answeredBy('demo', 'reviews-v1'),
  mesh.counters.answeredBy('demo', 'reviews-v2'),
];
const copies = (): number => mesh.counters.copiesTo('demo', 'reviews-v2');
const lost = (): Record<string, number> =>
  Object.fromEntries(mesh.counters.clientFailures().map(({ flags, count }) => [flags, count]));
const settledMs = 10_000;

describe('the order of writes', () => {
  it('done right, with the waits, no client request fails and none reaches the mirrored version', () => {
    const world = reviewsWorld();
    start(world);
    world.clock.advance(5000);
    for (const write of [
      () => world.store.put(subsets('reviews', ['v1', 'v2'])),
      () => world.store.put(pin()),
      () => world.store.put(world.v2),
      () => world.store.put(pin(mirrorToV2)),
      () => world.store.put(pin()),
      () => world.store.delete(world.v2),
      () => world.store.delete(pin()),
      () => world.store.delete(subsets('reviews', ['v1', 'v2'])),
    ]) {
      write();
      world.clock.advance(settledMs);
    }
    expect(lost()).toEqual({});
    expect(answers()[0]).toBeGreaterThan(2000);
    expect(answers()[1]).toBe(0);
    expect(copies()).toBeGreaterThan(200);
  });

  it('a pin before its subset is everywhere costs clients 503 NC', () => {
    const world = reviewsWorld();
    start(world);
    world.store.put(pin());
    world.clock.advance(200);
    world.store.put(subsets('reviews', ['v1']));
    world.clock.advance(settledMs);
    expect(lost()['NC']).toBeGreaterThan(0);
  });

  it('even the subset first is too hasty without a wait, for some of many proxies', () => {
    const world = reviewsWorld();
    for (let i = 0; i < 20; i++)
      world.store.put(pod(`client-${i}`, { requests: [{ host: 'reviews', perSecond: 20 }] }));
    start(world);
    world.store.put(subsets('reviews', ['v1']));
    world.clock.advance(200);
    world.store.put(pin());
    world.clock.advance(settledMs);
    expect(lost()['NC']).toBeGreaterThan(0);
  });

  it('a subset taken away before its pin costs clients 503 NC', () => {
    const world = reviewsWorld();
    world.store.put(subsets('reviews', ['v1']), pin());
    start(world);
    world.store.delete(subsets('reviews', ['v1']));
    world.clock.advance(settledMs);
    expect(lost()['NC']).toBeGreaterThan(0);
  });

  it('a new version that is ready before the pin is everywhere answers clients', () => {
    const world = reviewsWorld();
    world.store.put(subsets('reviews', ['v1', 'v2']));
    start(world);
    world.store.put(pin(), world.v2);
    world.clock.advance(settledMs);
    const early = answers()[1];
    expect(early).toBeGreaterThan(0);
    world.clock.advance(settledMs);
    expect(answers()[1]).toBe(early);
  });

  it('without a pin a new version that the Service selects gets its share of live requests', () => {
    const world = reviewsWorld();
    start(world);
    world.store.put(world.v2);
    world.clock.advance(100_000);
    const [v1, v2] = answers();
    expect(v2 / (v1 + v2)).toBeGreaterThan(0.45);
    expect(v2 / (v1 + v2)).toBeLessThan(0.55);
    expect(lost()).toEqual({});
  });

  it('a pin lifted while the new version stands sends it clients', () => {
    const world = reviewsWorld();
    world.store.put(subsets('reviews', ['v1', 'v2']), pin(), world.v2);
    start(world);
    world.clock.advance(settledMs);
    expect(answers()[1]).toBe(0);
    world.store.delete(pin());
    world.clock.advance(settledMs);
    expect(answers()[1]).toBeGreaterThan(0);
  });
});

describe('push delay', () => {
  it('nothing changes before the delay, everything after it', () => {
    const world = reviewsWorld();
    world.store.put(subsets('reviews', ['v1', 'v2']), pin(), world.v2);
    start(world, { pushDelayMs: () => 1500 });
    world.clock.advance(1000);
    world.store.put(pin(mirrorToV2));
    world.clock.advance(1499);
    expect(copies()).toBe(0);
    world.clock.advance(1001);
    expect(copies()).toBeGreaterThan(20);
    world.store.put(pin());
    world.clock.advance(1500);
    const before = copies();
    world.clock.advance(60_000);
    expect(copies()).toBe(before);
  });

  it('a push that takes longer than a later one does not undo it', () => {
    const world = reviewsWorld();
    world.store.put(subsets('reviews', ['v1', 'v2']), pin(), world.v2);
    const delays = [5000, 5000, 5000, 500, 500, 500];
    start(world, { pushDelayMs: () => delays.shift() ?? 500 });
    world.clock.advance(1000);
    world.store.put(pin(mirrorToV2));
    world.clock.advance(200);
    world.store.put(pin());
    world.clock.advance(60_000);
    expect(copies()).toBe(0);
  });

  it('a moment without a cluster costs the requests of that moment, no more and no fewer', () => {
    const world = reviewsWorld({ perSecond: 400 });
    start(world, { pushDelayMs: () => 1200 });
    world.store.put(pin());
    world.clock.advance(200);
    world.store.put(subsets('reviews', ['v1']));
    world.clock.advance(settledMs);
    expect(lost()['NC']).toBeGreaterThan(45);
    expect(lost()['NC']).toBeLessThan(125);
    expect(mesh.counters.clientFailures()).toMatchObject([{ firstMs: testStartMs + 1400, client: 'demo/productpage' }]);
  });

  it('istiod gathers changes that follow each other closely into one push', () => {
    const world = reviewsWorld();
    const deliveries: number[] = [];
    start(world, {
      pushDelayMs: () => {
        deliveries.push(world.clock.now());
        return 600;
      },
    });
    world.store.put(pin());
    world.clock.advance(50);
    world.store.put(pin(mirrorToV2));
    world.clock.advance(settledMs);
    const proxies = world.store.list('', 'Pod').length;
    expect(deliveries).toHaveLength(proxies);
  });

  it('a terminating pod answers what still comes, and nothing comes once the proxies know', () => {
    const world = reviewsWorld();
    const second = version('reviews', 'v2');
    world.store.put(second);
    start(world, { endpointDelayMs: () => 400 });
    world.clock.advance(5000);
    const before = answers()[1];
    const metadata = { ...second.metadata, deletionTimestamp: '2026-11-23T09:00:05Z' };
    world.store.put({ ...second, metadata });
    world.clock.advance(400);
    const after = answers()[1];
    expect(after).toBeGreaterThan(before);
    world.clock.advance(20_000);
    expect(answers()[1]).toBe(after);
    expect(lost()).toEqual({});
  });

  it('a pod that is gone costs nothing: the proxy tries another', () => {
    const world = reviewsWorld();
    world.store.put(version('reviews', 'v1', {}, 2));
    start(world, { endpointDelayMs: () => 5000 });
    world.clock.advance(5000);
    world.store.delete(world.v1);
    world.clock.advance(20_000);
    expect(lost()).toEqual({});
  });

  it('no pod left is UF at first and UH when the proxies know', () => {
    const world = reviewsWorld();
    start(world, { endpointDelayMs: () => 3000 });
    world.clock.advance(1000);
    world.store.delete(world.v1);
    world.clock.advance(10_000);
    expect(lost()['UF']).toBeGreaterThan(50);
    expect(lost()['UH']).toBeGreaterThan(150);
    expect(Object.keys(lost()).toSorted()).toEqual(['UF', 'UH']);
  });
});

describe('copies', () => {
  it.each([100, 25, 1])('%i %% of the answered requests are copied', (percent) => {
    const world = reviewsWorld();
    world.store.put(
      subsets('reviews', ['v1', 'v2']),
      pin({ ...mirrorToV2, mirrorPercentage: { value: percent } }),
      world.v2,
    );
    start(world);
    world.clock.advance(600_000);
    const n = answers()[0];
    const expected = (n * percent) / 100;
    const deviation = Math.sqrt((expected * (100 - percent)) / 100);
    expect(n).toBeGreaterThan(20_000);
    expect(Math.abs(copies() - expected)).toBeLessThanOrEqual(4 * deviation);
  });

  it('several mirrors copy nested sets of requests', () => {
    const world = reviewsWorld();
    const v3 = version('reviews', 'v3');
    const mirrors = [
      { destination: { host: 'reviews', subset: 'v2' }, percentage: { value: 40 } },
      { destination: { host: 'reviews', subset: 'v3' }, percentage: { value: 40 } },
    ];
    world.store.put(subsets('reviews', ['v1', 'v2', 'v3']), pin({ mirrors }), world.v2, v3);
    start(world);
    world.clock.advance(60_000);
    expect(copies()).toBeGreaterThan(500);
    expect(mesh.counters.copiesTo('demo', 'reviews-v3')).toBe(copies());
  });

  it('nothing is copied of what the primary cannot place, nor of aborted requests', () => {
    const world = reviewsWorld();
    world.store.put(subsets('reviews', ['v1', 'v2']), pin(mirrorToV2), world.v2);
    world.store.delete(world.v1);
    start(world);
    world.clock.advance(10_000);
    expect(lost()['UH']).toBeGreaterThan(100);
    expect(copies()).toBe(0);
    mesh.stop();
    world.store.put(world.v1, pin({ ...mirrorToV2, fault: { abort: { httpStatus: 418 } } }));
    start(world);
    world.clock.advance(10_000);
    expect(answers()).toEqual([0, 0]);
    expect(copies()).toBe(0);
  });

  it('a mirror without ready pods, or without a subset, costs the client nothing', () => {
    const world = reviewsWorld();
    world.store.put(subsets('reviews', ['v1', 'v2']), pin(mirrorToV2));
    start(world);
    world.clock.advance(10_000);
    world.store.put(subsets('reviews', ['v1']));
    world.clock.advance(10_000);
    expect(lost()).toEqual({});
    expect(answers()[0]).toBeGreaterThan(500);
    expect(copies()).toBe(0);
  });

  it('follow the match: only what fits is copied', () => {
    const world = reviewsWorld({ headers: { 'x-test-user': 'true' } });
    world.store.put(
      pod('others', { requests: [{ host: 'reviews', perSecond: 40 }] }),
      world.v2,
      subsets('reviews', ['v1', 'v2']),
    );
    const destination = { route: [{ destination: { host: 'reviews', subset: 'v1' } }] };
    const http = [
      { match: [{ headers: { 'x-test-user': { exact: 'true' } } }], ...destination, ...mirrorToV2 },
      destination,
    ];
    world.store.put(virtualService('reviews', { hosts: ['reviews'], http }));
    start(world);
    world.clock.advance(60_000);
    expect(copies() / answers()[0]).toBeGreaterThan(0.45);
    expect(copies() / answers()[0]).toBeLessThan(0.55);
  });

  it('go to another service by its own host and port', () => {
    const world = reviewsWorld();
    world.store.put(service('copy', [{ port: 80, name: 'http' }]), version('copy', 'v1'), subsets('reviews', ['v1']));
    world.store.put(pin({ mirror: { host: 'copy.demo.svc.cluster.local', port: { number: 80 } } }));
    start(world);
    world.clock.advance(10_000);
    expect(mesh.counters.copiesTo('demo', 'copy-v1')).toBe(answers()[0]);
  });
});

describe('who may call', () => {
  const denyWrites = object('security.istio.io/v1', 'AuthorizationPolicy', 'demo', 'readonly', {
    selector: { matchLabels: { app: 'reviews', version: 'v2' } },
    action: 'DENY',
    rules: [{ to: [{ operation: { notMethods: ['GET', 'HEAD', 'OPTIONS'] } }] }],
  });

  it('a DENY on the mirror answers copies with 403 and leaves the primary alone', () => {
    const world = reviewsWorld({ method: 'POST' });
    world.store.put(subsets('reviews', ['v1', 'v2']), pin(mirrorToV2), world.v2, denyWrites);
    start(world);
    world.clock.advance(10_000);
    expect(lost()).toEqual({});
    expect(copies()).toBe(answers()[0]);
    const lines = mesh.logs
      .lines('demo', world.v2.metadata.name, 'reviews-v2')
      .filter(({ text }) => text.includes('POST'));
    expect(lines).toEqual([]);
    const proxied = mesh.logs
      .lines('demo', world.v2.metadata.name, 'istio-proxy')
      .filter(({ text }) => text.includes('"response_code":403'));
    expect(proxied.length).toBeGreaterThan(10);
  });

  it('a DENY that hits live requests is a failure of theirs', () => {
    const world = reviewsWorld({ method: 'POST' });
    const policy = object('security.istio.io/v1', 'AuthorizationPolicy', 'demo', 'readonly', {
      ...denyWrites['spec'],
      selector: { matchLabels: { app: 'reviews' } },
    });
    world.store.put(policy);
    start(world);
    world.clock.advance(10_000);
    expect(lost()['RBAC']).toBe(answers()[0]);
  });

  it('an ALLOW lets in only whom it names', () => {
    const world = reviewsWorld();
    const allow = (principal: string): KubeObject =>
      object('security.istio.io/v1', 'AuthorizationPolicy', 'demo', 'allow', {
        rules: [{ from: [{ source: { principals: [principal] } }] }],
      });
    world.store.put(allow('cluster.local/ns/demo/sa/default'));
    start(world);
    world.clock.advance(10_000);
    expect(lost()).toEqual({});
    world.store.put(allow('cluster.local/ns/shop/sa/default'));
    world.clock.advance(10_000);
    expect(lost()['RBAC']).toBeGreaterThan(100);
  });

  it('STRICT mutual TLS resets clients without a sidecar, and copies of a rule that turns it off', () => {
    const world = reviewsWorld();
    const strict = object('security.istio.io/v1', 'PeerAuthentication', 'demo', 'default', {
      mtls: { mode: 'STRICT' },
    });
    const plain = destinationRule('reviews', {
      host: 'reviews',
      subsets: [
        { name: 'v1', labels: { version: 'v1' } },
        { name: 'v2', labels: { version: 'v2' }, trafficPolicy: { tls: { mode: 'DISABLE' } } },
      ],
    });
    world.store.put(
      pod('legacy', { sidecar: false, requests: [{ host: 'reviews', perSecond: 10 }] }),
      plain,
      pin(mirrorToV2),
      world.v2,
    );
    start(world);
    world.clock.advance(10_000);
    expect(lost()).toEqual({});
    expect(copies()).toBeGreaterThan(100);
    world.store.put(strict);
    world.clock.advance(settledMs);
    const before = copies();
    world.clock.advance(10_000);
    expect(mesh.counters.clientFailures().map(({ client, flags }) => [client, flags])).toEqual([['demo/legacy', 'UF']]);
    expect(copies()).toBe(before);
  });
});

it('a client without a sidecar knows no routes: any ready pod of the Service answers it', () => {
  const world = reviewsWorld();
  world.store.put(subsets('reviews', ['v1', 'v2']), pin(mirrorToV2), world.v2);
  world.store.delete(world.store.list('', 'Pod').find(({ metadata }) => metadata.name.startsWith('productpage'))!);
  world.store.put(pod('legacy', { sidecar: false, requests: [{ host: 'reviews', perSecond: 40 }] }));
  start(world);
  world.clock.advance(60_000);
  expect(answers()[1]).toBeGreaterThan(800);
  expect(copies()).toBe(0);
});

it('a client that is not ready sends nothing', () => {
  const world = reviewsWorld();
  const client = pod('lazy', { ready: false, requests: [{ host: 'reviews', perSecond: 40 }] });
  world.store.delete(world.store.list('', 'Pod').find(({ metadata }) => metadata.name.startsWith('productpage'))!);
  world.store.put(client);
  start(world);
  world.clock.advance(10_000);
  expect(answers()).toEqual([0, 0]);
  world.store.put(pod('lazy', { requests: [{ host: 'reviews', perSecond: 40 }] }));
  world.clock.advance(10_000);
  expect(answers()[0]).toBeGreaterThan(200);
});

it('is the same for the same seed and writes, and another for another seed', () => {
  const run = (seed: number): unknown => {
    const world = reviewsWorld();
    start(world, { seed, historyMs: 600_000 });
    world.store.put(subsets('reviews', ['v1', 'v2']), pin(mirrorToV2), world.v2);
    world.clock.advance(60_000);
    const logs = mesh.logs.lines('demo', world.v1.metadata.name, 'istio-proxy');
    const series = mesh.tsdb.all().map(({ labels, values }) => [labels.key, values.data[values.length - 1]]);
    mesh.stop();
    return { answers: answers(), copies: copies(), logs, series };
  };
  expect(run(7)).toEqual(run(7));
  expect(run(7)).not.toEqual(run(8));
});

it('stop ends all of it', () => {
  const world = reviewsWorld();
  start(world);
  world.clock.advance(5000);
  mesh.stop();
  const before = answers();
  world.store.put(world.v2);
  world.clock.advance(60_000);
  expect(answers()).toEqual(before);
});
