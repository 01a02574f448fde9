import type { ErrorBody } from '@/lib/contract/error';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consoleHost, methodNames, startTestConsole, type Call, type Route, type TestConsole } from './console';

/**
 * Every route file of the app is found on disk, so a new endpoint is held to the same: what is wrong with a request is
 * answered with 4xx and the field's path, writes nothing and shows no stack.
 */
let console: TestConsole;
let before: string;
beforeAll(async () => {
  console = await startTestConsole();
  before = stored();
});
afterAll(() => console.stop());

/** Everything in the cluster that a verb of the console could have made or edited. */
function stored(): string {
  const kinds: [string, string][] = [
    ['', 'ConfigMap'],
    ['', 'Service'],
    ['apps', 'Deployment'],
    ['networking.istio.io', 'VirtualService'],
    ['networking.istio.io', 'DestinationRule'],
  ];
  return JSON.stringify(
    kinds.flatMap(([group, kind]) =>
      console.sandbox.store
        .list(group, kind)
        .map(({ metadata, ...rest }) => [metadata.name, metadata.labels, rest.spec, rest.data]),
    ),
  );
}

const catchAll = '/api/[[...path]]';
const probes = ['/api/livez', '/api/readyz'];
const routesOfOurs = () => console.routes.filter(({ pattern }) => pattern !== catchAll);
const writes = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Does the route have this method at all? An unknown query parameter is answered with 400 if so, 405 if not. */
async function hasMethod(route: Route, method: (typeof methodNames)[number]): Promise<boolean> {
  const response = await console.call(route, { method, query: '?no-such-parameter=1' });
  await response.body?.cancel();
  return response.status !== 405;
}

async function endpoints(wanted: readonly (typeof methodNames)[number][]) {
  const all = routesOfOurs().flatMap((route) => wanted.map((method) => ({ route, method })));
  const present = await Promise.all(all.map(({ route, method }) => hasMethod(route, method)));
  return all.filter((_, index) => present[index]);
}

/** Calls and checks that the refusal is whole: an ErrorBody with a text, without a stack. */
async function refused(route: Route, call: Call): Promise<{ status: number; error: ErrorBody['error'] }> {
  const response = await console.call(route, call);
  const text = await response.text();
  const context = `${call.method ?? 'GET'} ${route.pattern} ${JSON.stringify(call.params ?? {})} ${call.query ?? ''}: ${text.slice(0, 300)}`;
  expect(response.status, context).toBeGreaterThanOrEqual(400);
  expect(response.status, context).toBeLessThan(500);
  expect(text, context).not.toMatch(/\bat .*\.(ts|js|mjs):\d+|node_modules/);
  const { error } = JSON.parse(text) as ErrorBody;
  expect(error.message, context).toBeTruthy();
  return { status: response.status, error };
}

it('there are endpoints to hold to it', async () => {
  expect(routesOfOurs().length).toBeGreaterThan(15);
  expect((await endpoints(writes)).length).toBeGreaterThan(5);
});

describe('every endpoint', () => {
  it('refuses a Host that is not ours', async () => {
    for (const { route, method } of await endpoints(methodNames)) {
      const { status } = await refused(route, { method, headers: { host: 'evil.example' } });
      expect(status).toBe(403);
    }
  });

  it('refuses names in the path that would leave their address or their query, by the name of the part', async () => {
    const names = [
      '../x',
      '..',
      '%2e%2e',
      'a"}or',
      'a"} or vector(1)',
      'a/b',
      'A',
      '-a',
      'a'.repeat(64),
      'a\u0000',
      "'",
      '${x}',
      '.*',
    ];
    for (const { route, method } of await endpoints(methodNames)) {
      for (const parameter of route.parameters) {
        for (const name of names) {
          const body = method === 'GET' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } };
          const { status, error } = await refused(route, { method, params: { [parameter]: name }, ...body });
          expect(status).toBe(400);
          expect(error.details?.map(({ path }) => path)).toEqual([parameter]);
        }
      }
    }
  });

  it('refuses a query parameter that it does not know, by its name', async () => {
    for (const { route, method } of await endpoints(methodNames)) {
      const { status, error } = await refused(route, { method, query: '?colour=red' });
      expect(status).toBe(400);
      expect(error.details?.map(({ path, code }) => [path, code])).toContainEqual(['colour', 'unknown_field']);
    }
  });

  it('names its methods to one that it does not have', async () => {
    for (const route of routesOfOurs()) {
      for (const method of methodNames) {
        if (await hasMethod(route, method)) continue;
        const response = await console.call(route, { method });
        expect(response.status).toBe(405);
        expect(response.headers.get('allow')).toMatch(/^(GET|POST|PATCH|DELETE)(, (GET|POST|PATCH|DELETE))*$/);
      }
    }
  });
});

describe('every write', () => {
  const json = { 'content-type': 'application/json' };

  it('refuses a page of another origin', async () => {
    const foreign: Record<string, string>[] = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: `http://${consoleHost}1` },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const { route, method } of await endpoints(writes)) {
      for (const headers of foreign) {
        const { status } = await refused(route, { method, body: '{}', headers: { ...json, ...headers } });
        expect(status).toBe(403);
      }
    }
  });

  it('takes JSON only', async () => {
    for (const { route, method } of await endpoints(writes)) {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
        expect((await refused(route, { method, body: '{}', headers: { 'content-type': type } })).status).toBe(415);
      expect((await refused(route, { method, body: '{"percentage":', headers: json })).status).toBe(400);
    }
  });

  it('refuses a body over 1 MiB', async () => {
    const body = JSON.stringify({ description: 'x'.repeat(1024 * 1024) });
    for (const { route, method } of await endpoints(writes))
      expect((await refused(route, { method, body, headers: json })).status).toBe(413);
  });

  it.each([[[]], ['text'], [7], [null]])('refuses %j as a body', async (body) => {
    for (const { route, method } of await endpoints(writes)) {
      const { status, error } = await refused(route, { method, body: JSON.stringify(body), headers: json });
      expect(status).toBe(400);
      expect(error.details?.map(({ path, code }) => [path, code])).toEqual([['', 'wrong_type']]);
    }
  });

  it('names every field that it does not know', async () => {
    for (const { route, method } of await endpoints(writes)) {
      const { status, error } = await refused(route, {
        method,
        body: '{"colour":"red","expiresAt":"2030-01-01T00:00:00Z"}',
        headers: json,
      });
      expect(status).toBe(400);
      expect(error.details?.map(({ path, code }) => [path, code])).toEqual(
        expect.arrayContaining([
          ['colour', 'unknown_field'],
          ['expiresAt', 'not_in_this_release'],
        ]),
      );
    }
  });
});

it('answers 404 for every address and method that is nothing', async () => {
  const route = console.route(catchAll);
  for (const method of methodNames) expect((await refused(route, { method })).status).toBe(404);
});

it('answers probes whatever else is wrong', async () => {
  for (const pattern of probes) expect((await console.call(console.route(pattern))).status).toBe(200);
});

it('wrote nothing', () => {
  expect(stored()).toBe(before);
});
