import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, launchConsole, launchSandbox, stopChild } from './launch.mjs';

/**
 * Environment of a console that uses the sandbox as one of its users.
 * @param {{ kubeconfig: string, prometheus: string, user: string }} options
 */
export function sandboxConsoleEnvironment({ kubeconfig, prometheus, user }) {
  return {
    MIRROR_CONSOLE_ENVIRONMENT: 'sandbox',
    MIRROR_CONSOLE_KUBECONFIG: kubeconfig,
    MIRROR_CONSOLE_CONTEXT: user,
    MIRROR_CONSOLE_PROMETHEUS_URL: prometheus,
  };
}

/**
 * A sandbox and a console on free ports, for tests: both end with `stop()`.
 * @param {{ user?: string, sandboxArgs?: string[], env?: Record<string, string>, quiet?: boolean }} options
 */
export async function startTogether({ user = 'admin', sandboxArgs = [], env = {}, quiet = true } = {}) {
  const directory = mkdtempSync(path.join(tmpdir(), 'mirror-console-'));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const kubeconfig = path.join(directory, 'kubeconfig');
  const sandbox = await launchSandbox({ kubeconfig, args: sandboxArgs });
  try {
    const port = await freePort();
    const launch = () =>
      launchConsole({
        port,
        quiet,
        env: { ...sandboxConsoleEnvironment({ kubeconfig, prometheus: sandbox.prometheus, user }), ...env },
      });
    let app = await launch();
    return {
      url: app.url,
      kubeconfig,
      apiServer: sandbox.apiServer,
      prometheus: sandbox.prometheus,
      control: sandbox.control,
      get consoleProcess() {
        return app.child;
      },
      /** Starts the console again, at the same address, after it has gone. */
      restartConsole: async () => {
        app = await launch();
      },
      stop: async () => {
        await stopChild(app.child);
        await stopChild(sandbox.child);
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stopChild(sandbox.child);
    throw error;
  }
}
