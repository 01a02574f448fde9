import { hostOf, type AccessLogLine } from './access-log.ts';

/** What a proxy's access log tells of the requests that it sent out. Copies make no line. */
export class OutboundCounts {
  /** Requests by the address of the Pod that got them last; `-` for those that nobody got. */
  readonly byUpstream: Record<string, number> = {};
  /** Requests that the proxy sent more than once. */
  retried = 0;

  add({ upstream_host, upstream_request_attempt_count: attempts }: AccessLogLine): void {
    const upstream = hostOf(upstream_host) || '-';
    this.byUpstream[upstream] = (this.byUpstream[upstream] ?? 0) + 1;
    if (attempts > 1) this.retried += 1;
  }
}
