// Preloaded into the measured console (`node --expose-gc --import`): SIGUSR2 collects all garbage.
import { isMainThread } from 'node:worker_threads';

if (isMainThread) process.on('SIGUSR2', () => globalThis.gc?.());
