import diagnostics from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { getEnvironment } from './env';
import { log } from './log';
import { processWide } from './process-state';
import { closeStreams } from './streams';
import { getTaskContext, runningOperations, runningRamps } from './tasks/context';
import { guardMirrors } from './tasks/guard-mirrors';
import { keepRecords } from './tasks/keep-records';
import { stopOperations } from './tasks/operations/stop-operations';

const idleCheckMs = 50;
/** Long enough for a write that is under way and one more; short beside the grace that anybody gives a process. */
const stopBoundMs = 3_000;
const signals = ['SIGTERM', 'SIGINT'] as const;

/** What must be there before the first request: valid settings, and an end within moments when the process is told to. */
export function startProcess(): void {
  processWide('process', () => {
    const environment = getEnvironment();
    const endConnections = watchConnections();
    onStopSignal(async () => {
      closeStreams();
      await stopOperations(runningRamps(), stopBoundMs);
      await stopOperations(runningOperations(), stopBoundMs);
      endConnections();
    });
    guardMirrors(getTaskContext());
    keepRecords(getTaskContext());
    log.info({ kind: environment.kind, prometheus: environment.prometheus !== null }, 'console starts');
    return true;
  });
}

/**
 * Runs `stop` at a stop signal and only then what listened for it before: `next start` listens, and ends the process
 * as soon as its connections are closed, whatever is still under way.
 */
function onStopSignal(stop: () => Promise<void>): void {
  let stopped: Promise<void> | null = null;
  for (const signal of signals) {
    const others = process.listeners(signal);
    for (const other of others) process.off(signal, other);
    process.on(signal, () => {
      stopped ??= stop().catch((error: unknown) => log.error({ err: error }, 'the console could not stop cleanly'));
      void stopped.then(() => others.forEach((other) => other(signal)));
    });
  }
}

/**
 * `next start` closes its server and waits for the connections that are open. An event stream never ends by itself,
 * and a page that polls keeps its connection from ever being idle for long: so streams are ended (see
 * closeStreams), and once the returned function is called a connection is closed as soon as no answer is under way
 * on it. Answers under way are finished.
 */
function watchConnections(): () => void {
  let server: Server | null = null;
  // Next does not hand out its server; Node announces it with every request.
  const learnServer = (message: unknown) => {
    server = (message as { server: Server }).server;
    diagnostics.unsubscribe(requestStarts, learnServer);
  };
  diagnostics.subscribe(requestStarts, learnServer);
  return () => void setInterval(() => server?.closeIdleConnections(), idleCheckMs).unref();
}

const requestStarts = 'http.server.request.start';
