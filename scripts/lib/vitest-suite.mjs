// Runs a suite of vitest of its own configuration, and says at the end how many tests passed and failed.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root, runTool } from './tools.mjs';

/**
 * Prints `N passed, N failed` as the last line; a runner that dies without a failed test counts as one.
 * @param {{ name: string, args?: string[], env: Record<string, string> }} options `name`: the part of
 * vitest.NAME.config.ts; resolves to the exit code
 */
export async function runVitestSuite({ name, args = [], env }) {
  const report = path.join(root, `test-results/${name}.json`);
  rmSync(report, { force: true });
  const config = ['--config', `vitest.${name}.config.ts`];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`];
  const exitCode = await runTool('vitest', ['run', ...config, ...reporters, ...args], { env });
  const counts = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 1 };
  const failed = exitCode !== 0 && counts.numFailedTests === 0 ? 1 : counts.numFailedTests;
  console.log(`\n${counts.numPassedTests} passed, ${failed} failed`);
  return exitCode;
}

/** Ends this process because something is missing: in CI as a failure, else with a line that nothing was checked. */
export function skipSuite(message) {
  if (process.env.CI) {
    console.error(`${message} In CI it must be there.`);
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
  console.log(`\n*** SKIPPED: ${message} Nothing was checked on real parts. ***\n`);
  process.exit(0);
}

/** Ends this process because the suite could not be prepared. */
export function failSuite(error) {
  console.error(error.message);
  console.log('0 passed, 1 failed');
  process.exit(1);
}
