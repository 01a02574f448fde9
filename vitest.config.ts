import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { plantedFaults, plantFault } from './e2e/planted-faults.ts';

const fault = plantedFaults[Number(process.env.PLANTED_FAULT ?? -1)];

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
    // What is kept of earlier runs has no fault in it, and what this one makes of a file is for no other run.
    fsModuleCache: !fault,
    include: ['*.test.ts', '{lib,components,app,scripts,e2e}/**/*.test.{ts,tsx}'],
    exclude: ['e2e/cluster/**', 'node_modules/**'],
    environment: 'node',
    setupFiles: ['e2e/property-seed.ts'],
    env: { MIRROR_CONSOLE_LOG_LEVEL: 'silent' },
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
