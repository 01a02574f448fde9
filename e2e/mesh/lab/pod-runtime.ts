// Kubernetes answers with every kind there is: readers narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { PodReport, PodRuntime } from '../../cluster/node-agent.ts';
import type { Kube } from '../../kube.ts';
import type { AddressRange } from './addresses.ts';
import { answerExec } from './exec.ts';
import { settingOf } from './pod-settings.ts';
import { answerPortForward } from './port-forward.ts';
import { containerPorts, RunningPod } from './running-pod.ts';
import { sidecar, workloadEntry, type ProxySources, type ServicePort } from './sidecar.ts';
import type { ServiceDirectory } from './services.ts';
import type { RequestMetrics } from './request-metrics.ts';

/** Time for the other proxies to learn that an endpoint is gone, before its processes end; as Istio's drain does. */
const drainMs = 2000;
/** istiod gathers changes for 0.1 s before it tells proxies: only then it knows the new Pod's Sidecar. */
const istiodDebounceMs = 300;
const istio = '/apis/networking.istio.io/v1';

interface Options {
  kube: Kube;
  addresses: AddressRange;
  services: ServiceDirectory;
  metrics: RequestMetrics;
  envoy: string;
  sources: ProxySources;
  directory: string;
  /** Hears of a Pod's proxy that ends without being asked to. */
  onDeath: (name: string) => void;
}

/** Runs Pods as processes, and tells istiod of them by a WorkloadEntry and a Sidecar each. */
export class LabRuntime implements PodRuntime {
  readonly #options: Options;
  readonly #pods = new Map<string, RunningPod>();
  /** What was applied last, by path. */
  readonly #applied = new Map<string, string>();
  /** Factor of what every application sends. */
  #load = 1;

  constructor(options: Options) {
    this.#options = options;
  }

  get pods(): RunningPod[] {
    return [...this.#pods.values()];
  }

  /** Sets the factor of what every application sends, those included that start later. */
  async setLoad(load: number): Promise<void> {
    this.#load = load;
    await Promise.all(this.pods.map((pod) => pod.setLoad(load)));
  }

  async keep(pod: any): Promise<PodReport> {
    const { uid } = pod.metadata;
    let kept = this.#pods.get(uid);
    if (!kept) {
      const { addresses, envoy, sources, directory, metrics, onDeath } = this.#options;
      kept = new RunningPod(pod, {
        addresses: addresses.next(),
        envoy,
        sources,
        directory,
        load: this.#load,
        onProxyLine: (from, text) => metrics.read(from, text),
        onProxyDeath: ({ view }) => onDeath(`the Envoy of ${view.namespace}/${view.name}`),
      });
      this.#pods.set(uid, kept);
      metrics.add(kept);
    }
    if (kept.view.hasSidecar && kept.appPort > 0) {
      await this.#apply('sidecars', sidecar(kept.proxied, this.#ports(kept, pod)));
      if (kept.needsProxy) {
        await delay(istiodDebounceMs);
        kept.startProxy();
      }
    }
    if (kept.appPort > 0) await this.#keepEndpoint(kept, pod);
    return { address: kept.addresses.pod, containerStatuses: kept.report() };
  }

  async end(pod: any): Promise<void> {
    const kept = this.#pods.get(pod.metadata.uid);
    if (!kept) return;
    const { namespace, name } = kept.view;
    const entry = `${istio}/namespaces/${namespace}/workloadentries/${name}`;
    const hadEndpoint = this.#applied.has(entry);
    await this.#remove(entry);
    if (hadEndpoint) await delay(drainMs);
    await kept.end();
    await this.#remove(`${istio}/namespaces/${namespace}/sidecars/lab-${name}`);
    this.#pods.delete(pod.metadata.uid);
    this.#options.metrics.remove(kept);
  }

  /** Ends every process; what the API server holds stays. */
  async stop(): Promise<void> {
    await Promise.all(this.pods.map((pod) => pod.end()));
  }

  writeLog(
    { namespace, pod, container }: { namespace: string; pod: string; container: string },
    query: URLSearchParams,
    to: ServerResponse,
  ): void {
    const log = this.find(namespace, pod)?.log(container);
    if (!log) {
      to.writeHead(404).end();
      return;
    }
    to.writeHead(200, { 'content-type': 'text/plain' });
    // Whoever follows has to see that it is open.
    to.flushHeaders();
    const following = log.answer(query, (text) => to.write(text));
    if (following) to.once('close', following.stop);
    else to.end();
  }

  /** Commands and forwarded ports are answered: the kubelet's other streams are refused. */
  upgrade(request: IncomingMessage, socket: Duplex): void {
    const { pathname } = new URL(request.url ?? '/', 'https://kubelet');
    const [, kind, namespace = '', name = ''] = pathname.split('/');
    const pod = this.find(namespace, name);
    if (kind === 'exec') answerExec(pod, request, socket);
    else if (kind === 'portForward') answerPortForward(pod, request, socket);
    else socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
  }

  find(namespace: string, name: string): RunningPod | undefined {
    return this.pods.find(({ view }) => view.namespace === namespace && view.name === name);
  }

  /** A Pod is an endpoint while it is ready, under its labels of now. */
  async #keepEndpoint(kept: RunningPod, pod: any): Promise<void> {
    const labels = pod.metadata.labels ?? {};
    const entry = workloadEntry({ ...kept.proxied, labels }, this.#servicePorts(kept, pod));
    if (kept.isReady) await this.#apply('workloadentries', entry);
    else await this.#remove(`${istio}/namespaces/${kept.view.namespace}/workloadentries/${kept.view.name}`);
  }

  #servicePorts(kept: RunningPod, pod: any): ServicePort[] {
    return this.#options.services
      .selecting(kept.view.namespace, pod.metadata.labels ?? {})
      .flatMap(({ ports }) => ports);
  }

  #ports(kept: RunningPod, pod: any) {
    const targeted = this.#servicePorts(kept, pod).map(({ targetPort }) => targetPort);
    return {
      containerPorts: [...new Set([...containerPorts(pod), ...targeted])].toSorted((a, b) => a - b),
      appPortOf: (container: number) => kept.appPorts.get(container) ?? kept.appPort,
      ...this.#egress(kept, pod),
    };
  }

  #egress(kept: RunningPod, pod: any) {
    const { services } = this.#options;
    return settingOf(pod, 'egress') === 'own-namespace'
      ? { egressHosts: './*', egressPorts: services.httpPorts(kept.view.namespace) }
      : { egressHosts: '*/*', egressPorts: services.httpPorts() };
  }

  async #apply(plural: string, object: { metadata: { name: string; namespace: string } }): Promise<void> {
    const { namespace, name } = object.metadata;
    const folder = `${istio}/namespaces/${namespace}/${plural}`;
    const text = JSON.stringify(object);
    if (this.#applied.get(`${folder}/${name}`) === text) return;
    const { kube } = this.#options;
    if (this.#applied.has(`${folder}/${name}`)) {
      // As a whole: a label that is gone from the Pod goes here too.
      const { resourceVersion } = (await kube.get(`${folder}/${name}`)).metadata;
      await kube.send('PUT', `${folder}/${name}`, { ...object, metadata: { ...object.metadata, resourceVersion } });
    } else {
      await kube.send('POST', folder, object);
    }
    this.#applied.set(`${folder}/${name}`, text);
  }

  async #remove(path: string): Promise<void> {
    if (!this.#applied.delete(path)) return;
    try {
      await this.#options.kube.send('DELETE', path);
    } catch {
      // Its namespace went before it.
    }
  }
}
