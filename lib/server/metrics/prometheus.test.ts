import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { Prometheus } from './prometheus';
import type { PrometheusError } from './prometheus-error';
import { createTransport } from './prometheus-transport';

interface Received {
  url: string;
  form: URLSearchParams;
  headers: IncomingMessage['headers'];
}

type Answer = (request: Received, response: ServerResponse) => void;

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const grid = { start: 0, end: 60, stepSeconds: 15 };
const startMs = 70_000;

async function serve(answer: Answer, options: Parameters<typeof createTransport>[1] & { tokenFile?: string } = {}) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const one = { url: request.url ?? '', form: new URLSearchParams(body), headers: request.headers };
      received.push(one);
      answer(one, response);
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clock = { now: startMs };
  const transport = createTransport(
    {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      tokenFile: options.tokenFile ?? null,
      caFile: null,
      headers: { 'X-Scope-OrgID': 'team' },
      matcher: null,
    },
    options,
  );
  return { prometheus: new Prometheus(transport, () => clock.now), received, clock, server };
}

const send = (response: ServerResponse, status: number, value: unknown) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof value === 'string' ? value : JSON.stringify(value));
};
const matrix = (...values: [number, string][]) => ({
  status: 'success',
  data: { resultType: 'matrix', result: values.length > 0 ? [{ metric: { code: '200' }, values }] : [] },
});
const vector = (value: string) => ({
  status: 'success',
  data: { resultType: 'vector', result: [{ metric: { pod: 'a' }, value: [60, value] }] },
});
const problemOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error as PrometheusError).problem,
  );

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

describe('a range', () => {
  it('comes on the grid, with gaps where there is no sample or no number', async () => {
    const { prometheus, received } = await serve((_, response) =>
      send(response, 200, matrix([0, '1'], [30, 'NaN'], [60, '2'])),
    );
    expect(await prometheus.queryRange('up', grid)).toEqual([
      {
        labels: { code: '200' },
        points: [
          [0, 1],
          [15, null],
          [30, null],
          [45, null],
          [60, 2],
        ],
      },
    ]);
    expect(received[0]?.url).toBe('/api/v1/query_range');
    expect(Object.fromEntries(received[0]?.form ?? [])).toEqual({ query: 'up', start: '0', end: '60', step: '15' });
    expect(received[0]?.headers['x-scope-orgid']).toBe('team');
  });

  it('is asked for once by all who look within one step, and again in the next', async () => {
    const { prometheus, received, clock } = await serve((_, response) => send(response, 200, matrix([0, '1'])));
    await Promise.all([prometheus.queryRange('up', grid), prometheus.queryRange('up', grid)]);
    await prometheus.queryRange('up', grid);
    expect(received).toHaveLength(1);
    await prometheus.queryRange('down', grid);
    expect(received).toHaveLength(2);
    clock.now = (grid.end + grid.stepSeconds) * 1000;
    await prometheus.queryRange('up', grid);
    expect(received).toHaveLength(3);
  });

  it('is forgotten once its step is over, as soon as anything else is asked', async () => {
    const { prometheus, clock } = await serve((_, response) => send(response, 200, matrix([0, '1'])));
    const answer = new WeakRef(await prometheus.queryRange('up', grid));
    collectGarbage();
    expect(answer.deref()).toBeDefined();
    clock.now = (grid.end + grid.stepSeconds) * 1000;
    await prometheus.queryRange('down', { ...grid, start: 15, end: 75 });
    // What a WeakRef has shown lives until the turn is over.
    await new Promise((resolve) => setTimeout(resolve, 0));
    collectGarbage();
    expect(answer.deref()).toBeUndefined();
  });

  it('that failed is asked for again at once', async () => {
    let failures = 1;
    const { prometheus } = await serve((_, response) =>
      failures-- > 0 ? send(response, 503, 'down') : send(response, 200, matrix([0, '1'])),
    );
    expect(await problemOf(prometheus.queryRange('up', grid))).toBe('unreachable');
    expect(await problemOf(prometheus.queryRange('up', grid))).toBe('answered');
  });
});

it('an instant value that is no number is null', async () => {
  const { prometheus } = await serve((_, response) => send(response, 200, vector('NaN')));
  expect(await prometheus.query('up', 60, 15)).toEqual([{ labels: { pod: 'a' }, value: null }]);
});

it('at most the given number of queries run at a time', async () => {
  let running = 0;
  let most = 0;
  const waiting: ServerResponse[] = [];
  const { prometheus } = await serve(
    (_, response) => {
      running += 1;
      most = Math.max(most, running);
      waiting.push(response);
      // Answer when no further request can come: the connections are all taken, or these are the last.
      if (waiting.length === 3)
        for (const one of waiting.splice(0)) {
          running -= 1;
          send(one, 200, matrix());
        }
    },
    { connections: 3 },
  );
  await Promise.all(Array.from({ length: 9 }, (_, index) => prometheus.queryRange(`up + ${index}`, grid)));
  expect(most).toBe(3);
});

describe('what goes wrong is told apart', () => {
  it.each([
    [400, { status: 'error', errorType: 'bad_data', error: 'parse error' }, 'refused'],
    [422, { status: 'error', errorType: 'execution', error: 'too many samples' }, 'refused'],
    [401, '', 'forbidden'],
    [403, '<html>', 'forbidden'],
    [429, 'slow down', 'overloaded'],
    [500, '<html>', 'unreachable'],
    [503, { status: 'error', errorType: 'timeout', error: 'query timed out' }, 'unreachable'],
    [200, 'not JSON', 'bad_answer'],
    [200, '<html>', 'bad_answer'],
    [200, { status: 'success', data: { resultType: 'scalar', result: [0, '1'] } }, 'bad_answer'],
    [404, 'nothing', 'bad_answer'],
  ])('HTTP %i %j: %s', async (status, body, problem) => {
    const { prometheus } = await serve((_, response) => send(response, status, body));
    expect(await problemOf(prometheus.queryRange('up', grid))).toBe(problem);
  });

  it('no answer within the time', async () => {
    const { prometheus } = await serve(() => {}, { timeoutMs: 50 });
    expect(await problemOf(prometheus.queryRange('up', grid))).toBe('timeout');
  });

  it('nobody there; no address is told', async () => {
    const { prometheus, server } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    const error: PrometheusError = await prometheus.queryRange('up', grid).then(
      () => expect.unreachable(),
      (failure: unknown) => failure as PrometheusError,
    );
    expect(error.problem).toBe('unreachable');
    expect(error.toMessageRef()).toEqual({ code: 'metrics_unreachable', params: { reason: 'ECONNREFUSED' } });
  });

  it('an answer cut off in the middle', async () => {
    const { prometheus } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"status":', () => response.destroy());
    });
    expect(await problemOf(prometheus.queryRange('up', grid))).toBe('unreachable');
  });
});

it('says since when Prometheus is away or back, once per change', async () => {
  let up = false;
  const { prometheus, clock } = await serve((_, response) =>
    up ? send(response, 200, vector('1')) : response.destroy(),
  );
  const heard: unknown[] = [];
  prometheus.subscribe((health) => heard.push(health));
  await prometheus.probe();
  clock.now += 5_000;
  await prometheus.probe();
  up = true;
  // Asked too soon: the last answer still stands.
  expect((await prometheus.probe()).reachable).toBe(false);
  clock.now += 5_000;
  expect((await prometheus.probe()).reachable).toBe(true);
  expect(heard).toEqual([
    { reachable: false, since: new Date(startMs).toISOString() },
    { reachable: true, since: new Date(startMs + 10_000).toISOString() },
  ]);
});

describe('a Prometheus that answers nothing in time', () => {
  /** Answers when it is told to; `held`: how many wait. */
  async function slow() {
    const waiting: (() => void)[] = [];
    let isSlow = true;
    const served = await serve(
      ({ form }, response) => {
        const answer = () => send(response, 200, form.has('start') ? matrix() : vector('1'));
        if (isSlow) waiting.push(answer);
        else answer();
      },
      { timeoutMs: 200 },
    );
    return { ...served, waiting, recover: () => (isSlow = false) };
  }

  it('is waited for by nobody but a probe until it answers, and then asked as ever', async () => {
    const { prometheus, received, clock, recover } = await slow();
    expect(await problemOf(prometheus.queryRange('a', grid))).toBe('timeout');
    const many = Array.from({ length: 50 }, (_, index) => problemOf(prometheus.queryRange(`b${index}`, grid)));
    expect(new Set(await Promise.all(many))).toEqual(new Set(['timeout']));
    await expect.poll(() => received.map(({ form }) => form.get('query'))).toEqual(['a', 'vector(1)']);
    recover();
    clock.now += 5_000;
    await expect.poll(() => problemOf(prometheus.queryRange('a', grid))).toBe('answered');
    expect(prometheus.health().reachable).toBe(true);
  });

  it('is asked again after half a minute in which nobody looked', async () => {
    const { prometheus, clock, recover } = await slow();
    expect(await problemOf(prometheus.queryRange('a', grid))).toBe('timeout');
    recover();
    clock.now += 30_000;
    expect(await problemOf(prometheus.queryRange('a', grid))).toBe('answered');
  });

  it('is not what a single slow query makes of it while others are answered', async () => {
    const { prometheus, waiting, clock, recover } = await slow();
    const alone = problemOf(prometheus.queryRange('a', grid));
    await expect.poll(() => waiting.length).toBe(1);
    recover();
    clock.now += 1;
    expect(await problemOf(prometheus.queryRange('b', grid))).toBe('answered');
    expect(await alone).toBe('timeout');
    expect(await problemOf(prometheus.queryRange('c', grid))).toBe('answered');
  });

  it('holds nobody up who asks for its health: what was known before is told', async () => {
    const { prometheus, clock, waiting } = await serveHealthyThenSlow();
    expect((await prometheus.probe()).reachable).toBe(true);
    clock.now += 5_000;
    const begin = Date.now();
    expect((await prometheus.probe()).reachable).toBe(true);
    expect(Date.now() - begin).toBeLessThan(8_000);
    expect(waiting()).toBe(1);
  });

  /** Answers the first request only; waits longer with the others than a page does for the console. */
  async function serveHealthyThenSlow() {
    let held = 0;
    let isFirst = true;
    const served = await serve((_, response) => {
      if (!isFirst) held += 1;
      else send(response, 200, vector('1'));
      isFirst = false;
    });
    return { ...served, waiting: () => held };
  }
});

describe('the scrape interval', () => {
  it.each([
    ['global:\n  scrape_interval: 30s\n  scrape_timeout: 10s\nscrape_configs:\n- scrape_interval: 5s\n', 30],
    ['global:\n  evaluation_interval: 1m\n  scrape_interval: 1m30s\n', 90],
    ['scrape_configs:\n- scrape_interval: 5s\n', 15],
    ['', 15],
  ])('of %j is %i', async (yaml, seconds) => {
    const { prometheus } = await serve((_, response) => send(response, 200, { status: 'success', data: { yaml } }));
    expect(await prometheus.scrapeIntervalSeconds()).toBe(seconds);
  });

  it('is 15 s where the configuration is not for us', async () => {
    const { prometheus } = await serve((_, response) => send(response, 403, ''));
    expect(await prometheus.scrapeIntervalSeconds()).toBe(15);
  });
});

it('the bearer token is read anew for every request', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'prometheus-test-'));
  const tokenFile = path.join(directory, 'token');
  const { prometheus, received } = await serve((_, response) => send(response, 200, matrix()), { tokenFile });
  writeFileSync(tokenFile, 'first\n');
  await prometheus.queryRange('a', grid);
  writeFileSync(tokenFile, 'second\n');
  await prometheus.queryRange('b', grid);
  expect(received.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  rmSync(directory, { recursive: true });
});
