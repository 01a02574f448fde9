import diagnostics from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { getEnvironment } from './env';
import { log } from './log';
import { processWide } from './process-state';
import { closeStreams } from './streams';

const idleCheckMs = 50;

/** What must be there before the first request: valid settings, and an end within moments when the process is told to. */
export function startProcess(): void {
  processWide('process', () => {
    const environment = getEnvironment();
    endOpenConnections();
    log.info({ kind: environment.kind, prometheus: environment.prometheus !== null }, 'console starts');
    return true;
  });
}

/**
 * On a signal `next start` closes its server and waits for the connections that are open. An event stream never ends
 * by itself, and a page that polls keeps its connection from ever being idle for long: so streams are ended, and a
 * connection is closed as soon as no answer is under way on it. Answers under way are finished.
 */
function endOpenConnections(): void {
  let server: Server | null = null;
  // Next does not hand out its server; Node announces it with every request.
  const learnServer = (message: unknown) => {
    server = (message as { server: Server }).server;
    diagnostics.unsubscribe(requestStarts, learnServer);
  };
  diagnostics.subscribe(requestStarts, learnServer);
  const end = () => {
    closeStreams();
    setInterval(() => server?.closeIdleConnections(), idleCheckMs).unref();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
}

const requestStarts = 'http.server.request.start';
