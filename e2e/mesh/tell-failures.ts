import { afterEach } from 'vitest';

/** The summary comes at the end, and never of a run that is broken off: each failure is told when it happens, too. */
afterEach(({ task }) => {
  for (const { message } of task.result?.errors ?? [])
    console.error(`${new Date().toISOString()} ${task.name}: ${message}`);
});
