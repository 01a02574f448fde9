// `npm run test:cluster`: the console on a real kube-apiserver, controller-manager, scheduler and etcd, built from
// source with Go into a cache of the user's and run on loopback.
import { buildConsole } from './lib/build.mjs';
import { buildControlPlane, controlPlaneProblem, findIstioCrds } from './lib/real-parts.mjs';
import { endWithNpm, installDependencies } from './lib/tools.mjs';
import { failSuite, runVitestSuite, skipSuite } from './lib/vitest-suite.mjs';

const problem = controlPlaneProblem();
if (problem) skipSuite(`test:cluster: ${problem}`);

endWithNpm();
await installDependencies();
try {
  const env = { CONTROL_PLANE_BINARIES: await buildControlPlane(), ISTIO_CRDS: findIstioCrds() };
  process.exitCode =
    (await buildConsole()) || (await runVitestSuite({ name: 'cluster', args: process.argv.slice(2), env }));
} catch (error) {
  failSuite(error);
}
