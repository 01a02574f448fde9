/** What Prometheus and the logs say of the traffic. */
import { afterEach, describe, expect, it } from 'vitest';
import { instantQuery, rangeQuery } from '../prometheus/query.ts';
import { createMesh, type Mesh, type MeshOptions } from './mesh.ts';
import { object, pod, reviewsWorld, service, subsets, testStartMs, version, virtualService } from './test-world.ts';

type World = ReturnType<typeof reviewsWorld>;

let mesh: Mesh;
let world: World;
afterEach(() => mesh.stop());

function start(options: Partial<MeshOptions> = {}): void {
  mesh = createMesh(world.store, world.clock, { seed: 1, historyMs: 0, ...options });
}

const pinned = { route: [{ destination: { host: 'reviews', subset: 'v1' } }] };

/** reviews pinned to v1 and mirrored to v2. */
function mirroredWorld(extra: Record<string, unknown> = {}): void {
  world = reviewsWorld();
  const mirror = { host: 'reviews', subset: 'v2', port: { number: 9080 } };
  const rule = virtualService('reviews', { hosts: ['reviews'], http: [{ ...pinned, mirror, ...extra }] });
  world.store.put(subsets('reviews', ['v1', 'v2']), rule, world.v2);
}

function vector(query: string, timeMs = world.clock.now()): { metric: Record<string, string>; value: number }[] {
  const result = instantQuery(mesh.tsdb, query, timeMs);
  if (result.resultType !== 'vector') throw new Error('no vector');
  return result.result.map(({ metric, value }) => ({ metric, value: value[1] }));
}

const number = (query: string): number | undefined => vector(query)[0]?.value;

describe('istio_requests_total', () => {
  it('counts every answered request at both proxies and a copy only where it arrives', () => {
    mirroredWorld();
    start();
    world.clock.advance(60_000);
    const answered = mesh.counters.answeredBy('demo', 'reviews-v1');
    expect(number('sum(istio_requests_total{reporter="source"})')).toBe(answered);
    expect(number('sum(istio_requests_total{reporter="destination",destination_version="v1"})')).toBe(answered);
    expect(number('sum(istio_requests_total{reporter="destination",destination_version="v2"})')).toBe(
      mesh.counters.copiesTo('demo', 'reviews-v2'),
    );
    expect(vector('istio_requests_total{reporter="source",destination_version="v2"}')).toEqual([]);
  });

  it('has the labels of Istio’s standard metrics and of the target that was scraped', () => {
    mirroredWorld();
    start();
    world.clock.advance(60_000);
    expect(vector('istio_requests_total{reporter="destination",destination_version="v2"}')[0]?.metric).toEqual({
      __name__: 'istio_requests_total',
      reporter: 'destination',
      source_workload: 'productpage',
      source_workload_namespace: 'demo',
      source_app: 'productpage',
      source_version: 'v1',
      source_canonical_service: 'productpage',
      source_canonical_revision: 'v1',
      source_principal: 'spiffe://cluster.local/ns/demo/sa/default',
      source_cluster: 'Kubernetes',
      destination_workload: 'reviews-v2',
      destination_workload_namespace: 'demo',
      destination_app: 'reviews',
      destination_version: 'v2',
      destination_canonical_service: 'reviews',
      destination_canonical_revision: 'v2',
      destination_principal: 'spiffe://cluster.local/ns/demo/sa/default',
      destination_cluster: 'Kubernetes',
      destination_service: 'reviews.demo.svc.cluster.local',
      destination_service_name: 'reviews',
      destination_service_namespace: 'demo',
      request_protocol: 'http',
      response_code: '200',
      response_flags: '-',
      connection_security_policy: 'mutual_tls',
      job: 'kubernetes-pods',
      instance: '10.244.1.20:15020',
      namespace: 'demo',
      pod: 'reviews-v2-5d9f7c-1',
      app: 'reviews',
      version: 'v2',
      pod_template_hash: '5d9f7c',
    });
  });

  it('of a lost request knows no destination', () => {
    world = reviewsWorld();
    world.store.put(virtualService('reviews', { hosts: ['reviews'], http: [pinned] }));
    start();
    world.clock.advance(60_000);
    const [lost] = vector('istio_requests_total');
    expect(lost?.metric).toMatchObject({
      reporter: 'source',
      response_code: '503',
      response_flags: 'NC',
      destination_workload: 'unknown',
      destination_version: 'unknown',
      destination_service: 'reviews.demo.svc.cluster.local',
      connection_security_policy: 'unknown',
    });
    expect(lost?.value).toBe(mesh.counters.clientFailures()[0]?.count);
  });

  it('of a client without a sidecar comes from the destination alone, without an identity', () => {
    world = reviewsWorld();
    world.store.put(pod('legacy', { sidecar: false, requests: [{ host: 'reviews', perSecond: 10 }] }));
    start();
    world.clock.advance(60_000);
    const series = vector('istio_requests_total{connection_security_policy="none"}');
    expect(
      series.map(({ metric }) => [metric['reporter'], metric['source_workload'], metric['source_principal']]),
    ).toEqual([['destination', 'unknown', 'unknown']]);
    expect(vector('istio_requests_total{source_workload="legacy"}')).toEqual([]);
  });

  it('of a workload without a sidecar comes from the client alone', () => {
    world = reviewsWorld();
    world.store.put(version('reviews', 'v1', { sidecar: false }));
    start();
    world.clock.advance(60_000);
    expect(vector('count by (reporter)(istio_requests_total)').map(({ metric }) => metric['reporter'])).toEqual([
      'source',
    ]);
  });

  it('of gRPC says the failure in its own status', () => {
    world = reviewsWorld();
    world.store.put(
      service('reviews', [{ port: 9080, name: 'grpc' }]),
      version('reviews', 'v1', { annotations: { 'sandbox.mirror-console.io/error-rate': '0.5' } }),
    );
    start();
    world.clock.advance(60_000);
    const series = vector(
      'sum by (response_code, grpc_response_status, request_protocol)(istio_requests_total{reporter="destination"})',
    );
    expect(
      series
        .map(({ metric }) => metric)
        .toSorted((a, b) => Number(a['grpc_response_status']) - Number(b['grpc_response_status'])),
    ).toEqual([
      { response_code: '200', grpc_response_status: '0', request_protocol: 'grpc' },
      { response_code: '200', grpc_response_status: '13', request_protocol: 'grpc' },
    ]);
  });

  it('appears with the first request, starts at zero in a new pod and goes with the pod', () => {
    mirroredWorld();
    start();
    world.clock.advance(120_000);
    const old = world.v2;
    const before = number('sum(istio_requests_total{pod="reviews-v2-5d9f7c-1"})') ?? 0;
    world.store.delete(old);
    world.store.put(version('reviews', 'v2', {}, 2));
    expect(vector('istio_requests_total{pod="reviews-v2-5d9f7c-1"}')).toEqual([]);
    expect(vector('istio_requests_total{pod="reviews-v2-5d9f7c-2"}')).toEqual([]);
    world.clock.advance(30_000);
    const after = number('sum(istio_requests_total{pod="reviews-v2-5d9f7c-2"})') ?? 0;
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThan(before);
  });
});

describe('how workloads answer', () => {
  const annotations = {
    'sandbox.mirror-console.io/latency-ms-p50': '40',
    'sandbox.mirror-console.io/latency-ms-p99': '400',
    'sandbox.mirror-console.io/error-rate': '0.2',
  };

  it('annotations set latency and errors', () => {
    world = reviewsWorld();
    world.store.put(version('reviews', 'v1', { annotations }));
    start();
    world.clock.advance(1_800_000);
    const quantile = (q: number): number =>
      number(
        `histogram_quantile(${q}, sum by (le)(rate(istio_request_duration_milliseconds_bucket{reporter="destination"}[20m])))`,
      ) ?? NaN;
    expect(quantile(0.5)).toBeGreaterThan(32);
    expect(quantile(0.5)).toBeLessThan(48);
    // Within the bucket of 250 to 500 the quantile is interpolated.
    expect(quantile(0.99)).toBeGreaterThan(300);
    expect(quantile(0.99)).toBeLessThan(500);
    const share = number(
      'sum(rate(istio_requests_total{reporter="destination",response_code=~"5.."}[20m])) / sum(rate(istio_requests_total{reporter="destination"}[20m]))',
    );
    expect(share).toBeGreaterThan(0.18);
    expect(share).toBeLessThan(0.22);
  });

  it('the image decides where no annotation does', () => {
    world = reviewsWorld();
    const behaviour = { readySeconds: 1, latencyMsP50: 700, latencyMsP99: 900, errorRate: 1 };
    start({ behaviour: (image) => (image === 'example/app:1' ? behaviour : undefined) });
    world.clock.advance(60_000);
    expect(
      vector('sum by (response_code)(istio_requests_total{reporter="destination"})').map(
        ({ metric }) => metric['response_code'],
      ),
    ).toEqual(['500']);
    expect(number('istio_request_duration_milliseconds_bucket{reporter="destination",le="250"}')).toBe(0);
  });

  it('sums, counts and buckets agree', () => {
    mirroredWorld();
    start();
    world.clock.advance(120_000);
    const selector = '{reporter="destination",destination_version="v1"}';
    const total = number(`istio_requests_total${selector}`);
    expect(
      number('istio_request_duration_milliseconds_bucket{reporter="destination",destination_version="v1",le="+Inf"}'),
    ).toBe(total);
    expect(number(`istio_request_duration_milliseconds_count${selector}`)).toBe(total);
    expect(number(`istio_response_bytes_count${selector}`)).toBe(total);
    const mean = number(
      `istio_request_duration_milliseconds_sum${selector} / istio_request_duration_milliseconds_count${selector}`,
    );
    expect(mean).toBeGreaterThan(8);
    expect(mean).toBeLessThan(20);
    const les = vector(`istio_request_duration_milliseconds_bucket${selector}`).map(({ metric }) => metric['le']);
    expect(les).toHaveLength(20);
    expect(les).toContain('0.5');
    expect(les).toContain('3600000');
  });
});

describe('the past', () => {
  it('is there at once, an hour of it, at the pace of the scrapes, without counting as what happened', () => {
    mirroredWorld();
    start({ historyMs: 3_600_000 });
    const query = 'sum by (destination_version)(rate(istio_requests_total{reporter="destination"}[1m]))';
    const result = rangeQuery(mesh.tsdb, query, {
      startMs: testStartMs - 3_480_000,
      endMs: testStartMs,
      stepMs: 15_000,
    });
    const series = result.resultType === 'matrix' ? result.result : [];
    expect(series.map(({ metric, values }) => [metric['destination_version'], values.length])).toEqual([
      ['v1', 233],
      ['v2', 233],
    ]);
    for (const { values } of series) {
      for (const [, value] of values) {
        expect(value).toBeGreaterThan(25);
        expect(value).toBeLessThan(60);
      }
    }
    expect(mesh.counters.answeredBy('demo', 'reviews-v1')).toBe(0);
    expect(mesh.logs.lines('demo', world.v1.metadata.name, 'reviews-v1').length).toBeGreaterThan(900);
    world.clock.advance(60_000);
    expect(number('sum(rate(istio_requests_total{reporter="source"}[1m]))')).toBeGreaterThan(25);
  });

  it('may be as long as a day', () => {
    world = reviewsWorld();
    start({ historyMs: 30 * 3_600_000 });
    expect(vector('sum(istio_requests_total)', testStartMs - 23.9 * 3_600_000)).toHaveLength(1);
    expect(vector('sum(istio_requests_total)', testStartMs - 24.2 * 3_600_000)).toEqual([]);
  });
});

describe('other targets of Prometheus', () => {
  it('has CPU and memory of every container, and what is up', () => {
    mirroredWorld();
    start();
    world.clock.advance(300_000);
    const containers = vector('container_memory_working_set_bytes{pod=~"reviews-v1-.*"}').map(
      ({ metric }) => metric['container'],
    );
    expect(containers.toSorted()).toEqual(['istio-proxy', 'reviews-v1']);
    const cpu = number('sum(rate(container_cpu_usage_seconds_total{pod=~"reviews-v1-.*"}[2m]))') ?? 0;
    expect(cpu).toBeGreaterThan(0.02);
    expect(cpu).toBeLessThan(0.5);
    expect(vector('up{job="kubernetes-pods"}').map(({ value }) => value)).toEqual([1, 1, 1]);
  });

  it('istiod tells how long its pushes took', () => {
    mirroredWorld();
    const istiod = pod('istiod', { namespace: 'istio-system', labels: { app: 'istiod' }, sidecar: false });
    world.store.put(istiod);
    start({ pushDelayMs: () => 2000 });
    world.clock.advance(1000);
    world.store.delete(virtualService('reviews', {}));
    world.clock.advance(30_000);
    const counts = Object.fromEntries(
      vector('pilot_proxy_convergence_time_bucket').map(({ metric, value }) => [metric['le'], value]),
    );
    expect(counts['1']).toBe(0);
    expect(counts['3']).toBeGreaterThan(0);
    expect(counts['+Inf']).toBe(counts['3']);
  });

  it('istiod’s pushes have a past, so that their usual time is known at once', () => {
    mirroredWorld();
    world.store.put(pod('istiod', { namespace: 'istio-system', labels: { app: 'istiod' }, sidecar: false }));
    start({ historyMs: 1_800_000 });
    const p99 = number('histogram_quantile(0.99, sum by (le)(rate(pilot_proxy_convergence_time_bucket[10m])))');
    expect(p99).toBeGreaterThan(0.5);
    expect(p99).toBeLessThan(3);
  });

  it('Envoy counts a route that has a statPrefix', () => {
    mirroredWorld({ match: [{ method: { exact: 'GET' }, statPrefix: 'mc_1a2b' }] });
    start();
    world.clock.advance(60_000);
    const name = 'envoy_vhost_reviews_demo_svc_cluster_local_9080_route_mc_1a2b_upstream_rq_completed';
    expect(number(`sum(${name})`)).toBe(mesh.counters.answeredBy('demo', 'reviews-v1'));
  });

  it('an external target shows only in the client’s cluster statistics, if its pod lets them out', () => {
    world = reviewsWorld();
    const host = 'external-service.example.com';
    world.store.put(
      object('networking.istio.io/v1', 'ServiceEntry', 'demo', 'external', {
        hosts: [host],
        ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
      }),
    );
    world.store.put(
      virtualService('reviews', {
        hosts: ['reviews'],
        http: [
          {
            route: [{ destination: { host: 'reviews' } }],
            mirror: { host, port: { number: 80 } },
            mirrorPercentage: { value: 50 },
          },
        ],
      }),
    );
    const requests = [{ host: 'reviews', perSecond: 40 }];
    const config = `proxyStatsMatcher:\n  inclusionPrefixes: ["cluster.outbound|80||${host}"]\n`;
    world.store.put(pod('open', { requests, annotations: { 'proxy.istio.io/config': config } }));
    start();
    world.clock.advance(120_000);
    const copied = vector(`envoy_cluster_upstream_rq_total{cluster_name="outbound|80||${host}"}`);
    expect(copied.map(({ metric }) => metric['pod'])).toEqual(['open-5d9f7c-1']);
    const sent = number('sum(istio_requests_total{reporter="source",source_workload="open"})') ?? 0;
    expect((copied[0]?.value ?? 0) / sent).toBeGreaterThan(0.45);
    expect((copied[0]?.value ?? 0) / sent).toBeLessThan(0.55);
    expect(vector(`istio_requests_total{destination_service="${host}"}`)).toEqual([]);
    expect(vector('envoy_cluster_upstream_rq_total{cluster_name=~"outbound.9080.*"}')).toEqual([]);
  });
});

describe('logs', () => {
  function httpbinWorld(): void {
    world = reviewsWorld();
    for (const name of ['v1', 'v2']) {
      world.store.put(
        version('httpbin', name, {
          image: 'docker.io/kennethreitz/httpbin',
          command: ['gunicorn', '--access-logfile', '-', 'httpbin:app'],
        }),
      );
    }
    const mirror = { host: 'httpbin', subset: 'v2' };
    const http = [{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }], mirror }];
    world.store.put(
      service('httpbin', [{ port: 8000, name: 'http' }]),
      subsets('httpbin', ['v1', 'v2']),
      virtualService('httpbin', { hosts: ['httpbin'], http }),
    );
    world.store.put(pod('sleep', { requests: [{ host: 'httpbin', port: 8000, path: '/headers', perSecond: 3 }] }));
  }
  const lines = (pod: string, container: string): string[] =>
    mesh.logs.lines('demo', pod, container).map(({ text }) => text);

  it('httpbin writes gunicorn’s start and the access lines of the guide', () => {
    httpbinWorld();
    start();
    world.clock.advance(30_000);
    const written = lines('httpbin-v1-5d9f7c-1', 'httpbin-v1');
    expect(written[0]).toBe('[2026-11-23 06:00:00 +0000] [1] [INFO] Starting gunicorn 19.9.0');
    expect(written.at(-1)).toMatch(
      /^127\.0\.0\.6 - - \[23\/Nov\/2026:09:00:\d\d \+0000\] "GET \/headers HTTP\/1\.1" 200 527 "-" "curl\/8\.5\.0"$/,
    );
  });

  it('a copy has the request id of its original, at both proxies and with no line at the client of its own', () => {
    httpbinWorld();
    start();
    world.clock.advance(30_000);
    const ids = (pod: string): string[] =>
      lines(pod, 'istio-proxy')
        .filter((text) => text.startsWith('{'))
        .map((text): string => JSON.parse(text)['x-request-id']);
    const original = ids('httpbin-v1-5d9f7c-1');
    expect(original.length).toBeGreaterThan(50);
    expect(ids('httpbin-v2-5d9f7c-1')).toEqual(original);
    expect(ids('sleep-5d9f7c-1')).toEqual(original);
    expect(new Set(original).size).toBe(original.length);
    expect(original[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('keeps the newest 1,000 lines in order, at most 20 a second', () => {
    world = reviewsWorld({ perSecond: 500 });
    world.store.put(pod('second', { requests: [{ host: 'reviews', perSecond: 500 }] }));
    start();
    world.clock.advance(120_000);
    const all = mesh.logs.lines('demo', world.v1.metadata.name, 'reviews-v1');
    expect(all).toHaveLength(1000);
    expect(all.map(({ timeMs }) => timeMs)).toEqual(all.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b));
    const perSecond = new Map<number, number>();
    for (const { timeMs } of all)
      perSecond.set(Math.floor(timeMs / 1000), (perSecond.get(Math.floor(timeMs / 1000)) ?? 0) + 1);
    expect(Math.max(...perSecond.values())).toBe(20);
  });

  it('is followed line by line until the follower leaves', () => {
    httpbinWorld();
    start();
    const seen: string[] = [];
    const leave = mesh.logs.follow('demo', 'httpbin-v2-5d9f7c-1', 'httpbin-v2', ({ text }) => seen.push(text));
    world.clock.advance(10_000);
    expect(seen).toEqual(lines('httpbin-v2-5d9f7c-1', 'httpbin-v2').slice(-seen.length));
    expect(seen.length).toBeGreaterThan(10);
    leave();
    const before = seen.length;
    world.clock.advance(10_000);
    expect(seen.length).toBe(before);
  });

  it('of a pod that is gone is gone', () => {
    httpbinWorld();
    start();
    world.clock.advance(10_000);
    world.store.delete(world.store.get('', 'Pod', 'demo', 'httpbin-v2-5d9f7c-1')!);
    expect(lines('httpbin-v2-5d9f7c-1', 'httpbin-v2')).toEqual([]);
  });
});
