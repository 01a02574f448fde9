import { hostOf, type AccessLogLine } from './access-log.ts';

const keptLines = 100;

/** A request that was not simply answered with 200. */
export interface OddRequest {
  /** When it came, ISO. */
  at: string;
  /** What the proxy says of it. */
  text: string;
}

/** What a proxy's access log tells of the requests that it sent out. Copies make no line. */
export class OutboundCounts {
  /** Requests by the address of the Pod that got them last; `-` for those that nobody got. */
  readonly byUpstream: Record<string, number> = {};
  /** Requests that the proxy sent more than once. */
  retried = 0;
  /** The last that failed or were sent more than once. */
  readonly odd: OddRequest[] = [];

  add(line: AccessLogLine): void {
    const { upstream_host, upstream_request_attempt_count: attempts, response_code: code } = line;
    const upstream = hostOf(upstream_host) || '-';
    this.byUpstream[upstream] = (this.byUpstream[upstream] ?? 0) + 1;
    if (attempts > 1) this.retried += 1;
    if (attempts > 1 || code !== 200) this.#keep(line);
  }

  #keep(line: AccessLogLine): void {
    const { method, path, response_code: code, response_flags: flags, response_code_details: details } = line;
    const { upstream_cluster: cluster, upstream_host: host, upstream_request_attempt_count: attempts } = line;
    const text = `${method} ${path}: ${code} ${flags} ${details}, to ${cluster} at ${host}, sent ${attempts} times`;
    this.odd.push({ at: line.start_time, text });
    if (this.odd.length > keptLines) this.odd.shift();
  }
}
