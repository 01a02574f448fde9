import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiRequestError, apiPath, apiUrl, requestJson } from './http';

let server: Server;
let origin: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  vi.stubGlobal('document', { documentElement: { lang: 'zh-CN' } });
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('the request must fail'),
    (error: unknown) => error as ApiRequestError,
  );

describe('requestJson', () => {
  it('sends JSON in the reader’s language and returns the body', async () => {
    let seen: IncomingMessage | undefined;
    let body = '';
    answer = (request, response) => {
      seen = request;
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => response.writeHead(201, { 'content-type': 'application/json' }).end('{"name":"a"}'));
    };
    await expect(
      requestJson('POST', `${origin}/api/tasks`, { body: { name: 'a' }, query: { dryRun: true } }),
    ).resolves.toEqual({ name: 'a' });
    expect(seen?.url).toBe('/api/tasks?dryRun=true');
    expect(seen?.headers['content-type']).toBe('application/json');
    expect(seen?.headers['accept-language']).toContain('zh-CN');
    expect(body).toBe('{"name":"a"}');
  });

  it('sends no body and no Content-Type when there is none', async () => {
    let type: string | undefined = 'unset';
    answer = (request, response) => {
      type = request.headers['content-type'];
      response.end('{}');
    };
    await requestJson('DELETE', `${origin}/api/tasks/a/b`);
    expect(type).toBeUndefined();
  });

  it('throws the API’s own code, params and details', async () => {
    answer = (_, response) =>
      response.writeHead(400, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          error: {
            code: 'invalid_input',
            params: { a: 1 },
            message: 'wrong',
            details: [{ path: 'name', code: 'required', params: {}, message: 'is missing' }],
          },
        }),
      );
    const error = await failure(requestJson('GET', `${origin}/x`));
    expect(error).toBeInstanceOf(ApiRequestError);
    expect(error).toMatchObject({ code: 'invalid_input', status: 400, params: { a: 1 }, message: 'wrong' });
    expect(error.details).toHaveLength(1);
  });

  it('tells a foreign error page apart from our answers', async () => {
    answer = (_, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
    expect(await failure(requestJson('GET', `${origin}/x`))).toMatchObject({ code: 'internal', status: 502 });
    answer = (_, response) => response.writeHead(401).end('no');
    expect(await failure(requestJson('GET', `${origin}/x`))).toMatchObject({ code: 'unauthorized', status: 401 });
  });

  it('says network when nobody answers or the answer is cut off', async () => {
    answer = (request) => request.socket.destroy();
    expect(await failure(requestJson('GET', `${origin}/x`))).toMatchObject({ code: 'network', status: 0 });
    answer = (_, response) => response.end('{"half":');
    expect(await failure(requestJson('GET', `${origin}/x`))).toMatchObject({ code: 'network' });
  });

  it('says timeout when the answer takes too long', async () => {
    answer = () => undefined;
    expect(await failure(requestJson('GET', `${origin}/x`, { timeoutMs: 30 }))).toMatchObject({ code: 'timeout' });
  });

  it('passes the caller’s abort on as it is, so that a cancelled query is no failure', async () => {
    answer = () => controller.abort();
    const controller = new AbortController();
    const error = await failure(requestJson('GET', `${origin}/x`, { signal: controller.signal }));
    expect(error).not.toBeInstanceOf(ApiRequestError);
    expect(error.name).toBe('AbortError');
  });
});

describe('addresses', () => {
  it('leave out empty query parts and repeat lists', () => {
    expect(
      apiUrl('/api/tasks', { namespace: 'a', q: '', state: ['Paused', 'attention'], limit: 50, continue: undefined }),
    ).toBe('/api/tasks?namespace=a&state=Paused&state=attention&limit=50');
  });

  it('encode path parts, so that a name cannot leave its place', () => {
    expect(apiPath('tasks', '../x', 'a/b?c')).toBe('/api/tasks/..%2Fx/a%2Fb%3Fc');
  });
});
