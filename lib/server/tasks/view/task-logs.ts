import type { Pod } from '@/lib/domain/kubernetes';
import { serviceTargetOf } from '@/lib/domain/targets';
import type { TaskSpec } from '@/lib/domain/task';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { ApiError } from '@/lib/server/http/api-error';
import { registerStream } from '@/lib/server/streams';
import type { TaskContext } from '../context';
import { LogLines, type LogLine } from './log-lines';
import { getTaskRecord } from '../record-store';
import { podsOfSide } from './task-pods';

const reviewEveryMs = 30_000;
const sidecars = ['istio-proxy', 'istio-init'];

export interface LogRequest {
  side: 'primary' | 'mirror';
  /** One pod of that side; absent: all of them, their lines mixed as they come. */
  pod?: string | undefined;
  /** Absent: the first container that is not the mesh's. */
  container?: string | undefined;
  /** Last lines per pod to begin with. */
  tail: number;
  follow: boolean;
  /** Only lines that contain this text, case ignored. */
  q?: string | undefined;
  /** What is put behind the beginning of a line that is too long to be passed on whole. */
  cutMark: string;
  signal: AbortSignal;
}

/**
 * Log lines of a side's pods as text, one per line; several pods' lines begin with the pod's name in brackets, and
 * one that is too long ends with `cutMark`. Ends
 * when the reader leaves, or when the user may no longer read logs there. Rejects while the API server answers for none
 * of the pods: who follows keeps what he has then.
 */
export async function streamTaskLogs(
  context: TaskContext,
  namespace: string,
  name: string,
  request: LogRequest,
): Promise<ReadableStream<Uint8Array>> {
  await assertMayReadLogs(context, namespace);
  const { spec } = await getTaskRecord(context.cluster, namespace, name);
  const places = placesOfSide(spec, request.side);
  for (const place of places) {
    if (place !== namespace) await assertMayReadLogs(context, place);
  }
  const pods = (await podsOfSide(context, namespace, name, request.side)).flatMap((group) => group.pods);
  const chosen = request.pod === undefined ? pods : pods.filter(({ metadata }) => metadata.name === request.pod);
  if (request.pod !== undefined && chosen.length === 0) {
    throw new ApiError('not_found', { kind: 'Pod', name: request.pod });
  }
  const { container } = request;
  if (container !== undefined && !chosen.some((pod) => pod.spec.containers.some((one) => one.name === container))) {
    throw new ApiError('not_found', { kind: 'container', name: container });
  }
  const stop = new AbortController();
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const logs = await Promise.all(chosen.map((pod) => openLog(context, pod, request, signal)));
  const isAway = ({ error }: PodLog) => isClusterError(error) && error.isTransient;
  if (logs.length > 0 && logs.every(isAway)) throw logs[0]?.error;
  return mixLogs(context, places, logs, request, { stop, signal });
}

/** The namespaces that a side's pods are in. */
export function placesOfSide({ namespace, targets }: TaskSpec, side: LogRequest['side']): string[] {
  if (side === 'primary') return [namespace];
  return [...new Set(targets.map((target) => serviceTargetOf(target)?.namespace ?? namespace))];
}

/** Rejects with `forbidden` for a user who may not read the logs of pods there. */
export async function assertMayReadLogs({ cluster }: TaskContext, namespace: string): Promise<void> {
  const [allowed] = await cluster.review([{ verb: 'get', group: '', resource: 'pods/log', namespace }]);
  if (!allowed) throw new ApiError('forbidden', { reason: `get pods/log in namespace ${namespace}` });
}

function mixLogs(
  context: TaskContext,
  places: readonly string[],
  logs: readonly PodLog[],
  request: LogRequest,
  { stop, signal }: { stop: AbortController; signal: AbortSignal },
): ReadableStream<Uint8Array> {
  const unregister = registerStream(() => stop.abort());
  const review = setInterval(() => {
    Promise.all(places.map((place) => assertMayReadLogs(context, place))).catch(() => stop.abort());
  }, reviewEveryMs);
  const wanted = request.q?.toLowerCase() ?? '';
  const encoder = new TextEncoder();
  let drained = Promise.withResolvers<void>();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // The headers go out with the first chunk, and it may be long until a line fits: the reader must see that it is open.
        controller.enqueue(new Uint8Array(0));
        const emit = async (pod: Pod, lines: readonly LogLine[]) => {
          const name = logs.length > 1 ? `[${pod.metadata.name}] ` : '';
          const shown = lines
            .filter(({ text }) => text.toLowerCase().includes(wanted))
            .map(({ text, isCut }) => `${name}${text}${isCut ? ` ${request.cutMark}` : ''}\n`);
          if (signal.aborted || shown.length === 0) return;
          controller.enqueue(encoder.encode(shown.join('')));
          // A reader slower than the pods holds them up; nothing piles up here.
          if ((controller.desiredSize ?? 0) <= 0) await drained.promise;
        };
        signal.addEventListener('abort', () => drained.resolve());
        const readers = logs.map((log) => readPod(log, signal, emit));
        void Promise.all(readers).finally(() => {
          clearInterval(review);
          unregister();
          closeQuietly(controller);
        });
      },
      pull() {
        drained.resolve();
        drained = Promise.withResolvers();
      },
      cancel: () => stop.abort(),
    },
    { highWaterMark: 16 },
  );
}

/** The log of one pod as it was opened; neither: it has no container but the mesh's. */
interface PodLog {
  pod: Pod;
  stream?: ReadableStream<Uint8Array>;
  error?: unknown;
}

async function openLog(
  { cluster }: TaskContext,
  pod: Pod,
  { container, tail, follow }: LogRequest,
  signal: AbortSignal,
): Promise<PodLog> {
  const name = container ?? defaultContainer(pod);
  if (name === undefined) return { pod };
  const options = { container: name, tailLines: tail, follow, signal };
  try {
    return { pod, stream: await cluster.podLogs(pod.metadata.namespace ?? '', pod.metadata.name, options) };
  } catch (error) {
    return { pod, error };
  }
}

async function readPod(
  { pod, stream, error: refusal }: PodLog,
  signal: AbortSignal,
  emit: (pod: Pod, lines: readonly LogLine[]) => Promise<void>,
): Promise<void> {
  try {
    if (refusal !== undefined) throw refusal;
    if (!stream) return;
    const decoder = new TextDecoder();
    const lines = new LogLines();
    for await (const chunk of stream) await emit(pod, lines.push(decoder.decode(chunk, { stream: true })));
    await emit(pod, lines.end());
  } catch (error) {
    // A container that has not started has no log yet; the other pods' lines go on.
    if (!signal.aborted)
      await emit(pod, [{ text: `(${error instanceof Error ? error.message : String(error)})`, isCut: false }]);
  }
}

function defaultContainer(pod: Pod): string | undefined {
  const named = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (pod.spec.containers.some(({ name }) => name === named)) return named;
  return pod.spec.containers.find(({ name }) => !sidecars.includes(name))?.name;
}

function closeQuietly(controller: ReadableStreamDefaultController): void {
  try {
    controller.close();
  } catch {
    // The reader cancelled meanwhile: the stream is closed.
  }
}
