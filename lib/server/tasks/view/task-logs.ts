import type { Pod } from '@/lib/domain/kubernetes';
import { ApiError } from '@/lib/server/http/api-error';
import { registerStream } from '@/lib/server/streams';
import type { TaskContext } from '../context';
import { LogLines, type LogLine } from './log-lines';
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
 * when the reader leaves, or when the user may no longer read logs there.
 */
export async function streamTaskLogs(
  context: TaskContext,
  namespace: string,
  name: string,
  request: LogRequest,
): Promise<ReadableStream<Uint8Array>> {
  await assertMayReadLogs(context, namespace);
  const pods = (await podsOfSide(context, namespace, name, request.side)).flatMap((group) => group.pods);
  const chosen = request.pod === undefined ? pods : pods.filter(({ metadata }) => metadata.name === request.pod);
  if (request.pod !== undefined && chosen.length === 0) {
    throw new ApiError('not_found', { kind: 'Pod', name: request.pod });
  }
  const { container } = request;
  if (container !== undefined && !chosen.some((pod) => pod.spec.containers.some((one) => one.name === container))) {
    throw new ApiError('not_found', { kind: 'container', name: container });
  }
  return mixLogs(context, namespace, chosen, request);
}

/** Rejects with `forbidden` for a user who may not read the logs of pods there. */
export async function assertMayReadLogs({ cluster }: TaskContext, namespace: string): Promise<void> {
  const [allowed] = await cluster.review([{ verb: 'get', group: '', resource: 'pods/log', namespace }]);
  if (!allowed) throw new ApiError('forbidden', { reason: `get pods/log in namespace ${namespace}` });
}

function mixLogs(
  context: TaskContext,
  namespace: string,
  pods: readonly Pod[],
  request: LogRequest,
): ReadableStream<Uint8Array> {
  const stop = new AbortController();
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const unregister = registerStream(() => stop.abort());
  const review = setInterval(() => {
    assertMayReadLogs(context, namespace).catch(() => stop.abort());
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
          const name = pods.length > 1 ? `[${pod.metadata.name}] ` : '';
          const shown = lines
            .filter(({ text }) => text.toLowerCase().includes(wanted))
            .map(({ text, isCut }) => `${name}${text}${isCut ? ` ${request.cutMark}` : ''}\n`);
          if (signal.aborted || shown.length === 0) return;
          controller.enqueue(encoder.encode(shown.join('')));
          // A reader slower than the pods holds them up; nothing piles up here.
          if ((controller.desiredSize ?? 0) <= 0) await drained.promise;
        };
        signal.addEventListener('abort', () => drained.resolve());
        const readers = pods.map((pod) => readPod(context, namespace, pod, request, signal, emit));
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

async function readPod(
  { cluster }: TaskContext,
  namespace: string,
  pod: Pod,
  { container, tail, follow }: LogRequest,
  signal: AbortSignal,
  emit: (pod: Pod, lines: readonly LogLine[]) => Promise<void>,
): Promise<void> {
  const name = container ?? defaultContainer(pod);
  if (name === undefined) return;
  const options = { container: name, tailLines: tail, follow, signal };
  try {
    const stream = await cluster.podLogs(namespace, pod.metadata.name, options);
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
