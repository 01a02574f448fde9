/** A request as the sidecar that received it logs it. */
export interface AccessLogEntry {
  /** `x-request-id`: a copy keeps that of its original. */
  id: string;
  /** When it began, ISO. */
  at: string;
  method: string;
  path: string;
  /** HTTP status; 0 when the client left before one was sent. */
  code: number;
  /** Envoy's response flags, `-` for none. */
  flags: string;
  durationMs: number;
}

/** One request on both sides of a task. */
export interface RequestPair {
  primary: AccessLogEntry & { pod: string };
  mirror: AccessLogEntry & { pod: string };
}

/** Istio's default text format (meshConfig.accessLogFormat unset), up to the upstream cluster. */
const textLine =
  /^\[(?<at>[^\]]+)\] "(?<method>\S+) (?<path>\S*) [^"]*" (?<code>\d+) (?<flags>\S+) \S+ \S+ "[^"]*" \d+ \d+ (?<duration>\d+) \S+ "[^"]*" "[^"]*" "(?<id>[^"]+)" "[^"]*" "[^"]*" (?<cluster>\S+)/;

/**
 * Reads a line of a sidecar's access log in Istio's default formats, text or JSON. Null for what is no such line, for a
 * request that the Pod itself sent, and for one without an id.
 */
export function readAccessLogLine(line: string): AccessLogEntry | null {
  const fields = line.startsWith('{') ? jsonFields(line) : (textLine.exec(line)?.groups ?? null);
  if (!fields) return null;
  const { at, method, path, code, flags, duration, id, cluster } = fields;
  if (!cluster?.startsWith('inbound|') || !id || id === '-' || !at || Number.isNaN(Date.parse(at))) return null;
  return {
    id,
    at,
    method: method ?? '-',
    path: path ?? '-',
    code: Number(code),
    flags: flags ?? '-',
    durationMs: Number(duration),
  };
}

function jsonFields(line: string): Record<string, string | undefined> | null {
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(line);
  } catch {
    return null;
  }
  const text = (name: string) =>
    parsed[name] === undefined || parsed[name] === null ? undefined : String(parsed[name]);
  if (text('response_code') === undefined || text('duration') === undefined) return null;
  return {
    at: text('start_time'),
    method: text('method'),
    path: text('path'),
    code: text('response_code'),
    flags: text('response_flags'),
    duration: text('duration'),
    id: text('request_id'),
    cluster: text('upstream_cluster'),
  };
}

type Logged = AccessLogEntry & { pod: string };

/** The requests that both sides have received, the latest first; of a retried one each side's last try. */
export function pairRequests(primary: readonly Logged[], mirror: readonly Logged[]): RequestPair[] {
  const originals = new Map(primary.map((entry) => [entry.id, entry]));
  const copies = new Map(mirror.map((entry) => [entry.id, entry]));
  return [...copies.values()]
    .flatMap((copy) => {
      const original = originals.get(copy.id);
      return original ? [{ primary: original, mirror: copy }] : [];
    })
    .toSorted((a, b) => Date.parse(b.primary.at) - Date.parse(a.primary.at));
}
