import type { ChildProcess } from 'node:child_process';
import { inject } from 'vitest';
import { freePort, launchConsole, stopChild } from '../../scripts/lib/launch.mjs';
import { ConsoleClient } from '../console-client.ts';

interface Options {
  /** Another kubeconfig than the lab's, such as one that leads through a proxy. */
  kubeconfig?: string;
  /** How long to wait for proxies to follow a write; absent: the console's own choice, at least 10 s. */
  settleMs?: number;
}

/** A console on the shared lab, in a process of its own that can be killed and started again at the same address. */
export class LabConsole extends ConsoleClient {
  readonly #port: number;
  readonly #env: Record<string, string>;
  #child: ChildProcess | null = null;

  private constructor(port: number, env: Record<string, string>) {
    super(`http://127.0.0.1:${port}`);
    this.#port = port;
    this.#env = env;
  }

  static async start({ kubeconfig, settleMs }: Options = {}): Promise<LabConsole> {
    const lab = inject('lab');
    const running = new LabConsole(await freePort(), {
      MIRROR_CONSOLE_ENVIRONMENT: 'cluster',
      MIRROR_CONSOLE_KUBECONFIG: kubeconfig ?? lab.kubeconfig,
      MIRROR_CONSOLE_CONTEXT: 'admin',
      MIRROR_CONSOLE_PROMETHEUS_URL: lab.prometheus,
      ...(settleMs !== undefined && { MIRROR_CONSOLE_SETTLE_MS: String(settleMs) }),
    });
    await running.restart();
    return running;
  }

  /** Starts the process again after it was killed; resolves when it answers. */
  async restart(): Promise<void> {
    this.#child = (await launchConsole({ port: this.#port, env: this.#env, quiet: true })).child;
  }

  /** Ends the process at once, without a chance to say anything. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    await stopChild(this.#child);
  }
}
