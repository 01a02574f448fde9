'use client';

import { useEffect, useRef, useState } from 'react';
import { apiPath, requestStream } from '@/lib/client/http';
import { doOnlyHere, TakenOver } from '@/lib/client/only-here';
import type { MetricSide } from '@/lib/contract/metrics';
import { appendToLog, emptyLog, type LogBuffer } from './log-buffer';

export interface LogSource {
  namespace: string;
  task: string;
  side: MetricSide;
  /** One pod; empty: all pods of the side. */
  pod: string;
  /** Only lines with this text; empty: all lines. */
  q: string;
  follow: boolean;
}

export interface LogStream {
  log: LogBuffer;
  /** `taken`: another page of this browser follows. */
  status: 'connecting' | 'open' | 'ended' | 'failed' | 'taken';
  error: Error | null;
  /** When the log was last followed, in epoch milliseconds; 0: never, or it is followed now. */
  followedUntil: number;
  /** Reads again from the tail. */
  restart: () => void;
}

const keptLines = 2000;
const tailLines = 500;
const drawEveryMs = 200;
const reconnectAfterMs = 3000;

const fresh = { log: emptyLog, status: 'connecting', error: null, followedUntil: 0 } as const;

/**
 * Reads the log of one side for as long as the component is on the page. While it follows, a stream that ends (a pod
 * was replaced) is opened again, and what was read stays until the new one is open; lines are drawn a few times a
 * second however fast they come. One page of a browser follows at a time: the one that was opened or looked at last.
 */
export function useLogStream(source: LogSource): LogStream {
  const { namespace, task, side, pod, q, follow } = source;
  const [state, setState] = useState<Omit<LogStream, 'restart'>>(fresh);
  const restart = useRef(() => {});

  useEffect(() => {
    const closing = new AbortController();
    let pending = '';
    let isTaken = false;
    let followedUntil = 0;
    const draw = () => {
      if (pending === '') return;
      const text = pending;
      pending = '';
      setState((before) => ({ ...before, log: appendToLog(before.log, text, keptLines) }));
    };
    const drawing = setInterval(draw, drawEveryMs);

    const read = async (signal: AbortSignal) => {
      const stream = await requestStream(apiPath('tasks', namespace, task, 'logs'), {
        query: { side, pod, q, follow, tail: tailLines },
        signal,
      });
      setState({ ...fresh, status: 'open' });
      const reader = stream
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
        .getReader();
      try {
        for (let part = await reader.read(); !part.done; part = await reader.read()) pending += part.value;
      } finally {
        followedUntil = Date.now();
      }
      draw();
      setState((before) => ({ ...before, status: 'ended' }));
    };
    /** Reads until the stream ends or fails. */
    const attempt = async (signal: AbortSignal) => {
      try {
        await read(signal);
      } catch (error) {
        if (signal.aborted) return;
        draw();
        setState((before) => ({
          ...before,
          status: 'failed',
          error: error instanceof Error ? error : new Error(String(error)),
          followedUntil,
        }));
      }
    };
    const attemptAgainAndAgain = async (signal: AbortSignal) => {
      while (!signal.aborted) {
        // oxlint-disable-next-line no-await-in-loop -- one stream at a time
        await attempt(signal);
        if (signal.aborted) return;
        // oxlint-disable-next-line no-await-in-loop -- the wait before the next
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, reconnectAfterMs);
          const goOn = () => {
            clearTimeout(timer);
            resolve();
          };
          restart.current = goOn;
          signal.addEventListener('abort', goOn, { once: true });
        });
      }
    };
    const run = async () => {
      if (!follow) {
        restart.current = () => void attempt(closing.signal);
        return attempt(closing.signal);
      }
      isTaken = false;
      try {
        await doOnlyHere(`mirror-console-log-${side}`, closing.signal, attemptAgainAndAgain);
      } catch (error) {
        if (!(error instanceof TakenOver)) throw error;
        isTaken = true;
        draw();
        setState((before) => ({ ...before, status: 'taken', error: null }));
      }
    };
    const comeBack = () => {
      if (isTaken && document.visibilityState === 'visible') void run();
    };
    window.addEventListener('focus', comeBack, { signal: closing.signal });
    document.addEventListener('visibilitychange', comeBack, { signal: closing.signal });
    const begin = async () => {
      setState(fresh);
      await run();
    };
    void begin();

    return () => {
      closing.abort();
      clearInterval(drawing);
    };
  }, [namespace, task, side, pod, q, follow]);

  return { ...state, restart: () => restart.current() };
}
