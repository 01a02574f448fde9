import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { plantedFaults } from './planted-faults.ts';

const root = path.resolve(import.meta.dirname, '..');
const vitest = path.join(path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

interface Report {
  numTotalTests: number;
  numFailedTests: number;
  testResults: { message: string; assertionResults: { status: string; failureMessages: string[] }[] }[];
}

/** Runs one test with the fault in place. */
async function runWith(index: number): Promise<Report> {
  const { test } = plantedFaults[index] ?? { test: { file: '', name: '' } };
  const directory = mkdtempSync(path.join(tmpdir(), 'planted-fault-'));
  const outputFile = path.join(directory, 'report.json');
  const name = test.name ? ['-t', test.name] : [];
  const child = spawn(
    process.execPath,
    [vitest, 'run', test.file, ...name, '--reporter=json', `--outputFile=${outputFile}`],
    { cwd: root, env: { ...process.env, PLANTED_FAULT: String(index) }, stdio: 'ignore' },
  );
  try {
    await new Promise((resolve) => child.once('close', resolve));
    return JSON.parse(readFileSync(outputFile, 'utf8')) as Report;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A run of the tests of its own each, which may wait in vain until it notices. */
const timeoutMs = 600_000;

describe('every guarantee has a test that goes red when it is broken', () => {
  it.each(plantedFaults.map(({ guarantee, fault }, index) => ({ guarantee, fault, index })))(
    '$guarantee: $fault',
    async ({ index }) => {
      const report = await runWith(index);
      // A file that does not load has noticed nothing.
      expect(report.testResults.map(({ message }) => message).join('')).not.toContain('to make wrong');
      const ran = report.testResults
        .flatMap(({ assertionResults }) => assertionResults)
        .filter(({ status }) => status === 'passed' || status === 'failed');
      expect(ran.length).toBeGreaterThan(0);
      expect(report.numFailedTests).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  it('and each of the guarantees has one', () => {
    const numbers = new Set(plantedFaults.map(({ guarantee }) => Number(guarantee.split(' ', 1)[0])));
    expect([...numbers].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
