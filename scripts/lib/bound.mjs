// `node bound.mjs COMMAND ARGUMENTS…`: stands in for a program that is not Node's, so that it can be bound to a parent:
// what stops this process stops the program.
import { spawn } from 'node:child_process';

/** Less than what end-with-parent.mjs and `stopChild` grant, so that the program never outlives this process. */
const graceMs = 3000;

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', (error) => {
  console.error(`${command}: ${error.message}`);
  process.exit(127);
});
child.on('exit', (code) => process.exit(code ?? 1));

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  process.once(signal, () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), graceMs);
  });
}
