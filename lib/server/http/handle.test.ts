import { ChangeTaskInput, CreateTaskInput } from '@/lib/contract/create-task-input';
import type { ErrorBody } from '@/lib/contract/error';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import * as z from 'zod/mini';
import { describe, expect, it } from 'vitest';
import { ApiError } from './api-error';
import { handle, methods, nothingHere, type RouteHandler } from './handle';
import { queryFlag, queryInteger, queryList } from './query';

const host = '127.0.0.1:3000';

interface Call {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: RequestInit['body'];
  params?: Record<string, string>;
}

async function call(
  handler: RouteHandler,
  { method = 'POST', path = '/api/x', headers, body, params = {} }: Call = {},
) {
  const request = new Request(`http://${host}${path}`, {
    method,
    headers: { host, ...(typeof body === 'string' && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body, duplex: 'half' }),
  });
  const response = await handler(request, { params: Promise.resolve(params) });
  const text = await response.text();
  return {
    response,
    status: response.status,
    error: (text ? (JSON.parse(text) as ErrorBody) : undefined)?.error,
    text,
  };
}

/** Path and code of every finding, as `path code`. */
const findings = (error: ErrorBody['error'] | undefined) => error?.details?.map(({ path, code }) => `${path} ${code}`);

const createRoute = handle({ write: true, body: CreateTaskInput }, ({ body }) => body);

const smallest = {
  namespace: 'demo-project',
  name: 'reviews-v2',
  service: 'reviews',
  target: { kind: 'version', version: 'v2', containers: [{ name: 'reviews', image: 'reviews:2' }] },
};
const container = (fields: object) => ({
  ...smallest,
  target: { ...smallest.target, containers: [{ name: 'reviews', ...fields }] },
});

describe('a body that is not what the endpoint takes is answered with the path of each wrong field', () => {
  it('accepts the smallest creation and fills in what may be left out', async () => {
    const { status, text } = await call(createRoute, { body: JSON.stringify(smallest) });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ percentage: 100, description: '', target: { replicas: 1 } });
  });

  const v2 = { kind: 'version', version: 'v2', percentage: 30 };
  const several = (targets: object[], more: object = {}) => {
    const { target: _only, ...rest } = smallest as typeof smallest & { target?: object };
    return { ...rest, targets, ...more };
  };
  const cases: [string, unknown, string[]][] = [
    ['nothing', {}, ['namespace required', 'name required', 'service required', 'target required']],
    ['an array', [], [' wrong_type']],
    ['a text', 'text', [' wrong_type']],
    ['null', null, [' wrong_type']],
    ['a number for a name', { ...smallest, name: 7 }, ['name wrong_type']],
    ['a name that leaves its URL', { ...smallest, name: '../x' }, ['name wrong_format']],
    ['a name that leaves its PromQL', { ...smallest, service: 'a"}or' }, ['service wrong_format']],
    ['an encoded name', { ...smallest, namespace: '%2e%2e' }, ['namespace wrong_format']],
    ['a name of 64 letters', { ...smallest, name: 'a'.repeat(64) }, ['name too_long']],
    ['a name with a line break', { ...smallest, name: 'a\n' }, ['name wrong_format']],
    ['a percentage of 0', { ...smallest, percentage: 0 }, ['percentage too_small']],
    ['a percentage over 100', { ...smallest, percentage: 100.0001 }, ['percentage too_big']],
    ['a percentage between two steps', { ...smallest, percentage: 0.00015 }, ['percentage percentage_step']],
    ['a percentage as text', { ...smallest, percentage: '10' }, ['percentage wrong_type']],
    ['a port that is none', { ...smallest, ports: [0] }, ['ports[0] too_small']],
    ['half a port', { ...smallest, ports: [80.5] }, ['ports[0] wrong_type']],
    ['no port', { ...smallest, ports: [] }, ['ports too_short']],
    ['an unknown field', { ...smallest, colour: 'red' }, ['colour unknown_field']],
    ['an unknown field deep down', container({ command: [] }), ['target.containers[0].command unknown_field']],
    ['a wrong type deep down', container({ image: 7 }), ['target.containers[0].image wrong_type']],
    ['an empty image', container({ image: '' }), ['target.containers[0].image too_short']],
    ['an image with a space', container({ image: 'a b' }), ['target.containers[0].image wrong_format']],
    [
      'a wrong quantity',
      container({ resources: { limits: { cpu: 'much' } } }),
      ['target.containers[0].resources.limits.cpu wrong_format'],
    ],
    ['two targets that are one', several([v2, v2]), ['targets target_twice']],
    ['no targets', several([]), ['targets too_short']],
    ['six targets', several([1, 2, 3, 4, 5, 6].map((n) => ({ ...v2, version: `v${n}` }))), ['targets too_long']],
    [
      'a target of several without its share',
      several([v2, { ...v2, version: 'v3', percentage: undefined }]),
      ['targets[1].percentage required'],
    ],
    [
      'several targets beside one',
      { ...smallest, ...several([v2]), target: smallest.target },
      ['targets targets_or_target'],
    ],
    ['a share beside those of several', several([v2], { percentage: 5 }), ['percentage percentage_of_each']],
    [
      'a placement of one of several targets elsewhere',
      several([v2, { kind: 'external', host: 'a.example.com', port: 80, percentage: 1, placement: 'subset' }]),
      ['targets[1].placement unknown_field'],
    ],
    ['a target without kind', { ...smallest, target: { version: 'v2' } }, ['target.kind required']],
    ['a target that is a text', { ...smallest, target: 'v2' }, ['target wrong_type']],
    [
      'an existing workload with fields of a new one',
      { ...smallest, target: { kind: 'version', existing: 'a', replicas: 2 } },
      ['target.replicas unknown_field'],
    ],
    [
      'a service as target, without its namespace',
      { ...smallest, target: { kind: 'service', name: 'x', port: 1 } },
      ['target.namespace required'],
    ],
    [
      'a placement for a target that is another service',
      { ...smallest, placement: 'subset', target: { kind: 'service', namespace: 'x', name: 'x', port: 1 } },
      ['placement placement_elsewhere'],
    ],
    [
      'an external host as target that is an address',
      { ...smallest, target: { kind: 'external', host: '10.0.0.1', port: 80 } },
      ['target.host wrong_format'],
    ],
    [
      'an external host as target with a wildcard',
      { ...smallest, target: { kind: 'external', host: '*.example.com', port: 80 } },
      ['target.host wrong_format'],
    ],
    ['an unknown placement', { ...smallest, placement: 'sidecar' }, ['placement not_one_of']],
    ['a choice of no route', { ...smallest, routes: [] }, ['routes too_short']],
    ['conditions without any', { ...smallest, match: [] }, ['match too_short']],
    ['a condition without any', { ...smallest, match: [{}] }, ['match[0] match_empty']],
    [
      'a condition on an unknown part',
      { ...smallest, match: [{ body: {} }] },
      ['match[0].body unknown_field', 'match[0] match_empty'],
    ],
    [
      'the guide’s unquoted true',
      { ...smallest, match: [{ headers: { 'x-test-user': { exact: true } } }] },
      ['match[0].headers.x-test-user.exact wrong_type'],
    ],
    [
      'a pseudo-header',
      { ...smallest, match: [{ headers: { authority: { exact: 'a' } } }] },
      ['match[0].headers.authority header_not_matched'],
    ],
    [
      'a header that is none',
      { ...smallest, match: [{ headers: { 'a b': { exact: 'a' } } }] },
      ['match[0].headers.a b wrong_format'],
    ],
    [
      'a header in two spellings',
      { ...smallest, match: [{ headers: { 'X-Env': { exact: 'a' }, 'x-env': { prefix: 'b' } } }] },
      ['match[0].headers header_twice'],
    ],
    ['no header', { ...smallest, match: [{ headers: {} }] }, ['match[0].headers headers_count']],
    [
      'a path without a slash',
      { ...smallest, match: [{ path: { prefix: 'a' } }] },
      ['match[0].path.prefix wrong_format'],
    ],
    ['an unknown method', { ...smallest, match: [{ method: { exact: 'get' } }] }, ['match[0].method.exact not_one_of']],
    ['no method to copy', { ...smallest, safety: { methods: [] } }, ['safety.methods too_short']],
    [
      'a safety of a later release',
      { ...smallest, safety: { egress: 'deny', limits: {} } },
      ['safety.egress not_in_this_release', 'safety.limits not_in_this_release'],
    ],
    [
      'a safety that nobody knows',
      { ...smallest, safety: { denyWrites: 'yes', readOnly: true } },
      ['safety.denyWrites wrong_type', 'safety.readOnly unknown_field'],
    ],
    [
      'the protection of what is not a version of the service',
      { ...smallest, target: { kind: 'service', namespace: 'a', name: 'x', port: 1 }, safety: { denyWrites: true } },
      ['safety protection_elsewhere'],
    ],
    ...(['expiresAt', 'stopWhen'] as const).map((field): [string, unknown, string[]] => [
      `the later field ${field}`,
      { ...smallest, [field]: [] },
      [`${field} not_in_this_release`],
    ]),
  ];
  it.each(cases)('%s', async (_, body, expected) => {
    const { status, error } = await call(createRoute, { body: JSON.stringify(body) });
    expect(status).toBe(400);
    expect(error?.code).toBe('invalid_input');
    expect(findings(error)).toEqual(expected);
    for (const detail of error?.details ?? []) expect(detail.message).not.toBe(detail.code);
  });

  it.each([
    ['nothing', {}, [' change_empty']],
    ['nothing of a target', { targets: [{ id: 'version' }] }, ['targets[0] change_empty']],
    [
      'both kinds of shares',
      { percentage: 1, targets: [{ id: 'version', percentage: 2 }] },
      ['targets targets_or_change'],
    ],
    [
      'a workload by itself and by target',
      { replicas: 2, targets: [{ id: 'a', replicas: 2 }] },
      ['targets targets_or_change'],
    ],
    [
      'one container twice',
      {
        containers: [
          { name: 'reviews', image: 'a' },
          { name: 'reviews', image: 'b' },
        ],
      },
      ['containers container_twice'],
    ],
    ['a share beside a ramp', { ramp: [{ percentage: 5, holdSeconds: 60 }], percentage: 80 }, ['ramp ramp_share']],
    [
      'a ramp that does not rise, or whose step has no time though another follows',
      { ramp: [{ percentage: 25, holdSeconds: 60 }, { percentage: 5 }, { percentage: 50 }] },
      ['ramp[1].percentage ramp_not_above', 'ramp[1].holdSeconds ramp_hold_required'],
    ],
    [
      'a ramp of several targets whose share of one does not rise',
      {
        ramp: [
          {
            targets: [
              { id: 'a', percentage: 5 },
              { id: 'b', percentage: 5 },
            ],
            holdSeconds: 60,
          },
          { targets: [{ id: 'b', percentage: 5 }], holdSeconds: 60 },
          {
            targets: [
              { id: 'a', percentage: 4 },
              { id: 'b', percentage: 6 },
            ],
          },
        ],
      },
      ['ramp[1].targets[0].percentage ramp_not_above', 'ramp[2].targets[0].percentage ramp_not_above'],
    ],
    [
      'a ramp whose steps say no share, one twice, or something else',
      {
        ramp: [
          { holdSeconds: 60 },
          { percentage: 5, targets: [{ id: 'a', percentage: 5 }], holdSeconds: 60 },
          { targets: 'a' },
        ],
      },
      ['ramp[0].percentage required', 'ramp[1].targets targets_or_change', 'ramp[2].targets wrong_type'],
    ],
    ['a share beside what becomes of a ramp', { rampHeld: true, percentage: 80 }, ['rampHeld ramp_held_share']],
    [
      'one target twice',
      {
        targets: [
          { id: 'a', percentage: 1 },
          { id: 'a', percentage: 2 },
        ],
      },
      ['targets target_twice'],
    ],
  ])('refuses a change of %s', async (_, body, expected) => {
    const route = handle({ write: true, body: ChangeTaskInput }, () => ({}));
    const { error } = await call(route, { method: 'PATCH', body: JSON.stringify(body) });
    expect(findings(error)).toEqual(expected);
  });

  it('names a later field of a change too', async () => {
    const route = handle({ write: true, body: ChangeTaskInput }, () => ({}));
    const { error } = await call(route, { method: 'PATCH', body: '{"percentage":5,"expiresAt":"2030-01-01"}' });
    expect(findings(error)).toEqual(['expiresAt not_in_this_release']);
  });

  it('refuses what is not JSON, not UTF-8, or nested without end', async () => {
    expect(findings((await call(createRoute, { body: '{' })).error)).toEqual([' not_json']);
    const bytes = new Uint8Array([0x22, 0xff, 0x22]);
    const notText = await call(createRoute, { body: bytes, headers: { 'content-type': 'application/json' } });
    expect(findings(notText.error)).toEqual([' not_json']);
    const deep = await call(createRoute, { body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` });
    expect(findings(deep.error)).toEqual([' too_deep']);
  });

  it('takes only application/json', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      expect((await call(createRoute, { body: '{}', headers: { 'content-type': type } })).status).toBe(415);
    const withCharset = { 'content-type': 'application/json; charset=utf-8' };
    expect((await call(createRoute, { body: JSON.stringify(smallest), headers: withCharset })).status).toBe(200);
  });

  it('stops reading a body over 1 MiB, whatever length it declares', async () => {
    expect((await call(createRoute, { body: JSON.stringify('x'.repeat(1024 * 1024)) })).status).toBe(413);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
    const { status } = await call(createRoute, { body: endless, headers: { 'content-type': 'application/json' } });
    expect(status).toBe(413);
    expect(sent).toBeLessThan(2 * 1024 * 1024);
  });

  it('refuses fields where a write takes none, and an absent body means no fields', async () => {
    const route = handle({ write: true }, () => ({ done: true }));
    expect((await call(route)).status).toBe(200);
    expect((await call(route, { body: '{}' })).status).toBe(200);
    expect(findings((await call(route, { body: '{"percentage":1}' })).error)).toEqual(['percentage unknown_field']);
  });
});

describe('names of the path are checked before anything uses them', () => {
  const route = handle({ names: ['namespace', 'name'] }, ({ names }) => names);
  it.each(['../x', '..', '%2e%2e', 'a"}or', 'a/b', 'A', '-a', '', 'a'.repeat(64), 'a\u0000', 'ä'])(
    '%j',
    async (name) => {
      const { status, error } = await call(route, { method: 'GET', params: { namespace: 'demo-project', name } });
      expect(status).toBe(400);
      expect(error?.details?.map(({ path }) => path)).toEqual(['name']);
    },
  );

  it('lets Kubernetes names through', async () => {
    const { status, text } = await call(route, { method: 'GET', params: { namespace: 'n', name: 'reviews-v2' } });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ namespace: 'n', name: 'reviews-v2' });
  });
});

describe('query parameters', () => {
  const route = handle(
    {
      query: z.strictObject({
        dryRun: queryFlag,
        limit: z.optional(queryInteger(1, 500)),
        state: queryList(z.enum(['Paused', 'Drifted']), 10),
      }),
    },
    ({ query }) => query,
  );
  const get = (search: string) => call(route, { method: 'GET', path: `/api/x${search}` });

  it('are typed', async () => {
    expect(JSON.parse((await get('')).text)).toEqual({ dryRun: false, state: [] });
    expect(JSON.parse((await get('?dryRun=true&limit=20&state=Paused&state=Drifted')).text)).toEqual({
      dryRun: true,
      limit: 20,
      state: ['Paused', 'Drifted'],
    });
  });

  it.each([
    ['?dryRun=yes', 'dryRun not_one_of'],
    ['?dryRun=true&dryRun=false', 'dryRun not_one_of'],
    ['?limit=0', 'limit too_small'],
    ['?limit=1e3', 'limit wrong_format'],
    ['?limit=-1', 'limit wrong_format'],
    ['?state=Gone', 'state[0] not_one_of'],
    ['?colour=red', 'colour unknown_field'],
  ])('%s is refused', async (search, finding) => {
    const { status, error } = await get(search);
    expect(status).toBe(400);
    expect(findings(error)).toEqual([finding]);
  });
});

describe('who may call', () => {
  const read = handle({}, () => ({ ok: true }));
  const write = handle({ write: true }, () => ({ ok: true }));

  it.each(['127.0.0.1:3000', 'localhost:3000', '[::1]:3000', 'localhost'])('Host %s is ours', async (name) => {
    expect((await call(read, { method: 'GET', headers: { host: name } })).status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:3000',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
    '',
    '127.0.0.2',
    '0.0.0.0',
  ])('Host %j is refused (DNS rebinding)', async (name) => {
    expect((await call(read, { method: 'GET', headers: { host: name } })).status).toBe(403);
  });

  it.each([
    [{}, 200],
    [{ origin: 'http://127.0.0.1:3000' }, 200],
    [{ origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-origin' }, 200],
    [{ origin: 'http://127.0.0.1:3001' }, 403],
    [{ origin: 'http://localhost:3000' }, 403],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'nonsense' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
  ])('a write with %j answers %i', async (headers, status) => {
    expect((await call(write, { headers: headers as Record<string, string> })).status).toBe(status);
  });
});

describe('what goes wrong inside', () => {
  const failing = (error: unknown) =>
    handle({}, () => {
      throw error;
    });
  const get = (error: unknown, language = 'en') =>
    call(failing(error), { method: 'GET', headers: { 'accept-language': language } });

  it('shows no stack, path or words of an unexpected error', async () => {
    const { status, text, error, response } = await get(new Error('secret at /etc/passwd'));
    expect(status).toBe(500);
    expect(text).not.toContain('secret');
    expect(text).not.toContain('.ts');
    expect(error?.params['request']).toBe(response.headers.get('x-request-id'));
  });

  it.each([
    ['forbidden', 403, 'forbidden'],
    ['notFound', 404, 'not_found'],
    ['conflict', 409, 'conflict'],
    ['alreadyExists', 409, 'already_exists'],
    ['invalid', 400, 'invalid_input'],
    ['unauthorized', 503, 'upstream_unavailable'],
    ['unreachable', 503, 'upstream_unavailable'],
    ['timeout', 503, 'upstream_unavailable'],
    ['gone', 503, 'upstream_unavailable'],
    ['other', 503, 'upstream_unavailable'],
  ] as const)("keeps Kubernetes' words of %s", async (code, status, expected) => {
    const { error, ...answer } = await get(new ClusterError(code, 'pods "x" says no'));
    expect(answer.status).toBe(status);
    expect(error?.code).toBe(expected);
    expect(answer.text).toContain(String.raw`pods \"x\" says no`);
  });

  it('speaks the language that is asked for', async () => {
    const error = new ApiError('not_found', { kind: 'task', name: 'a/b' });
    expect((await get(error)).error?.message).toBe('Task a/b does not exist.');
    expect((await get(error, 'zh-CN,zh;q=0.9,en;q=0.8')).error?.message).toBe('任务 a/b 不存在。');
    expect((await get(error, 'fr, en;q=0.2, zh;q=0.1')).error?.message).toBe('Task a/b does not exist.');
  });

  it('has a text for every error code, in both languages', async () => {
    const samples: ApiError[] = [
      new ApiError('invalid_input', {}),
      new ApiError('unauthorized', {}),
      new ApiError('forbidden', { reason: 'r' }),
      new ApiError('not_found', { kind: 'Service', name: 'n' }),
      new ApiError('method_not_allowed', { method: 'PUT', allow: 'GET' }),
      new ApiError('already_exists', { kind: 'task', name: 'n' }),
      new ApiError('conflict', { reason: 'r' }),
      new ApiError('operation_running', { verb: 'create', by: 'admin' }),
      new ApiError('precondition_failed', { object: 'o' }),
      new ApiError('payload_too_large', { limitBytes: 1 }),
      new ApiError('unsupported_media_type', {}),
      new ApiError('plan_infeasible', { failed: 2 }),
      new ApiError('internal', { request: 'r' }),
      new ApiError('not_implemented', { what: 'w' }),
      new ApiError('upstream_unavailable', { upstream: 'u', reason: 'r' }),
      new ApiError('metrics_unavailable', { reason: 'r' }),
    ];
    for (const language of ['en', 'zh'])
      for (const sample of samples) {
        const message = (await get(sample, language)).error?.message;
        expect(message).toMatch(language === 'zh' ? /[\u4e00-\u9fff]/ : /^[^\u4e00-\u9fff]*$/);
        expect(message).not.toContain(sample.code);
      }
  });
});

describe('methods and addresses that are not there', () => {
  it.each(['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'] as const)(
    '%s is answered with what is possible',
    async (method) => {
      const exports = methods({ GET: handle({}, () => ({})), POST: handle({ write: true }, () => ({})) });
      const { response, status } = await call(exports[method], { method });
      expect(status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, POST');
    },
  );

  it('answers 404 as JSON and names the address', async () => {
    const { status, error } = await call(nothingHere().GET, { method: 'GET', path: '/api/nothing' });
    expect(status).toBe(404);
    expect(error?.message).toContain('/api/nothing');
  });
});

it('every answer forbids sniffing, caching and framing', async () => {
  const { response } = await call(
    handle({}, () => ({})),
    { method: 'GET' },
  );
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
  });
});
