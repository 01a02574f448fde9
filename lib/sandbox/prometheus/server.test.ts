import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DrivenClock } from '../core/clock.ts';
import { Labels } from './labels.ts';
import { startPrometheus, type RunningPrometheus } from './server.ts';
import { Tsdb } from './tsdb.ts';

const startMs = 1_700_000_000_000;
let prometheus: RunningPrometheus;

beforeEach(async () => {
  const tsdb = new Tsdb();
  for (const pod of ['a', 'b']) {
    const samples = Array.from({ length: 41 }, (_, i): [number, number] => [startMs + i * 15_000, i * 3]);
    tsdb.add(Labels.from({ __name__: 'requests_total', pod, job: 'pods' }), samples);
  }
  tsdb.add(Labels.from({ __name__: 'odd', kind: 'inf' }), [[startMs, Infinity]]);
  tsdb.add(Labels.from({ __name__: 'odd', kind: 'nan' }), [[startMs, NaN]]);
  tsdb.add(Labels.from({ __name__: 'odd', kind: 'small' }), [[startMs, 1.5e-9]]);
  prometheus = await startPrometheus({ tsdb, clock: new DrivenClock(startMs + 600_000) });
});

afterEach(() => prometheus.stop());

interface Answer {
  status: number;
  body: { status: string; data?: unknown; errorType?: string; error?: string };
}

async function get(path: string, params: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${prometheus.url}${path}?${new URLSearchParams(params)}`);
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

describe('queries', () => {
  it('answers an instant query at the clock’s now, or at the time that is asked for', async () => {
    const now = await get('/api/v1/query', { query: 'requests_total{pod="a"}' });
    expect(now).toEqual({
      status: 200,
      body: {
        status: 'success',
        data: {
          resultType: 'vector',
          result: [{ metric: { __name__: 'requests_total', pod: 'a', job: 'pods' }, value: [1_700_000_600, '120'] }],
        },
      },
    });
    const then = await get('/api/v1/query', { query: 'sum(requests_total)', time: '2023-11-14T22:13:50Z' });
    expect(then.body.data).toEqual({ resultType: 'vector', result: [{ metric: {}, value: [1_700_000_030, '12'] }] });
    const sometime = await get('/api/v1/query', { query: 'time()', time: '1700000030.5' });
    expect(sometime.body.data).toEqual({ resultType: 'scalar', result: [1_700_000_030.5, '1700000030.5'] });
  });

  it('answers a range query by GET and by a POSTed form alike', async () => {
    const params = {
      query: 'sum by (job)(requests_total)',
      start: '1700000060',
      end: '1700000120',
      step: '30s',
    };
    const expected = {
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { job: 'pods' },
            values: [
              [1_700_000_060, '24'],
              [1_700_000_090, '36'],
              [1_700_000_120, '48'],
            ],
          },
        ],
      },
    };
    expect((await get('/api/v1/query_range', params)).body).toEqual(expected);
    const posted = await fetch(`${prometheus.url}/api/v1/query_range`, {
      method: 'POST',
      body: new URLSearchParams(params),
    });
    expect(await posted.json()).toEqual(expected);
  });

  it('writes numbers as Go does', async () => {
    const { body } = await get('/api/v1/query', { query: 'odd', time: String(startMs / 1000) });
    const result = (body.data as { result: { value: [number, string] }[] }).result;
    expect(result.map(({ value }) => value[1])).toEqual(['+Inf', 'NaN', '1.5e-09']);
  });
});

describe('errors', () => {
  it.each([
    [
      '/api/v1/query',
      { query: 'sum(' },
      400,
      'bad_data',
      'invalid parameter "query": 1:5: parse error: unexpected end of input',
    ],
    ['/api/v1/query', {}, 400, 'bad_data', 'no expression found in input'],
    ['/api/v1/query', { query: 'deriv(a[5m])' }, 400, 'bad_data', 'not modelled by the sandbox: function deriv()'],
    [
      '/api/v1/query',
      { query: 'a', time: 'yesterday' },
      400,
      'bad_data',
      'invalid parameter "time": cannot parse "yesterday" to a valid timestamp',
    ],
    [
      '/api/v1/query',
      { query: 'requests_total + on(job) requests_total' },
      422,
      'execution',
      'many-to-many matching not allowed',
    ],
    ['/api/v1/query_range', { query: 'a', end: '2', step: '1' }, 400, 'bad_data', 'invalid parameter "start"'],
    [
      '/api/v1/query_range',
      { query: 'a', start: '2', end: '1', step: '1' },
      400,
      'bad_data',
      'end timestamp must not be before start time',
    ],
    [
      '/api/v1/query_range',
      { query: 'a', start: '1', end: '2', step: '0' },
      400,
      'bad_data',
      'zero or negative query resolution step widths are not accepted',
    ],
    [
      '/api/v1/query_range',
      { query: 'a', start: '1', end: '2', step: '-5' },
      400,
      'bad_data',
      'zero or negative query resolution',
    ],
    [
      '/api/v1/query_range',
      { query: 'a', start: '1', end: '2', step: 'x' },
      400,
      'bad_data',
      'cannot parse "x" to a valid duration',
    ],
    [
      '/api/v1/query_range',
      { query: 'a', start: '0', end: '11001', step: '1' },
      400,
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries',
    ],
    [
      '/api/v1/query_range',
      { query: 'a[5m]', start: '1', end: '2', step: '1' },
      400,
      'bad_data',
      'invalid expression type "range vector" for range query',
    ],
    ['/api/v1/series', {}, 400, 'bad_data', 'no match[] parameter provided'],
    ['/api/v1/series', { 'match[]': 'sum(a)' }, 400, 'bad_data', 'match[]'],
    ['/api/v1/label/0x/values', {}, 400, 'bad_data', 'invalid label name: "0x"'],
  ])('%s %j → %i %s', async (path, params, status, errorType, message) => {
    const answer = await get(path, params as unknown as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status: 'error', errorType });
    expect(answer.body.error).toContain(message);
  });

  it('allows exactly 11,000 intervals', async () => {
    const answer = await get('/api/v1/query_range', { query: 'vector(1)', start: '0', end: '11000', step: '1' });
    expect(answer.status).toBe(200);
  });

  it('knows no other path and no other method', async () => {
    expect((await fetch(`${prometheus.url}/api/v1/admin/tsdb/snapshot`)).status).toBe(404);
    expect((await fetch(`${prometheus.url}/api/v1/label/%E0%A4%A/values`)).status).toBe(400);
    expect((await fetch(`${prometheus.url}/api/v1/query`, { method: 'DELETE' })).status).toBe(405);
    const huge = new URLSearchParams({ query: 'a'.repeat(1_100_000) });
    expect((await fetch(`${prometheus.url}/api/v1/query`, { method: 'POST', body: huge })).status).toBe(413);
  });
});

describe('metadata', () => {
  it('lists series, label names and label values', async () => {
    const series = await get('/api/v1/series', { 'match[]': 'requests_total{pod=~"a|c"}' });
    expect(series.body.data).toEqual([{ __name__: 'requests_total', pod: 'a', job: 'pods' }]);
    expect((await get('/api/v1/labels')).body.data).toEqual(['__name__', 'job', 'kind', 'pod']);
    expect((await get('/api/v1/label/pod/values')).body.data).toEqual(['a', 'b']);
    expect((await get('/api/v1/label/pod/values', { 'match[]': 'odd' })).body.data).toEqual([]);
    const before = { 'match[]': 'requests_total', end: String(startMs / 1000 - 60) };
    expect((await get('/api/v1/series', before)).body.data).toEqual([]);
  });

  it('says how often it scrapes and that it is ready', async () => {
    const config = (await get('/api/v1/status/config')).body.data as { yaml: string };
    expect(config.yaml).toContain('scrape_interval: 15s');
    expect((await get('/api/v1/status/buildinfo')).body.data).toMatchObject({ version: '3.5.0' });
    expect((await get('/api/v1/status/flags')).body.data).toMatchObject({ 'query.lookback-delta': '5m' });
    expect(await (await fetch(`${prometheus.url}/-/ready`)).text()).toBe('Prometheus Server is Ready.\n');
    expect((await fetch(`${prometheus.url}/-/healthy`)).status).toBe(200);
  });
});

describe('an outage', () => {
  it('refuses connections and comes back on the same port with its samples', async () => {
    const query = { query: 'count(requests_total)' };
    const before = await get('/api/v1/query', query);
    await prometheus.setOutage(true);
    await expect(get('/api/v1/query', query)).rejects.toThrow('fetch failed');
    await prometheus.setOutage(true);
    await prometheus.setOutage(false);
    await prometheus.setOutage(false);
    expect(await get('/api/v1/query', query)).toEqual(before);
  });

  it('says so when its port is taken', async () => {
    const { port } = new URL(prometheus.url);
    await expect(startPrometheus({ tsdb: new Tsdb(), port: Number(port) })).rejects.toThrow('EADDRINUSE');
  });
});
