import { getEnvironment } from './env';
import { log } from './log';
import { processWide } from './process-state';
import { closeStreams } from './streams';

/** What must be there before the first request: valid settings, and streams that end when the process is told to. */
export function startProcess(): void {
  processWide('process', () => {
    const environment = getEnvironment();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, closeStreams);
    log.info({ kind: environment.kind, prometheus: environment.prometheus !== null }, 'console starts');
    return true;
  });
}
