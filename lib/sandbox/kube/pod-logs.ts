/** GET pods/NAME/log: a container's lines, once or followed. */
import type { ServerResponse } from 'node:http';
import type { KubeObject, LogLine, PodLogSource } from '../core/objects.ts';
import { badRequest } from './status.ts';

interface LogOptions {
  container: string;
  follow: boolean;
  timestamps: boolean;
  tailLines: number | undefined;
  limitBytes: number | undefined;
  sinceMs: number;
}

function positive(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d+$/.test(text)) throw badRequest(`${name} must be greater than or equal to 0`);
  return Number(text);
}

interface NamedContainer {
  name: string;
}

function chooseContainer(pod: KubeObject, asked: string | null): string {
  const containers: NamedContainer[] = pod['spec'].containers;
  const initContainers: NamedContainer[] = pod['spec'].initContainers ?? [];
  const names = containers.map(({ name }) => name);
  if (asked) {
    const known = [...names, ...initContainers.map(({ name }) => name)];
    if (!known.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
    return asked;
  }
  const [first = ''] = names;
  if (names.length === 1) return first;
  throw badRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`,
  );
}

/** Refuses logs of a container that has never run, in the kubelet's words. */
function requireStarted(pod: KubeObject, container: string, previous: boolean): void {
  interface ContainerStatus {
    name: string;
    restartCount: number;
    state?: { waiting?: { reason: string; message?: string } };
  }
  const statuses: ContainerStatus[] = pod['status']?.containerStatuses ?? [];
  const status = statuses.find(({ name }) => name === container);
  if (previous && !status?.restartCount) {
    throw badRequest(`previous terminated container "${container}" in pod "${pod.metadata.name}" not found`);
  }
  const waiting = status?.state?.waiting;
  if (!waiting || status.restartCount > 0) return;
  const why =
    waiting.reason === 'ImagePullBackOff' || waiting.reason === 'ErrImagePull'
      ? `trying and failing to pull image`
      : waiting.reason;
  throw badRequest(`container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${why}`);
}

function toOptions(pod: KubeObject, query: URLSearchParams, nowMs: number): LogOptions {
  const container = chooseContainer(pod, query.get('container'));
  requireStarted(pod, container, query.get('previous') === 'true');
  const sinceSeconds = positive(query, 'sinceSeconds');
  const sinceTime = query.get('sinceTime');
  if (sinceTime !== null && Number.isNaN(Date.parse(sinceTime)))
    throw badRequest(`sinceTime: ${sinceTime} is not a time`);
  const sinceMs = sinceSeconds !== undefined ? nowMs - sinceSeconds * 1000 : sinceTime ? Date.parse(sinceTime) : 0;
  return {
    container,
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines: positive(query, 'tailLines'),
    limitBytes: positive(query, 'limitBytes'),
    sinceMs,
  };
}

/** The kubelet stamps to the nanosecond; the sandbox knows milliseconds. */
function format(line: LogLine, timestamps: boolean): string {
  const stamp = timestamps ? `${new Date(line.timeMs).toISOString().replace('Z', '000000Z')} ` : '';
  return `${stamp}${line.text}\n`;
}

/** Answers a log request; a followed log ends when the client leaves. */
export function sendLog(
  pod: KubeObject,
  source: PodLogSource | undefined,
  query: URLSearchParams,
  nowMs: number,
  response: ServerResponse,
): void {
  const options = toOptions(pod, query, nowMs);
  const { namespace = '', name } = pod.metadata;
  // `previous` asks for the run before a restart, of which nothing is kept.
  const isPrevious = query.get('previous') === 'true';
  const all = isPrevious ? [] : (source?.lines(namespace, name, options.container) ?? []);
  const recent = all.filter((line) => line.timeMs >= options.sinceMs);
  const tail = options.tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - options.tailLines));
  let remaining = options.limitBytes ?? Number.POSITIVE_INFINITY;
  const write = (line: LogLine) => {
    const bytes = Buffer.from(format(line, options.timestamps));
    if (remaining <= 0) return;
    response.write(bytes.subarray(0, Math.min(bytes.length, remaining)));
    remaining -= bytes.length;
    if (remaining <= 0) response.end();
  };
  response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  for (const line of tail) write(line);
  if (!options.follow || isPrevious || !source) {
    response.end();
    return;
  }
  const stop = source.follow(namespace, name, options.container, write);
  response.once('close', stop);
}
