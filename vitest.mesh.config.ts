import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The planner's shapes fill the mesh with rules, a rule for every namespace among them: they come last, and stay. */
class ShapesLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isShapes = ({ moduleId }: TestSpecification) => moduleId.includes('/planner/');
    const sorted = await super.sort(files);
    return [...sorted.filter((file) => !isShapes(file)), ...sorted.filter(isShapes)];
  }
}

/** The suite on the mesh lab: `npm run test:mesh` sets the variables of its parts. All files share one lab. */
export default defineConfig({
  resolve: { alias: { '@': path.resolve(import.meta.dirname) } },
  test: {
    include: ['e2e/mesh/**/*.test.ts'],
    sequence: { sequencer: ShapesLast },
    globalSetup: ['e2e/mesh/start-shared-lab.ts'],
    setupFiles: ['e2e/mesh/tell-failures.ts'],
    environment: 'node',
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Of one file: cases under load wait most of the time.
    maxConcurrency: 12,
    fileParallelism: false,
  },
});
