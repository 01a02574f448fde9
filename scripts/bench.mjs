// `npm run bench`: how fast the console is on this machine, measured on the production build and the sandbox.
// What is measured and the options: `npm run bench -- --help`.
import { buildConsole } from './lib/build.mjs';
import { ensureBrowser } from './lib/browser.mjs';
import { endWithNpm, installDependencies, runTool } from './lib/tools.mjs';

endWithNpm();
await installDependencies();
process.exitCode =
  (await ensureBrowser()) ||
  (await buildConsole()) ||
  (await runTool('node', ['e2e/bench/main.ts', ...process.argv.slice(2)]));
