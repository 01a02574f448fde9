/** A request as a sidecar's access log tells it, in the format of istiod.ts, as far as metrics need it. */
export interface AccessLogLine {
  /** When it came, ISO. */
  start_time: string;
  method: string | null;
  path: string | null;
  response_code: number;
  response_flags: string;
  response_code_details: string | null;
  duration: number;
  bytes_received: number;
  bytes_sent: number;
  authority: string | null;
  upstream_cluster: string | null;
  upstream_host: string | null;
  /** How often the request was sent upstream; more than once is a retry of the proxy. */
  upstream_request_attempt_count: number;
  downstream_local_address: string | null;
  /** Whose connection it is. */
  downstream_direct_remote_address: string | null;
}

/** Reads a line; null for one that is no access log. */
export function readAccessLogLine(text: string): AccessLogLine | null {
  if (!text.startsWith('{')) return null;
  try {
    const line = JSON.parse(text);
    return typeof line.response_code === 'number' ? line : null;
  } catch {
    return null;
  }
}

/** The address without its port. */
export function hostOf(address: string | null): string {
  return (address ?? '').replace(/:\d+$/, '');
}
