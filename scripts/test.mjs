// `npm test`: everything that is checked on simulated parts, in order of how fast it tells.
// `npm test -- lint types` runs only those steps.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildConsole } from './lib/build.mjs';
import { ensureBrowser } from './lib/browser.mjs';
import { endWithNpm, installDependencies, root, runTool } from './lib/tools.mjs';

const results = path.join(root, 'test-results');

const steps = {
  format: () => runTool('oxfmt', ['--check', '.']),
  lint: () => runTool('oxlint', ['--deny-warnings']),
  types: async () => (await runTool('next', ['typegen'])) || (await runTool('tsc', ['--noEmit'])),
  'dead-code': () => runTool('knip', ['--no-progress']),
  unit: () =>
    runTool('vitest', [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile=${path.join(results, 'unit.json')}`,
    ]),
  build: buildConsole,
  sizes: async () => (await ensureBrowser()) || runTool('node', ['scripts/page-sizes.mjs']),
  journeys: async () => (await ensureBrowser()) || runTool('playwright', ['test']),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`Unknown step ${unknown.join(', ')}. Steps: ${Object.keys(steps).join(', ')}.`);
  process.exit(2);
}

endWithNpm();
await installDependencies();
const statusBefore = gitStatus();

const counts = { passed: 0, failed: 0 };
const failedSteps = [];
const times = [];
for (const [name, step] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n── ${name} ──`);
  const started = Date.now();
  // A runner that dies before it reports must not be counted by what an earlier run left.
  rmSync(reportOf(name), { force: true });
  const code = await step();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`── ${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s ──`);
  times.push(`${name} ${seconds} s`);
  if (code !== 0) failedSteps.push(name);
  count(name, code);
}

const statusAfter = gitStatus();
if (statusAfter !== statusBefore) {
  failedSteps.push('clean work tree');
  counts.failed++;
  console.error(`The run changed files that git tracks or does not ignore:\n${statusAfter}`);
}

console.log(`\nTime: ${times.join(', ')}`);
if (failedSteps.length > 0) console.error(`\nFailed: ${failedSteps.join(', ')}`);
console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = failedSteps.length > 0 ? 1 : 0;

/** Tests count one by one where the runner tells; every other step counts as one. */
function count(name, code) {
  const file = reportOf(name);
  const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  const passed = report?.numPassedTests ?? report?.stats?.expected;
  const failed = report?.numFailedTests ?? report?.stats?.unexpected;
  if (passed === undefined) {
    counts[code === 0 ? 'passed' : 'failed']++;
    return;
  }
  counts.passed += passed;
  // A runner can fail without a failed test (a file that does not load): that counts too.
  counts.failed += code !== 0 && failed === 0 ? 1 : failed;
}

function reportOf(name) {
  return path.join(results, `${name}.json`);
}

function gitStatus() {
  const result = spawnSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' });
  return result.status === 0 ? result.stdout : '';
}
