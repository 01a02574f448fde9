// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect } from 'vitest';
import { ConsoleClient } from '../console-client.ts';
import { freePort, launchConsole, stopChild } from '../../scripts/lib/launch.mjs';
import { startCluster, type Cluster } from './cluster.ts';

export const demo = 'demo-project';
export const mutualTls = `/apis/security.istio.io/v1/namespaces/${demo}/peerauthentications`;

/** A console in front of a real control plane, and what people do beside it with kubectl. */
export class ConsoleOnCluster {
  readonly cluster: Cluster;
  readonly #app: Awaited<ReturnType<typeof launchConsole>>;
  readonly #client: ConsoleClient;

  private constructor(cluster: Cluster, app: Awaited<ReturnType<typeof launchConsole>>) {
    this.cluster = cluster;
    this.#app = app;
    this.#client = new ConsoleClient(app.url);
  }

  static async start(): Promise<ConsoleOnCluster> {
    const cluster = await startCluster();
    const app = await launchConsole({
      port: await freePort(),
      env: {
        MIRROR_CONSOLE_ENVIRONMENT: 'cluster',
        MIRROR_CONSOLE_KUBECONFIG: cluster.kubeconfig,
        MIRROR_CONSOLE_CONTEXT: 'admin',
        // No proxy runs on this cluster: there is nothing to settle.
        MIRROR_CONSOLE_SETTLE_MS: '200',
      },
      quiet: true,
    });
    const console = new ConsoleOnCluster(cluster, app);
    await console.requireMutualTls();
    return console;
  }

  async stop(): Promise<void> {
    await stopChild(this.#app.child);
    await this.cluster.stop();
  }

  /** One pod of the namespace has no sidecar, and no metrics tell whether it calls: mTLS keeps it out. */
  requireMutualTls(): Promise<unknown> {
    return this.cluster.kube.send('POST', mutualTls, {
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata: { name: 'default', namespace: demo },
      spec: { mtls: { mode: 'STRICT' } },
    });
  }

  api(method: string, route: string, body?: unknown): Promise<{ status: number; body: any }> {
    return this.#client.api(method, route, body);
  }

  /** Waits until the task is at rest in that state; `404`: until it is gone. */
  untilState(name: string, state: string): Promise<void> {
    return this.#client.untilState(demo, name, state);
  }

  /** What kubectl prints; it must not complain. */
  kubectl(...args: string[]): string {
    const { stdout, stderr } = this.tryKubectl(args);
    expect(stderr).toBe('');
    return stdout;
  }

  /** kubectl with a manifest on its standard input, whatever comes of it. */
  tryKubectl(args: readonly string[], manifest?: unknown): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(
      path.join(process.env.CONTROL_PLANE_BINARIES ?? '', 'kubectl'),
      ['--kubeconfig', this.cluster.kubeconfig, ...args],
      { encoding: 'utf8', input: manifest === undefined ? '' : JSON.stringify(manifest) },
    );
  }
}
