import { istioLabels } from '../../../lib/sandbox/mesh/istio-labels.ts';
import { hostOf, readAccessLogLine, type AccessLogLine } from './access-log.ts';
import type { RunningPod } from './running-pod.ts';
import type { ServiceDirectory } from './services.ts';

interface Peers {
  source: RunningPod | undefined;
  destination: RunningPod | undefined;
  service: { host: string; namespace: string } | undefined;
}

/**
 * Makes Istio's metrics of the proxies' access logs. Istio's filter is an access logger too: what it counts is one
 * sample per log line, `reporter` by the side that logs. A copy makes no line at its sender, so it has no sample there.
 */
export class RequestMetrics {
  readonly #byAddress = new Map<string, RunningPod>();
  readonly #services: ServiceDirectory;

  constructor(services: ServiceDirectory) {
    this.#services = services;
  }

  add(pod: RunningPod): void {
    this.#byAddress.set(pod.addresses.pod, pod);
  }

  remove(pod: RunningPod): void {
    this.#byAddress.delete(pod.addresses.pod);
  }

  /** Reads what a Pod's proxy logged. */
  read(pod: RunningPod, text: string): void {
    const line = readAccessLogLine(text);
    if (!line) return;
    const isInbound = hostOf(line.downstream_local_address) === pod.addresses.pod;
    if (!isInbound) pod.outbound.add(line);
    const reporter = isInbound ? 'destination' : 'source';
    const { source, destination, service } = isInbound ? this.#inbound(pod, line) : this.#outbound(pod, line);
    const { response_code: code, response_flags: flags, authority, duration } = line;
    const called = authority ?? 'unknown';
    const key = [
      reporter,
      source?.view.identity,
      destination?.view.identity,
      service?.host ?? called,
      code,
      flags,
    ].join('|');
    const labels = () =>
      istioLabels({
        reporter,
        source: source?.view,
        destination: destination?.view,
        cluster: service && { service },
        called,
        protocol: 'http',
        code,
        flags,
        mutualTls: false,
      });
    pod.metrics.observe(key, labels, {
      durationMs: duration,
      requestBytes: line.bytes_received,
      responseBytes: line.bytes_sent,
    });
  }

  #inbound(pod: RunningPod, line: AccessLogLine): Peers {
    const source = this.#byAddress.get(hostOf(line.downstream_direct_remote_address));
    const { namespace, labels } = pod.view;
    const [service] = this.#services.selecting(namespace, labels);
    const host = service && `${service.name}.${namespace}.svc.cluster.local`;
    return { source, destination: pod, service: host === undefined ? undefined : { host, namespace } };
  }

  #outbound(pod: RunningPod, line: AccessLogLine): Peers {
    const [direction, , , host = ''] = (line.upstream_cluster ?? '').split('|');
    const namespace = host.split('.')[1] ?? 'unknown';
    const service = direction === 'outbound' ? { host: host.replace(/;$/, ''), namespace } : undefined;
    return { source: pod, destination: this.#byAddress.get(hostOf(line.upstream_host)), service };
  }
}
