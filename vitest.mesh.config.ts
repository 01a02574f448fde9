import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** The suite on the mesh lab: `npm run test:mesh` sets the variables of its parts. All files share one lab. */
export default defineConfig({
  resolve: { alias: { '@': path.resolve(import.meta.dirname) } },
  test: {
    include: ['e2e/mesh/**/*.test.ts'],
    globalSetup: ['e2e/mesh/start-shared-lab.ts'],
    environment: 'node',
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
