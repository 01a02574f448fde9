import { describe, expect, it } from 'vitest';
import * as promql from './promql';

const set = { namespace: 'demo-project', workloads: ['reviews-v1'] };
const options = { windowSeconds: 60, matcher: null };
const base = 'reporter="destination",destination_workload_namespace="demo-project",destination_workload="reviews-v1"';

describe('what is sent for one workload', () => {
  it.each([
    ['rate', promql.requestRate(set, options), `sum(rate(istio_requests_total{${base}}[60s]))`],
    [
      'rate by code',
      promql.requestRateByCode(set, options),
      `sum by (response_code) (rate(istio_requests_total{${base}}[60s]))`,
    ],
    [
      'latency',
      promql.latencyQuantile(0.95, set, options),
      `histogram_quantile(0.95, sum by (le) (rate(istio_request_duration_milliseconds_bucket{${base}}[60s])))`,
    ],
    [
      'success: server errors, no answer, and gRPC failures under HTTP 200 are failures',
      promql.successPercent(set, options),
      `100 * (1 - ((sum(rate(istio_requests_total{${base},response_code=~"5..|0"}[60s])) or vector(0))` +
        ` + (sum(rate(istio_requests_total{${base},request_protocol="grpc",response_code!~"5..|0",` +
        `grpc_response_status!~"0|"}[60s])) or vector(0))) / (sum(rate(istio_requests_total{${base}}[60s])) > 0))`,
    ],
    [
      'count by code',
      promql.requestCountByCode(set, { ...options, windowSeconds: 3600 }),
      `sum by (response_code) (increase(istio_requests_total{${base}}[3600s]))`,
    ],
    [
      'requests that can have copies',
      promql.requestCountFromMesh(set, options),
      `sum(increase(istio_requests_total{${base},source_workload!="unknown"}[60s]))`,
    ],
    [
      'scraped pods',
      promql.scrapedWorkload(set, null),
      'count(up{namespace="demo-project",pod=~"(reviews-v1)-[a-z0-9]+-[a-z0-9]+"} == 1)',
    ],
    [
      'processor use',
      promql.podCpu('demo', ['a-1', 'a-2'], options),
      'sum by (pod) (rate(container_cpu_usage_seconds_total{namespace="demo",pod=~"a-1|a-2",container!=""}[60s]))',
    ],
    [
      'push time',
      promql.proxyConvergenceP99(options),
      'histogram_quantile(0.99, sum by (le) (rate(pilot_proxy_convergence_time_bucket{}[60s])))',
    ],
  ])('%s', (_, query, expected) => {
    expect(query).toBe(expected);
  });
});

it('the configured matcher is part of every selector', () => {
  const withMatcher = { ...options, matcher: 'cluster="east"' };
  const queries = [
    promql.requestRate(set, withMatcher),
    promql.requestRateByCode(set, withMatcher),
    promql.successPercent(set, withMatcher),
    promql.latencyQuantile(0.5, set, withMatcher),
    promql.requestCountByCode(set, withMatcher),
    promql.requestRateOfMany([set], withMatcher),
    promql.requestRateByWorkload('demo', withMatcher),
    promql.requestCountOfMany([set], withMatcher),
    promql.failureCountOfMany([set], withMatcher),
    promql.latencyQuantileOfMany(0.95, [set], withMatcher),
    promql.requestCountFromMesh(set, withMatcher),
    promql.requestCountFromMeshOfMany([set], withMatcher),
    promql.requestCountFromOutsideOfMany([set], withMatcher),
    promql.clustersCalling(set, withMatcher),
    promql.scrapedPodsOfMany([set], withMatcher.matcher),
    promql.scrapedWorkload(set, withMatcher.matcher),
    promql.podCpu('demo', ['a'], withMatcher),
    promql.podMemory('demo', ['a'], withMatcher.matcher),
    promql.proxyConvergenceP99(withMatcher),
  ];
  for (const query of queries) {
    const selectors = query.match(/\{[^}]*\}/g) ?? [];
    expect(selectors.length).toBeGreaterThan(0);
    for (const selector of selectors) expect(selector).toContain('cluster="east"');
  }
});

it('several workloads become one anchored expression in which a dot is a dot', () => {
  const several = { namespace: 'demo', workloads: ['reviews-v1', 'reviews.v2'] };
  expect(promql.requestRate(several, options)).toContain(String.raw`destination_workload=~"reviews-v1|reviews\\.v2"`);
});

it('many workloads of many tasks take one query', () => {
  const query = promql.requestRateOfMany(
    [
      { namespace: 'a', workloads: ['x'] },
      { namespace: 'b', workloads: ['y', 'z'] },
      { namespace: 'a', workloads: ['x'] },
    ],
    options,
  );
  expect(query).toBe(
    'sum by (destination_workload_namespace, destination_workload) (rate(istio_requests_total{reporter="destination",' +
      'destination_workload_namespace=~"a|b",destination_workload=~"x|y|z"}[60s]))',
  );
});

describe('nothing but a Kubernetes name gets into a query', () => {
  const hostile = [
    '',
    'a"}or',
    'a"} or vector(1) #',
    'a|.*',
    '.*',
    'a\\',
    'a\nb',
    'A',
    '../x',
    '{}',
    '-a',
    'a-',
    'ä',
    'a'.repeat(254),
  ];
  it.each(hostile)('%j is refused everywhere', (name) => {
    const asWorkload = { namespace: 'demo', workloads: ['fine', name] };
    const asNamespace = { namespace: name, workloads: ['fine'] };
    for (const wrong of [asWorkload, asNamespace]) {
      expect(() => promql.requestRate(wrong, options)).toThrow();
      expect(() => promql.successPercent(wrong, options)).toThrow();
      expect(() => promql.latencyQuantile(0.5, wrong, options)).toThrow();
      expect(() => promql.requestRateOfMany([wrong], options)).toThrow();
      expect(() => promql.failureCountOfMany([wrong], options)).toThrow();
    }
    expect(() => promql.requestRateByWorkload(name, options)).toThrow();
    expect(() => promql.podCpu('demo', [name], options)).toThrow();
    expect(() => promql.podMemory(name, ['a'], null)).toThrow();
    expect(() => promql.scrapedWorkload(asWorkload, null)).toThrow();
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a window of %d seconds is refused', (windowSeconds) => {
    expect(() => promql.requestRate(set, { windowSeconds, matcher: null })).toThrow();
  });

  it('no workload at all is refused rather than matching all', () => {
    expect(() => promql.requestRate({ namespace: 'demo', workloads: [] }, options)).toThrow();
  });
});
