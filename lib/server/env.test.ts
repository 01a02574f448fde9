import { describe, expect, it } from 'vitest';
import { parseEnvironment } from './env';

it('needs no variable at all', () => {
  expect(parseEnvironment({})).toEqual({
    kind: 'cluster',
    kubeconfig: null,
    context: null,
    namespaces: [],
    prometheus: null,
    port: 3000,
    allowedHosts: [],
    token: null,
    links: [],
    settleMs: null,
    logLevel: 'info',
    isDevelopment: false,
  });
});

it('reads every variable', () => {
  const environment = parseEnvironment({
    MIRROR_CONSOLE_ENVIRONMENT: 'sandbox',
    MIRROR_CONSOLE_KUBECONFIG: '/k',
    MIRROR_CONSOLE_CONTEXT: 'admin',
    MIRROR_CONSOLE_NAMESPACES: 'a, b,',
    MIRROR_CONSOLE_PROMETHEUS_URL: 'https://p.example/prefix/',
    MIRROR_CONSOLE_PROMETHEUS_TOKEN_FILE: '/t',
    MIRROR_CONSOLE_PROMETHEUS_CA_FILE: '/c',
    MIRROR_CONSOLE_PROMETHEUS_HEADERS: '{"X-Scope-OrgID":"team"}',
    MIRROR_CONSOLE_PROMETHEUS_MATCHER: 'cluster="east",region=~"eu.*"',
    MIRROR_CONSOLE_TOKEN: '0123456789abcdef',
    MIRROR_CONSOLE_LINK_ARGOCD: 'https://argocd.example.com/{task}',
    MIRROR_CONSOLE_LINK_KIALI: 'https://kiali.example.com/{namespace}',
    MIRROR_CONSOLE_SETTLE_MS: '0',
    PORT: '8080',
    NODE_ENV: 'development',
  });
  expect(environment).toMatchObject({
    kind: 'sandbox',
    namespaces: ['a', 'b'],
    prometheus: {
      url: 'https://p.example/prefix',
      tokenFile: '/t',
      caFile: '/c',
      headers: { 'X-Scope-OrgID': 'team' },
      matcher: 'cluster="east",region=~"eu.*"',
    },
    port: 8080,
    links: [
      { tool: 'kiali', template: 'https://kiali.example.com/{namespace}' },
      { tool: 'argocd', template: 'https://argocd.example.com/{task}' },
    ],
    settleMs: 0,
    isDevelopment: true,
  });
});

it('takes an empty variable as an absent one', () => {
  expect(parseEnvironment({ MIRROR_CONSOLE_TOKEN: '', MIRROR_CONSOLE_PROMETHEUS_URL: ' ' })).toMatchObject({
    token: null,
    prometheus: null,
  });
});

describe('a wrong value stops the start, by the name of its variable and never its value', () => {
  it.each([
    ['MIRROR_CONSOLE_ENVIRONMENT', 'moon'],
    ['MIRROR_CONSOLE_PROMETHEUS_URL', 'ftp://secret'],
    ['MIRROR_CONSOLE_PROMETHEUS_URL', 'secret'],
    ['MIRROR_CONSOLE_PROMETHEUS_HEADERS', 'secret'],
    ['MIRROR_CONSOLE_PROMETHEUS_HEADERS', '{"X":"secret\\r\\nY: 1"}'],
    ['MIRROR_CONSOLE_PROMETHEUS_MATCHER', 'cluster="x"} or secret{'],
    ['MIRROR_CONSOLE_PROMETHEUS_MATCHER', 'secret'],
    ['MIRROR_CONSOLE_LINK_KIALI', 'javascript:secret'],
    ['MIRROR_CONSOLE_LINK_GRAFANA', 'https://grafana.example.com/{secret}'],
    ['MIRROR_CONSOLE_LINK_ARGOCD', 'https://{namespace}.example.com'],
    ['MIRROR_CONSOLE_TOKEN', 'secret'],
    ['MIRROR_CONSOLE_SETTLE_MS', '-1'],
    ['MIRROR_CONSOLE_SETTLE_MS', '1e9'],
    ['PORT', '70000'],
  ])('%s=%s', (name, value) => {
    const message = (() => {
      try {
        parseEnvironment({ [name]: value });
        return 'accepted';
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(message).toBe(`Wrong value of ${name}`);
  });
});
