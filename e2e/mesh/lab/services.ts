// Kubernetes answers with every kind there is: readers narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { selects } from '../../../lib/sandbox/mesh/objects.ts';
import type { Kube } from '../../kube.ts';
import type { ServicePort } from './sidecar.ts';

const pollIntervalMs = 500;
/** Istio's words for HTTP, at the beginning of a port's name. */
const isHttp = ({ protocol }: ServicePort) => /^(http|http2|grpc|grpc-web)(-|$)/.test(protocol);

/** A Service, as far as proxies need it. */
export interface LabService {
  namespace: string;
  name: string;
  selector: Record<string, string>;
  ports: ServicePort[];
}

/** The Services of the cluster, and the hosts outside that it knows, read again and again. */
export class ServiceDirectory {
  readonly #kube: Kube;
  readonly #stopping = new AbortController();
  #services: LabService[] = [];
  #entries: Pick<LabService, 'namespace' | 'ports'>[] = [];
  #loop: Promise<void> = Promise.resolve();

  constructor(kube: Kube) {
    this.#kube = kube;
  }

  async start(): Promise<void> {
    await this.#read();
    this.#loop = (async () => {
      while (!this.#stopping.signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, pollIntervalMs));
        // The API server is stopping or busy: the next round tells.
        await this.#read().catch(() => undefined);
      }
    })();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  /** Services that select Pods with these labels, oldest first. */
  selecting(namespace: string, labels: Record<string, string>): LabService[] {
    return this.#services.filter(
      (service) =>
        service.namespace === namespace &&
        Object.keys(service.selector).length > 0 &&
        selects(service.selector, labels),
    );
  }

  /**
   * Ports on which proxies take HTTP for their applications: of one namespace's Services and ServiceEntries, or of all;
   * those below 1024 need root. Where a Sidecar names its ports, as all of the lab do, its proxy knows a host by no other.
   */
  httpPorts(namespace?: string): number[] {
    const all = [...this.#services, ...this.#entries];
    const known = all.filter((one) => namespace === undefined || one.namespace === namespace);
    const ports = known.flatMap(({ ports }) => ports.filter(isHttp).map(({ port }) => port));
    return [...new Set(ports)].filter((port) => port >= 1024).toSorted((a, b) => a - b);
  }

  async #read(): Promise<void> {
    await Promise.all([this.#readServices(), this.#readEntries()]);
  }

  async #readEntries(): Promise<void> {
    const { items } = await this.#kube.get('/apis/networking.istio.io/v1/serviceentries');
    this.#entries = items.map(({ metadata, spec }: any) => ({
      namespace: metadata.namespace,
      ports: (spec.ports ?? []).map(({ name, number, protocol }: any) => ({
        name,
        port: number,
        targetPort: number,
        protocol: protocol.toLowerCase(),
      })),
    }));
  }

  async #readServices(): Promise<void> {
    const { items } = await this.#kube.get('/api/v1/services');
    this.#services = items
      .toSorted((a: any, b: any) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))
      .map(({ metadata, spec }: any) => ({
        namespace: metadata.namespace,
        name: metadata.name,
        selector: spec.selector ?? {},
        ports: (spec.ports ?? []).map(({ name = '', port, targetPort, appProtocol }: any) => ({
          name,
          port,
          targetPort: typeof targetPort === 'number' ? targetPort : port,
          protocol: appProtocol ?? name,
        })),
      }));
  }
}
