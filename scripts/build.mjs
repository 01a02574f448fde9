// `npm run build`: builds the console unless the last build was made from the same sources.
import { buildConsole } from './lib/build.mjs';
import { endWithNpm, installDependencies } from './lib/tools.mjs';

endWithNpm();
await installDependencies();
process.exitCode = await buildConsole();
