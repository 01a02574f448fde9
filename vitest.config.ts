import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { plantedFaults, plantFault } from './e2e/planted-faults.ts';

const fault = plantedFaults[Number(process.env.PLANTED_FAULT ?? -1)];

/** Files that take minutes start first, or one of them runs alone in the end while the other processors wait. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => /crash-matrix|planted-faults/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  plugins: fault ? [plantFault(fault)] : [],
  resolve: {
    alias: {
      '@': path.resolve(import.meta.dirname),
      // Next's guard package throws outside a React Server build.
      'server-only': path.resolve(import.meta.dirname, 'e2e/empty-module.ts'),
    },
  },
  test: {
    sequence: { sequencer: LongestFirst },
    // What is kept of earlier runs has no fault in it, and what this one makes of a file is for no other run.
    fsModuleCache: !fault,
    include: ['*.test.ts', '{lib,components,app,scripts,e2e}/**/*.test.{ts,tsx}'],
    exclude: ['e2e/cluster/**', 'e2e/mesh/**', 'node_modules/**'],
    environment: 'node',
    // By itself vitest leaves a processor idle, of two that is half.
    maxWorkers: '100%',
    setupFiles: ['e2e/property-seed.ts'],
    env: { MIRROR_CONSOLE_LOG_LEVEL: 'silent' },
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
