// Kubernetes answers with every kind there is: readers narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import type { ChildProcessByStdio } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { spawnNode, spawnProgram, stopChild } from '../../../scripts/lib/launch.mjs';
import { podView, proxyContainer, type PodView } from '../../../lib/sandbox/mesh/pods.ts';
import { imageBehaviour } from '../../../lib/sandbox/seed/images.ts';
import { running, withoutImage, type ContainerReport } from '../../cluster/node-agent.ts';
import type { AppSettings, ListenPort } from './app.ts';
import type { PodAddresses } from './addresses.ts';
import { IstioMetrics } from './istio-metrics.ts';
import { OutboundCounts } from './outbound-counts.ts';
import { PodLog } from './pod-log.ts';
import { settingOf } from './pod-settings.ts';
import { adminPort, envoyBootstrap, listenPort, type ProxiedPod, type ProxySources } from './sidecar.ts';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const firstBackOffMs = 1000;
const longestBackOffMs = 30_000;
/** Images that stand for the mesh's own programs, which the lab runs itself. */
const isOfTheMesh = (image: string) => /(^|\/)istio\//.test(image);

const isKnown = (image: string) => isOfTheMesh(image) || imageBehaviour(image) !== undefined;

interface Surroundings {
  addresses: PodAddresses;
  /** Path of the Envoy binary. */
  envoy: string;
  sources: ProxySources;
  /** Folder for bootstraps. */
  directory: string;
  /** Factor of what the application sends, until another is set. */
  load: number;
  /** Sees every line that the proxy logs. */
  onProxyLine(pod: RunningPod, text: string): void;
  /** Hears of a proxy that ends without being asked to. */
  onProxyDeath(pod: RunningPod): void;
}

/** The processes of one Pod: an application and, where Istio would inject it, an Envoy. */
export class RunningPod {
  readonly view: PodView;
  readonly addresses: PodAddresses;
  readonly metrics = new IstioMetrics();
  /** What this Pod's proxy logged of requests that went out. */
  readonly outbound = new OutboundCounts();
  /** Ports on which the application answers, at `appHost`, by the container's port; empty until it does. */
  appPorts: ReadonlyMap<number, number> = new Map();
  readonly #pod: any;
  readonly #surroundings: Surroundings;
  readonly #logs = new Map<string, PodLog>();
  readonly #since = new Date().toISOString();
  #app: Child | null = null;
  #proxy: Child | null = null;
  #isProxyReady = false;
  #isAppReady = false;
  #restarts = 0;
  #backOff: NodeJS.Timeout | null = null;
  #isEnding = false;
  #load: number;

  constructor(pod: any, surroundings: Surroundings) {
    this.#pod = pod;
    this.#load = surroundings.load;
    this.view = podView({ ...pod, status: { ...pod.status, podIP: surroundings.addresses.pod } });
    this.addresses = surroundings.addresses;
    this.#surroundings = surroundings;
    for (const { name } of this.view.containers) this.#logs.set(name, new PodLog());
    if (this.#runsApp()) this.#startApp();
    else this.#isAppReady = true;
  }

  /** As istiod is to see the proxy. */
  get proxied(): ProxiedPod {
    const { namespace, name, id, workload, serviceAccount } = this.view;
    return {
      namespace,
      name,
      uid: id,
      workload,
      serviceAccount,
      labels: this.#pod.metadata.labels ?? {},
      addresses: this.addresses,
    };
  }

  /** Behind a sidecar, which has the Pod's address, the application listens on 127.0.0.1. */
  get appHost(): string {
    return this.#hasProxy() ? '127.0.0.1' : this.addresses.pod;
  }

  /** One of `appPorts`; 0 until there are. */
  get appPort(): number {
    return this.appPorts.values().next().value ?? 0;
  }

  /** Where the application answers past every proxy; empty until it does. */
  get appUrl(): string {
    return this.appPort === 0 ? '' : `http://${this.appHost}:${this.appPort}`;
  }

  get isReady(): boolean {
    return this.report().every(({ ready }) => ready);
  }

  /** True when nothing but the proxy is missing. */
  get needsProxy(): boolean {
    return this.#hasProxy() && this.#proxy === null && this.appPort > 0 && !this.#isEnding;
  }

  /** Process ids by container, of what runs now. */
  get processes(): { container: string; child: Child }[] {
    const app = this.view.appContainer;
    return [
      ...(app && this.#app ? [{ container: app.name, child: this.#app }] : []),
      ...(this.#proxy ? [{ container: proxyContainer, child: this.#proxy }] : []),
    ];
  }

  /** Sets the factor of what the application sends; one that has not begun yet begins with it. */
  async setLoad(load: number): Promise<void> {
    this.#load = load;
    if (this.appUrl === '') return;
    // One that has crashed will begin with it.
    await fetch(`${this.appUrl}/-/load`, { method: 'PUT', body: String(load) }).catch(() => undefined);
  }

  log(container: string): PodLog | undefined {
    return this.#logs.get(container);
  }

  /** What a kubelet would say of the containers. */
  report(): ContainerReport[] {
    return this.view.containers.map((container) => {
      if (!isKnown(container.image)) return withoutImage(container);
      if (container.name === proxyContainer && this.#hasProxy())
        return running(container, { ready: this.#isProxyReady, since: this.#since });
      if (container.name === this.view.appContainer?.name && this.#backOff) return this.#crashed(container);
      const ready = container.name === this.view.appContainer?.name ? this.#isAppReady : true;
      return running(container, { ready, restartCount: this.#restarts, since: this.#since });
    });
  }

  /** Starts the proxy; its Sidecar has to be there. Ready when it has its configuration. */
  startProxy(): void {
    const { directory, envoy, sources, onProxyLine, onProxyDeath } = this.#surroundings;
    const file = path.join(directory, `${this.view.id}.json`);
    writeFileSync(file, JSON.stringify(envoyBootstrap(this.proxied, sources)));
    const flags = ['--use-dynamic-base-id', '--concurrency', '1', '--log-level', 'warning', '--drain-time-s', '1'];
    // Envoy opens /dev/stdout by name for its access log, which fails where that is a socket, as Node's pipes are.
    const withPipe = ['-c', 'exec "$0" "$@" > >(exec cat)', envoy];
    const child = spawnProgram('bash', [
      ...withPipe,
      '-c',
      file,
      ...flags,
      '--file-flush-interval-msec',
      '100',
    ]) as Child;
    this.#proxy = child;
    const log = this.#logs.get(proxyContainer);
    log?.take(child.stdout, (text) => onProxyLine(this, text));
    log?.take(child.stderr);
    child.once('exit', () => {
      this.#isProxyReady = false;
      if (this.#isEnding) return;
      this.#proxy = null;
      onProxyDeath(this);
    });
    void this.#untilProxyReady(child);
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    if (this.#backOff) clearTimeout(this.#backOff);
    await Promise.all([this.#app, this.#proxy].map((child) => child && stopChild(child)));
  }

  #runsApp(): boolean {
    const image = this.view.appContainer?.image;
    return image !== undefined && isKnown(image) && !isOfTheMesh(image);
  }

  /** Gateways have a proxy alone, which would need ports of the machine: the lab runs none. */
  #hasProxy(): boolean {
    return this.view.hasSidecar && this.#runsApp();
  }

  #startApp(): void {
    this.#backOff = null;
    const listen = { host: this.appHost, ports: this.#listenPorts() };
    const load = this.#load;
    const settings: AppSettings = { pod: this.#pod, listen, egress: this.addresses.egress, load };
    const file = path.join(import.meta.dirname, 'app.ts');
    const child = spawnNode([file, JSON.stringify(settings)]) as Child;
    this.#app = child;
    const log = this.#logs.get(this.view.appContainer?.name ?? '');
    log?.take(child.stdout, (text) => {
      const ports = /^listening on (\{.*\})$/.exec(text)?.[1];
      if (!ports) return;
      this.#listens(JSON.parse(ports));
      // Another may have been set since it was started.
      if (load !== this.#load) void this.setLoad(this.#load);
    });
    log?.take(child.stderr);
    child.once('exit', () => this.#exited());
  }

  /** Behind a sidecar any free port stands for one of the container. Who declares none answers nevertheless. */
  #listenPorts(): ListenPort[] {
    const declared = [...new Set(containerPorts(this.#pod))];
    if (declared.length === 0) return [{ container: 0, port: 0 }];
    return declared.map((container) => ({ container, port: this.#hasProxy() ? 0 : listenPort(container) }));
  }

  #listens(ports: Record<string, number>): void {
    this.appPorts = new Map(Object.entries(ports).map(([container, port]) => [Number(container), port]));
    const readySeconds = Number(settingOf(this.#pod, 'ready-seconds') ?? 0);
    setTimeout(() => (this.#isAppReady = true), readySeconds * 1000);
  }

  #exited(): void {
    this.#isAppReady = false;
    this.#app = null;
    if (this.#isEnding) return;
    const wait = Math.min(longestBackOffMs, firstBackOffMs * 2 ** this.#restarts);
    this.#restarts += 1;
    this.#backOff = setTimeout(() => this.#startApp(), wait);
  }

  #crashed({ name, image }: { name: string; image: string }): ContainerReport {
    const message = `back-off restarting failed container=${name} pod=${this.view.name}_${this.view.namespace}`;
    return {
      ...running({ name, image }, { ready: false, restartCount: this.#restarts }),
      started: false,
      state: { waiting: { reason: 'CrashLoopBackOff', message } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    };
  }

  /** Live, and listening as the Pod's Sidecar says: a proxy that connects before istiod knows it gets other listeners. */
  async #untilProxyReady(child: Child): Promise<void> {
    const admin = `http://${this.addresses.pod}:${adminPort}`;
    const ask = async (path: string) => (await fetch(`${admin}${path}`)).text();
    while (child.exitCode === null && !this.#isProxyReady && !this.#isEnding) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      try {
        const isLive = (await ask('/ready')).startsWith('LIVE');
        this.#isProxyReady = isLive && (await ask('/listeners')).includes(`${this.addresses.egress}:`);
      } catch {
        // It does not listen yet.
      }
    }
  }
}

/** Ports that the Pod's containers declare. */
export function containerPorts(pod: any): number[] {
  return pod.spec.containers.flatMap(({ ports = [] }: any) => ports.map((port: any) => port.containerPort));
}
