// `npm run mesh`: the console on a real mesh of this machine: Kubernetes' control plane, istiod, applications behind
// Envoys, and Prometheus, all on loopback.
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { buildConsole } from './lib/build.mjs';
import { launchConsole, launchLab, portProblem, stopChild } from './lib/launch.mjs';
import { buildMeshParts, meshProblem } from './lib/real-parts.mjs';
import { endWithNpm, fail, installDependencies, stopSignals } from './lib/tools.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '3000' },
    user: { type: 'string', default: 'admin' },
    load: { type: 'string', default: '1' },
  },
});
const problem = meshProblem() ?? (await listenProblem(Number(values.port)));
if (problem) fail(problem);

endWithNpm();
await installDependencies();
const children = [];
let isStopping = false;
for (const signal of stopSignals) process.on(signal, () => void stop(0));
try {
  const env = await buildMeshParts();
  const code = await buildConsole({ quiet: true });
  if (code !== 0) throw new Error(`The build failed with exit code ${code}: see its messages above.`);
  await start(env);
} catch (error) {
  console.error(error.message);
  await stop(1);
}

async function start(env) {
  const lab = await launchLab({ env, scrapeIntervalSeconds: 5 });
  watch(lab.child, 'mesh lab');
  await setLoad(lab, values.load);
  const app = await launchConsole({
    port: Number(values.port),
    env: {
      MIRROR_CONSOLE_ENVIRONMENT: 'cluster',
      MIRROR_CONSOLE_KUBECONFIG: lab.kubeconfig,
      MIRROR_CONSOLE_CONTEXT: values.user,
      MIRROR_CONSOLE_PROMETHEUS_URL: lab.prometheus,
    },
  });
  watch(app.child, 'console');
  const lines = [
    `  Mirror Console    ${app.url}/      (ready in ${secondsOfCommand()} s)`,
    `  kubectl           alias kubectl='${env.CONTROL_PLANE_BINARIES}/kubectl --kubeconfig ${lab.kubeconfig}'`,
    `  istioctl          alias istioctl='${env.ISTIOCTL_BINARY} --kubeconfig ${lab.kubeconfig}'`,
    `  Prometheus        ${lab.prometheus}`,
    `  Pods              ${lab.url}/pods`,
    `  Host outside      ${lab.url}/outside: one that speaks TLS, and what came there`,
    `  Load              a factor and Enter changes what the applications send (now ${values.load})`,
  ];
  console.log(['', ...lines, '', '  Ctrl-C stops it.', ''].join('\n'));
  createInterface({ input: process.stdin }).on('line', (line) => {
    setLoad(lab, line.trim()).then(
      () => console.log(`  Load is ${line.trim()} now.`),
      (error) => console.error(error.message),
    );
  });
}

/** Since this process began: whoever typed the command waits for the build, too. */
function secondsOfCommand() {
  return (performance.now() / 1000).toFixed(1);
}

async function setLoad(lab, factor) {
  const response = await fetch(`${lab.url}/load`, { method: 'PUT', body: factor });
  if (!response.ok) throw new Error(await response.text());
}

async function listenProblem(port) {
  const code = Number.isInteger(port) && port > 0 && port < 65_536 ? await portProblem(port) : 'no port number';
  return code === null ? null : `Port ${values.port} cannot be used (${code}): npm run mesh -- --port 3100`;
}

/** A part that stops by itself takes the others with it. */
function watch(child, name) {
  children.unshift(child);
  child.once('exit', (code) => {
    if (isStopping) return;
    console.error(`The ${name} stopped with exit code ${code}.`);
    void stop(1);
  });
}

async function stop(code) {
  if (isStopping) return;
  isStopping = true;
  for (const child of children) await stopChild(child, 20_000);
  process.exit(code);
}
