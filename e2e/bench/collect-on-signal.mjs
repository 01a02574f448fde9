// Preloaded into the measured console (`node --expose-gc --import`): SIGUSR2 collects all garbage and then writes to the
// file MEMORY_REPORT what is left, in bytes.
import { renameSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const report = process.env.MEMORY_REPORT;
if (isMainThread && report) {
  process.on('SIGUSR2', () => {
    // As before memory runs out: with the room that a young generation has grown to under load.
    globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    writeFileSync(`${report}.new`, JSON.stringify(process.memoryUsage()));
    renameSync(`${report}.new`, report);
  });
}
