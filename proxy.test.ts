import { NextRequest } from 'next/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const token = 'launch-token-of-this-test';

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllEnvs());

interface Visit {
  headers?: Record<string, string>;
  env?: Record<string, string>;
}

/** Asks the proxy for a page, with the settings of `env`. */
async function visit(address: string, { headers, env = {} }: Visit = {}) {
  for (const [name, value] of Object.entries({ PORT: '3000', ...env })) vi.stubEnv(name, value);
  const { proxy } = await import('./proxy');
  const request = new NextRequest(`http://127.0.0.1:3000${address}`, {
    headers: { host: '127.0.0.1:3000', ...headers },
  });
  return proxy(request);
}

const withToken = { MIRROR_CONSOLE_TOKEN: token };
const policyOf = (response: Response) =>
  new Map(
    (response.headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources];
    }),
  );

describe('the policy of a page', () => {
  it('lets run what carries the nonce of this answer, and nothing else', async () => {
    const first = policyOf(await visit('/tasks'));
    const second = policyOf(await visit('/tasks'));
    const nonce = first.get('script-src')?.find((source) => source.startsWith("'nonce-")) ?? '';
    expect(nonce).toMatch(/^'nonce-[A-Za-z0-9+/]{22}=='$/);
    expect(second.get('script-src')).not.toContain(nonce);
    expect(first.get('script-src')).toEqual(["'self'", nonce, "'strict-dynamic'"]);
    expect(first.get('style-src-elem')).toEqual(["'self'", nonce]);
    expect(first.get('style-src-attr')).toEqual(["'unsafe-inline'"]);
    for (const directive of ['object-src', 'base-uri', 'frame-ancestors'])
      expect(first.get(directive)).toEqual(["'none'"]);
    for (const directive of ['default-src', 'connect-src', 'form-action', 'font-src'])
      expect(first.get(directive)).toEqual(["'self'"]);
    expect(first.get('img-src')).toEqual(["'self'", 'data:']);
  });

  it('allows eval, and style elements without a nonce, in development only', async () => {
    const development = policyOf(await visit('/', { env: { NODE_ENV: 'development' } }));
    expect(development.get('script-src')).toContain("'unsafe-eval'");
    expect(development.get('style-src-elem')).toEqual(["'self'", "'unsafe-inline'"]);
    vi.resetModules();
    const production = policyOf(await visit('/', { env: { NODE_ENV: 'production' } }));
    expect(production.get('script-src')).not.toContain("'unsafe-eval'");
    expect(production.get('style-src-elem')).not.toContain("'unsafe-inline'");
  });

  it('hands the nonce to the page, whatever the browser claims it to be', async () => {
    const response = await visit('/tasks', { headers: { 'x-nonce': 'mine', 'content-security-policy': 'mine' } });
    const nonce = response.headers.get('x-middleware-request-x-nonce');
    expect(policyOf(response).get('script-src')).toContain(`'nonce-${nonce}'`);
    expect(response.headers.get('x-middleware-request-content-security-policy')).toBe(
      response.headers.get('content-security-policy'),
    );
  });

  it('comes with the other headers', async () => {
    expect(Object.fromEntries((await visit('/tasks')).headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()') as string,
    });
  });
});

describe('Host', () => {
  it.each(['evil.example', 'evil.example:3000', '127.0.0.1.evil.example:3000', ''])('%j gets no page', async (host) => {
    const response = await visit('/tasks', { headers: { host } });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-middleware-next')).toBeNull();
  });

  it('of the settings is allowed', async () => {
    const env = { MIRROR_CONSOLE_ALLOWED_HOSTS: 'Console.Example, other.example' };
    expect((await visit('/tasks', { headers: { host: 'console.example:8443' }, env })).status).toBe(200);
  });
});

describe('with a launch token', () => {
  it('the printed address is traded for a cookie that scripts cannot read, and loses the token', async () => {
    for (const address of [`/?token=${token}`, `/auth?token=${token}`]) {
      const response = await visit(address, { env: withToken });
      expect(response.status).toBe(303);
      expect(new URL(response.headers.get('location') ?? '').pathname).toBe('/');
      const cookie = response.headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(/^mirror-console-3000=/);
      expect(cookie).toMatch(/; HttpOnly/i);
      expect(cookie).toMatch(/; SameSite=strict/i);
      expect(cookie).not.toContain(token);
      expect(response.headers.get('location')).not.toContain('token');

      const visitAgain = await visit('/tasks', { env: withToken, headers: { cookie: cookie.split(';')[0] ?? '' } });
      expect(visitAgain.headers.get('x-middleware-next')).toBe('1');
    }
  });

  it('the rest of the address is kept, on this host', async () => {
    const response = await visit(`/tasks?namespace=demo&token=${token}`, {
      env: withToken,
      headers: { host: 'localhost:3000' },
    });
    expect(response.headers.get('location')).toBe('http://localhost:3000/tasks?namespace=demo');
  });

  it.each([
    ['nothing', '/tasks', {}],
    ['a wrong token', '/?token=launch-token-of-this-tesT', {}],
    ['an empty token', '/?token=', {}],
    ['a wrong cookie', '/tasks', { cookie: 'mirror-console-3000=x' }],
    ['the token itself as cookie', '/tasks', { cookie: `mirror-console-3000=${token}` }],
    ['the cookie of another port', '/tasks', { cookie: 'mirror-console-3001=x' }],
    ['a wrong bearer', '/tasks', { authorization: 'Bearer x' }],
  ])('%s gets no page and no cookie', async (_, address, headers) => {
    const response = await visit(address, { env: withToken, headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.text()).not.toContain(token);
  });

  it('a script may send it as bearer', async () => {
    const response = await visit('/tasks', { env: withToken, headers: { authorization: `Bearer ${token}` } });
    expect(response.headers.get('x-middleware-next')).toBe('1');
  });
});

it('without a launch token a page needs none', async () => {
  expect((await visit('/tasks')).headers.get('x-middleware-next')).toBe('1');
});
