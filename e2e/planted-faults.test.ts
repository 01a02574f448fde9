import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { plantedFaults, type PlantedFault } from './planted-faults.ts';

const root = path.resolve(import.meta.dirname, '..');
const vitest = path.join(path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

interface Outcome {
  fullName: string;
  status: string;
  failureMessages: string[];
}

interface Report {
  testResults: { message: string; assertionResults: Outcome[] }[];
}

/** Runs the tests of a file that have one of the names, with a fault in place or (null) with none: how they ended. */
async function run(file: string, names: readonly string[], fault: number | null): Promise<Outcome[]> {
  const directory = mkdtempSync(path.join(tmpdir(), 'planted-fault-'));
  const outputFile = path.join(directory, 'report.json');
  const pattern = names.map(literally).join('|');
  const { PLANTED_FAULT: _planted, ...env } = process.env;
  const child = spawn(
    process.execPath,
    [vitest, 'run', file, '-t', pattern, '--reporter=json', `--outputFile=${outputFile}`],
    { cwd: root, env: { ...env, ...(fault === null ? {} : { PLANTED_FAULT: String(fault) }) }, stdio: 'ignore' },
  );
  try {
    await new Promise((resolve) => child.once('close', resolve));
    const { testResults } = JSON.parse(readFileSync(outputFile, 'utf8')) as Report;
    // A file that does not load has noticed nothing.
    expect(testResults.map(({ message }) => message).join('')).toBe('');
    return testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'passed' || status === 'failed');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A pattern that is met by the text and nothing else. */
function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** What is said by an expectation that is not met, also of a promise or in a property; not by code that breaks. */
const unmet = /^(Assertion)?Error: (expected|promise resolved)|^Error: Property failed[^]*Got AssertionError/;

/** A run of the tests of its own each, which may wait in vain until it notices. */
const timeoutMs = 600_000;
const numbered = plantedFaults.map((planted, index) => ({ ...planted, index }));

describe('every guarantee has a test that goes red when it is broken', () => {
  it.each(numbered)(
    '$guarantee: $fault',
    async ({ index, test: { file, name, says = unmet } }) => {
      const outcomes = await run(file, [name], index);
      expect(outcomes).toMatchObject([{ status: 'failed', fullName: expect.stringContaining(name) }]);
      expect(outcomes[0]?.failureMessages[0]).toMatch(says);
    },
    timeoutMs,
  );

  it.each([...Map.groupBy(plantedFaults, ({ test }) => test.file)])(
    'and is green without: %s',
    async (file, planted) => {
      const names = [...new Set(planted.map(({ test }) => test.name))];
      const outcomes = await run(file, names, null);
      expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([]);
      const timesRun = (name: string) => outcomes.filter(({ fullName }) => fullName.includes(name)).length;
      expect(names.filter((name) => timesRun(name) !== 1)).toEqual([]);
    },
    timeoutMs,
  );

  it('and each of the guarantees has one', () => {
    const numbers = new Set(plantedFaults.map(({ guarantee }) => Number(guarantee.split(' ', 1)[0])));
    expect([...numbers].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('and each fault has its line in the code, once', () => {
    const timesIn = ({ file, find }: PlantedFault) =>
      readFileSync(path.join(root, file), 'utf8').split(find).length - 1;
    expect(plantedFaults.filter((planted) => timesIn(planted) !== 1).map(({ file, find }) => [file, find])).toEqual([]);
  });
});
