// `npm run test:mesh`: what the console says and does, held against a real mesh on loopback; `test:mesh:full` (--full)
// runs the whole matrices, which takes longer than a change should wait for.
import { buildConsole } from './lib/build.mjs';
import { buildMeshParts, meshProblem } from './lib/real-parts.mjs';
import { endWithNpm, installDependencies } from './lib/tools.mjs';
import { failSuite, runVitestSuite, skipSuite } from './lib/vitest-suite.mjs';

const problem = meshProblem();
if (problem) skipSuite(`test:mesh: ${problem}`);

endWithNpm();
await installDependencies();
const args = process.argv.slice(2).filter((argument) => argument !== '--full');
try {
  const parts = await buildMeshParts();
  const env = { ...parts, ...(process.argv.includes('--full') && { MESH_MATRIX: 'full' }) };
  process.exitCode = (await buildConsole()) || (await runVitestSuite({ name: 'mesh', args, env }));
} catch (error) {
  failSuite(error);
}
