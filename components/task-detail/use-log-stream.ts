'use client';

import { useEffect, useRef, useState } from 'react';
import { apiPath, requestStream } from '@/lib/client/http';
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
  status: 'connecting' | 'open' | 'ended' | 'failed';
  error: Error | null;
  /** Reads again from the tail. */
  restart: () => void;
}

const keptLines = 2000;
const tailLines = 500;
const drawEveryMs = 200;
const reconnectAfterMs = 3000;

const fresh = { log: emptyLog, status: 'connecting', error: null } as const;

/**
 * Reads the log of one side for as long as the component is on the page. While it follows, a stream that ends (a pod
 * was replaced) is opened again; lines are drawn a few times a second however fast they come.
 */
export function useLogStream(source: LogSource): LogStream {
  const { namespace, task, side, pod, q, follow } = source;
  const [state, setState] = useState<Omit<LogStream, 'restart'>>(fresh);
  const restart = useRef(() => {});

  useEffect(() => {
    const closing = new AbortController();
    let pending = '';
    let reconnect: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      if (pending === '') return;
      const text = pending;
      pending = '';
      setState((before) => ({ ...before, log: appendToLog(before.log, text, keptLines) }));
    };
    const drawing = setInterval(draw, drawEveryMs);

    const read = async () => {
      setState(fresh);
      const stream = await requestStream(apiPath('tasks', namespace, task, 'logs'), {
        query: { side, pod, q, follow, tail: tailLines },
        signal: closing.signal,
      });
      setState((before) => ({ ...before, status: 'open' }));
      const reader = stream
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
        .getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) pending += part.value;
      draw();
      setState((before) => ({ ...before, status: 'ended' }));
    };
    const run = () =>
      read()
        .catch((error: unknown) => {
          if (closing.signal.aborted) return;
          draw();
          setState((before) => ({
            ...before,
            status: 'failed',
            error: error instanceof Error ? error : new Error(String(error)),
          }));
        })
        .finally(() => {
          if (follow && !closing.signal.aborted) reconnect = setTimeout(run, reconnectAfterMs);
        });
    restart.current = () => {
      clearTimeout(reconnect);
      void run();
    };
    void run();

    return () => {
      closing.abort();
      clearInterval(drawing);
      clearTimeout(reconnect);
    };
  }, [namespace, task, side, pod, q, follow]);

  return { ...state, restart: () => restart.current() };
}
