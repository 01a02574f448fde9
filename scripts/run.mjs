// Runs a tool of node_modules on the pinned Node: `node scripts/run.mjs vitest run lib/domain`.
import { runTool } from './lib/tools.mjs';

const [tool, ...args] = process.argv.slice(2);
if (!tool) {
  console.error('usage: node scripts/run.mjs TOOL [ARGUMENTS]');
  process.exit(2);
}
process.exitCode = await runTool(tool, args);
