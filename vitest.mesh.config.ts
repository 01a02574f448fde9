import path from 'node:path';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const resolve = { alias: { '@': path.resolve(import.meta.dirname) } };

/** Files that run after those of the groups before, `workers` of them at a time. */
function group(order: number, name: string, files: string[], workers = 1): TestProjectInlineConfiguration {
  return {
    resolve,
    test: {
      name,
      include: files.map((file) => `e2e/mesh/${file}.test.ts`),
      setupFiles: ['e2e/mesh/tell-failures.ts'],
      sequence: { groupOrder: order },
      environment: 'node',
      testTimeout: 300_000,
      hookTimeout: 300_000,
      maxWorkers: workers,
      // Of one file: as many cases under fire, and consoles that are killed, as two cores carry.
      maxConcurrency: 4,
    },
  };
}

/** The suite on the mesh lab: `npm run test:mesh` sets the variables of its parts. All files share one lab. */
export default defineConfig({
  resolve,
  test: {
    globalSetup: ['e2e/mesh/start-shared-lab.ts'],
    projects: [
      // Takes all that the machine has.
      group(1, 'fire', ['fire/*'], 2),
      // Two that measure, each at a load of its own that leaves others room which mostly wait.
      group(2, 'measured', ['numbers', 'selection', 'verification', 'rollouts'], 3),
      // How soon a second lab is there, and the load that all share: nothing is to run beside them.
      group(3, 'alone', ['command', 'load']),
      // These wait most of the time, in namespaces of their own.
      group(4, 'together', ['ends', 'safety', 'targets', 'requests', 'presets', 'contract/*'], 3),
      // These look at the namespace httpbin, each as if it were alone there.
      group(5, 'httpbin', ['httpbin', 'seeds']),
      // Fills the mesh with rules, one for every namespace among them: it comes last.
      group(6, 'planner', ['planner/*']),
    ],
  },
});
