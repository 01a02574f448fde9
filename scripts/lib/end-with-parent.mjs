// Preloaded into a Node child (`node --import`): it ends when its parent is gone, however that ended (SIGKILL too), for
// the parent holds the other end of stdin. It is told to stop first, so that it can release what it holds.
import { isMainThread } from 'node:worker_threads';

/** Less than what `stopChild` grants: whoever is bound to a parent is gone before its parent gives up on it. */
const graceMs = 4000;

// The child's own workers and children are started with the same flags: they are not bound, and their stdin is another.
if (isMainThread && process.env.MIRROR_CONSOLE_END_WITH_PARENT) {
  delete process.env.MIRROR_CONSOLE_END_WITH_PARENT;
  process.stdin.once('close', () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs).unref();
  });
  process.stdin.on('error', () => {}).resume();
  process.stdin.unref();
}
