import { pino } from 'pino';
import { getEnvironment } from './env';

/** The process's log: JSON lines on stderr. Request bodies, tokens and kubeconfigs never go in. */
export const log = pino(
  { level: getEnvironment().logLevel, base: { service: 'mirror-console' } },
  pino.destination({ dest: 2, sync: true }),
);
