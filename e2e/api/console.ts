import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSandbox, type RunningSandbox } from '@/lib/sandbox/start';
import type { RouteHandler } from '@/lib/server/http/handle';
import { vi } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

export const methodNames = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type MethodName = (typeof methodNames)[number];

/** One route file, e.g. `/api/tasks/[namespace]/[name]`. */
export interface Route {
  pattern: string;
  parameters: string[];
  /** Loads the file on first use. */
  handlers(): Promise<Record<MethodName, RouteHandler>>;
}

export interface Call {
  method?: MethodName;
  query?: string;
  headers?: Record<string, string>;
  body?: RequestInit['body'];
  /** Values of the pattern's parameters; Kubernetes names that exist nowhere when left out. */
  params?: Record<string, string>;
}

export const consoleHost = '127.0.0.1:3000';

export interface TestConsole {
  sandbox: RunningSandbox;
  routes: Route[];
  route(pattern: string): Route;
  call(route: Route, call?: Call): Promise<Response>;
  stop(): Promise<void>;
}

/**
 * A sandbox, and the console's route handlers on it as one of its users, in this process. One at a time: settings and
 * caches are the process's.
 */
export async function startTestConsole({
  user = 'admin',
  env = {},
}: { user?: 'admin' | 'project-regular' | 'viewer'; env?: Record<string, string> } = {}): Promise<TestConsole> {
  forgetConsole();
  const sandbox = await startSandbox({ historyMs: 10 * 60_000 });
  const directory = mkdtempSync(path.join(tmpdir(), 'mirror-console-api-'));
  const kubeconfig = path.join(directory, 'kubeconfig');
  writeFileSync(kubeconfig, sandbox.kubeconfigYaml);
  const settings = {
    MIRROR_CONSOLE_ENVIRONMENT: 'sandbox',
    MIRROR_CONSOLE_KUBECONFIG: kubeconfig,
    MIRROR_CONSOLE_CONTEXT: user,
    MIRROR_CONSOLE_PROMETHEUS_URL: sandbox.prometheusUrl,
    MIRROR_CONSOLE_SETTLE_MS: '0',
    ...env,
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);

  const routes = globSync('app/{api,metrics}/**/route.ts', { cwd: root }).toSorted().map(routeOf);
  return {
    sandbox,
    routes,
    route(pattern) {
      const found = routes.find((route) => route.pattern === pattern);
      if (!found) throw new Error(`there is no route ${pattern}`);
      return found;
    },
    call: callRoute,
    async stop() {
      const { getCluster } = await import('@/lib/server/cluster/get-cluster');
      getCluster().close();
      forgetConsole();
      await sandbox.stop();
      rmSync(directory, { recursive: true, force: true });
      vi.unstubAllEnvs();
    },
  };
}

/** Modules and process-wide state of an earlier console in this process. */
function forgetConsole(): void {
  vi.resetModules();
  const state = globalThis as { [key: symbol]: unknown; mirrorConsoleCluster?: unknown };
  delete state[Symbol.for('mirror-console.process-state')];
  delete state.mirrorConsoleCluster;
}

function routeOf(file: string): Route {
  const pattern = `/${path.dirname(file).slice('app/'.length)}`;
  return {
    pattern,
    parameters: [...pattern.matchAll(/\[(\w+)\]/g)].map(([, name = '']) => name),
    handlers: () => import(/* @vite-ignore */ path.join(root, file)) as ReturnType<Route['handlers']>,
  };
}

/** Calls a handler as Next does: the path's parameters beside the request. */
async function callRoute(
  route: Route,
  { method = 'GET', query = '', headers, body, params = {} }: Call = {},
): Promise<Response> {
  const values = Object.fromEntries(route.parameters.map((name) => [name, params[name] ?? `no-${name}`]));
  const address = route.parameters.reduce(
    (text, name) => text.replace(`[${name}]`, encodeURIComponent(values[name] ?? '')),
    route.pattern.replace('[[...path]]', 'nothing/here'),
  );
  const request = new Request(`http://${consoleHost}${address}${query}`, {
    method,
    headers: { host: consoleHost, ...headers },
    ...(body !== undefined && { body, duplex: 'half' }),
  });
  const caught = route.pattern.includes('[[...path]]') ? { path: ['nothing', 'here'] } : values;
  const handlers = await route.handlers();
  return handlers[method](request, { params: Promise.resolve(caught) });
}
