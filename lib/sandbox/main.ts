/** `node lib/sandbox/main.ts`: runs the sandbox until SIGTERM or SIGINT; prints its addresses as one JSON line. */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DrivenClock } from './core/clock.ts';
import { startSandbox, type SandboxOptions } from './start.ts';

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

/** Milliseconds of `90s`, `60m`, `24h` or `500ms`. */
function durationMs(text: string, option: string): number {
  const [, amount, unit = ''] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  if (amount === undefined) fail(`--${option} ${text}: expected a duration such as 60m`);
  return Number(amount) * (unitMs[unit] ?? 1);
}

function wholeNumber(text: string, option: string): number {
  if (!/^\d+$/.test(text)) fail(`--${option} ${text}: expected a whole number`);
  return Number(text);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      kubeconfig: { type: 'string' },
      history: { type: 'string' },
      seed: { type: 'string' },
      'push-delay': { type: 'string' },
      'watch-history': { type: 'string' },
      'driven-clock': { type: 'boolean' },
    },
  });
  const options: SandboxOptions = {};
  if (values.port !== undefined) options.port = wholeNumber(values.port, 'port');
  if (values.history !== undefined) options.historyMs = durationMs(values.history, 'history');
  if (values.seed !== undefined) options.seed = wholeNumber(values.seed, 'seed');
  if (values['push-delay'] !== undefined) options.pushDelayMs = durationMs(values['push-delay'], 'push-delay');
  if (values['watch-history'] !== undefined)
    options.watchHistoryMs = durationMs(values['watch-history'], 'watch-history');
  if (values['driven-clock']) options.clock = new DrivenClock(Date.now());
  return { options, kubeconfig: values.kubeconfig };
}

const { options, kubeconfig } = readOptions();
const sandbox = await startSandbox(options);
const isOurFile = kubeconfig === undefined;
const file = kubeconfig ?? path.join(tmpdir(), `mirror-console-sandbox-${process.pid}.kubeconfig`);
writeFileSync(file, sandbox.kubeconfigYaml, { mode: 0o600 });
process.stdout.write(
  `${JSON.stringify({
    kubeconfig: file,
    apiServer: sandbox.apiServerUrl,
    prometheus: sandbox.prometheusUrl,
    control: sandbox.controlUrl,
  })}\n`,
);

let isStopping = false;
async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await sandbox.stop();
  if (isOurFile) rmSync(file, { force: true });
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop());
