import type { z } from 'zod/mini';
import type { TaskRequests } from '@/lib/contract/task';
import { pairRequests, readAccessLogLine, type AccessLogEntry } from '@/lib/domain/access-log';
import { externalTargetOf } from '@/lib/domain/targets';
import type { Pod } from '@/lib/domain/kubernetes';
import type { MessageRef } from '@/lib/domain/message';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import type { TaskContext } from '../context';
import { LogLines } from './log-lines';
import { getTaskRecord } from '../record-store';
import { assertMayReadLogs, placesOfSide } from './task-logs';
import { podsOfSide } from './task-pods';

type Side = 'primary' | 'mirror';
type Pair = z.infer<typeof TaskRequests>['items'][number];
type Logged = AccessLogEntry & { pod: string };

/** Requests of both sides, joined; `reason` where there are none. */
export interface RequestsView {
  items: Pair[];
  linesPerPod: number;
  reason: MessageRef | null;
}

const proxyContainer = 'istio-proxy';
/** Last lines of each sidecar that are looked at. */
const linesPerPod = 1_000;
/** Pods per side that are read: each is a request to its kubelet. */
const podsPerSide = 10;

/**
 * Requests that reached both sides, joined by their id from the access logs of the sidecars, the latest first. `q`: only
 * those whose method, path or id contains it, case ignored; `differing`: only those with another status. Says why there are none: access logs are off by default.
 */
export async function listTaskRequests(
  context: TaskContext,
  namespace: string,
  name: string,
  { q, differing, limit, signal }: { q: string; differing: boolean; limit: number; signal: AbortSignal },
): Promise<RequestsView> {
  await assertMayReadLogs(context, namespace);
  const { spec } = await getTaskRecord(context.cluster, namespace, name);
  for (const place of placesOfSide(spec, 'mirror')) {
    if (place !== namespace) await assertMayReadLogs(context, place);
  }
  const outside = externalTargetOf(spec.targets[0]);
  if (outside && spec.targets.length === 1)
    return { items: [], linesPerPod, reason: { code: 'requests_external', params: { host: outside.host } } };
  const read = (side: Side) => readSide(context, namespace, name, side, signal);
  const [primary, mirror] = await Promise.all([read('primary'), read('mirror')]);
  const pairs = pairRequests(primary.entries, mirror.entries);
  const wanted = q.toLowerCase();
  const items = pairs
    .map((pair) => toPair(pair))
    .filter((pair) => !differing || pair.primary.code !== pair.mirror.code)
    .filter(({ id, method, path }) => `${method} ${path} ${id}`.toLowerCase().includes(wanted))
    .slice(0, limit);
  const reason = pairs.length > 0 ? null : whyNone(primary, mirror);
  return { items, linesPerPod, reason };
}

interface SideLog {
  /** Names of its Deployments. */
  workload: string;
  /** None of its pods has a sidecar. */
  isWithoutSidecar: boolean;
  entries: Logged[];
}

/** A side that logs nothing while the other does may just have received nothing. */
function whyNone(primary: SideLog, mirror: SideLog): MessageRef {
  const bare = [primary, mirror].find(({ isWithoutSidecar }) => isWithoutSidecar);
  if (bare) return { code: 'requests_no_sidecar', params: { workload: bare.workload } };
  const [silent, ...others] = [primary, mirror].filter(({ entries }) => entries.length === 0);
  if (!silent) return { code: 'requests_none', params: {} };
  const code = others.length > 0 ? 'requests_no_access_log' : 'requests_one_side';
  return { code, params: { workload: silent.workload, lines: linesPerPod } };
}

async function readSide(
  context: TaskContext,
  namespace: string,
  name: string,
  side: Side,
  signal: AbortSignal,
): Promise<SideLog> {
  const groups = await podsOfSide(context, namespace, name, side);
  const workload = groups.map((group) => group.workload).join(', ');
  const pods = groups.flatMap((group) => group.pods);
  const proxied = pods.filter(hasProxy);
  const read = await Promise.all(proxied.slice(0, podsPerSide).map((pod) => readPod(context, pod, signal)));
  return { workload, isWithoutSidecar: pods.length > 0 && proxied.length === 0, entries: read.flat() };
}

/** Sidecars are containers, or init containers that go on (native sidecars). */
function hasProxy({ spec }: Pod): boolean {
  return [...spec.containers, ...(spec.initContainers ?? [])].some((container) => container.name === proxyContainer);
}

async function readPod({ cluster }: TaskContext, pod: Pod, signal: AbortSignal): Promise<Logged[]> {
  const options = { container: proxyContainer, tailLines: linesPerPod, follow: false, signal };
  const lines = new LogLines();
  const decoder = new TextDecoder();
  const entries: Logged[] = [];
  const take = (read: ReturnType<LogLines['push']>) => {
    for (const { text } of read) {
      const entry = readAccessLogLine(text);
      if (entry) entries.push({ ...entry, pod: pod.metadata.name });
    }
  };
  try {
    for await (const chunk of await cluster.podLogs(pod.metadata.namespace ?? '', pod.metadata.name, options))
      take(lines.push(decoder.decode(chunk, { stream: true })));
    take(lines.end());
  } catch (error) {
    // A proxy that has not started, or has gone, has no log: the other pods' lines count.
    if (!isClusterError(error) || error.isTransient) throw error;
  }
  return entries;
}

function toPair({ primary, mirror }: ReturnType<typeof pairRequests>[number]): Pair {
  const answer = ({ code, flags, durationMs, pod }: Logged) => ({ code, flags, durationMs, pod });
  const { id, at, method, path } = primary;
  return { id, at, method, path, primary: answer(primary), mirror: answer(mirror) };
}
