import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** The suite on a real control plane: `npm run test:cluster` sets CONTROL_PLANE_BINARIES and ISTIO_CRDS. */
export default defineConfig({
  resolve: { alias: { '@': path.resolve(import.meta.dirname) } },
  test: {
    include: ['e2e/cluster/**/*.test.ts', 'e2e/contract/**/*.contract.ts'],
    environment: 'node',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
