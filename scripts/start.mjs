// `npm start`: installs, builds, starts sandbox and console, or the console on a cluster of yours (--context).
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildConsole } from './lib/build.mjs';
import { launchConsole, launchSandbox, portProblem, stopChild } from './lib/launch.mjs';
import { sandboxConsoleEnvironment } from './lib/together.mjs';
import { endWithNpm, fail, installDependencies, root, stopSignals } from './lib/tools.mjs';

const usage = `Usage: npm start -- [options]

Sandbox (default):
  --user NAME           run the console as admin (default), project-regular or viewer
  --history DURATION    past traffic at start, such as 60m (default) or 24h
  --seed NUMBER         another traffic pattern

A cluster of yours:
  --context NAME        context of the kubeconfig to use, with its user's credentials
  --kubeconfig FILE     default: $KUBECONFIG, else ~/.kube/config
  --prometheus URL      Prometheus that scrapes the mesh
  --prometheus-matcher  label matcher added to every query, such as cluster="east"
  --namespace A,B       namespaces to offer when yours may not be listed

Both:
  --port NUMBER         default 3000, on 127.0.0.1 only
  --link-kiali URL      address that a task's page links to; it may hold {namespace}, {service}, {task},
  --link-grafana URL    {primary} and {mirror} (the workloads), such as
  --link-argocd URL     https://kiali.example.com/console/namespaces/{namespace}/services/{service}
  --help`;

const linkTools = ['kiali', 'grafana', 'argocd'];
const options = readOptions();
endWithNpm();
const problem = await portProblem(options.port);
if (problem !== null) {
  const what = problem === 'EADDRINUSE' ? 'is taken: stop what listens there, or' : `cannot be used (${problem}):`;
  fail(
    `Port ${options.port} ${what} use another one, such as npm start -- --port ${options.port === 3100 ? 3200 : 3100}`,
  );
}
await installDependencies();
if (!options.dev) {
  const code = await buildConsole({ quiet: true });
  if (code !== 0) fail(`The build failed with exit code ${code}: see its messages above.`);
}

const children = [];
let stopping = false;
for (const signal of stopSignals) process.on(signal, onSignal);

try {
  const { env, lines, query = '' } = await (options.context === undefined ? startSandbox() : clusterEnvironment());
  const app = await launchConsole({ port: options.port, env: { ...env, ...linkEnvironment() }, dev: options.dev });
  watch(app.child, 'console');
  console.log(['', `  Mirror Console    ${app.url}/${query}`, ...lines, '', '  Ctrl-C stops it.', ''].join('\n'));
  if (options.context !== undefined) await tellIfUnreachable(app.url, env.MIRROR_CONSOLE_TOKEN);
} catch (error) {
  console.error(error.message);
  await stop(1);
}

async function startSandbox() {
  const directory = path.join(root, '.cache', `sandbox-${options.port}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const kubeconfig = path.join(directory, 'kubeconfig');
  const args = [];
  if (options.history) args.push('--history', options.history);
  if (options.seed) args.push('--seed', options.seed);
  const sandbox = await launchSandbox({ kubeconfig, args });
  watch(sandbox.child, 'sandbox');
  return {
    env: sandboxConsoleEnvironment({ kubeconfig, prometheus: sandbox.prometheus, user: options.user }),
    lines: [
      `  kubectl           export KUBECONFIG='${kubeconfig.replaceAll("'", String.raw`'\''`)}'`,
      `  Prometheus        ${sandbox.prometheus}`,
      `  Sandbox switches  ${sandbox.control}`,
      `  Signed in as      ${options.user}`,
    ],
  };
}

function clusterEnvironment() {
  const token = randomBytes(24).toString('base64url');
  const env = {
    MIRROR_CONSOLE_ENVIRONMENT: 'cluster',
    MIRROR_CONSOLE_CONTEXT: options.context,
    MIRROR_CONSOLE_TOKEN: token,
  };
  if (options.kubeconfig) env.MIRROR_CONSOLE_KUBECONFIG = path.resolve(process.env.INIT_CWD ?? '.', options.kubeconfig);
  if (options.prometheus) env.MIRROR_CONSOLE_PROMETHEUS_URL = options.prometheus;
  if (options['prometheus-matcher']) env.MIRROR_CONSOLE_PROMETHEUS_MATCHER = options['prometheus-matcher'];
  if (options.namespace) env.MIRROR_CONSOLE_NAMESPACES = options.namespace;
  return {
    env,
    query: `?token=${token}`,
    lines: [
      `  Context           ${options.context}`,
      '  The address carries a key for this start: keep it to yourself.',
    ],
  };
}

/** The tools that pages link to, as settings of the console. */
function linkEnvironment() {
  const given = linkTools.filter((tool) => options[`link-${tool}`]);
  return Object.fromEntries(
    given.map((tool) => [`MIRROR_CONSOLE_LINK_${tool.toUpperCase()}`, options[`link-${tool}`]]),
  );
}

/** Says in the terminal what every page would say: most often a VPN is down or a login has expired. */
async function tellIfUnreachable(url, token) {
  const response = await fetch(`${url}/api/me`, {
    headers: { authorization: `Bearer ${token}`, 'accept-language': 'en' },
  });
  if (response.ok) return;
  const { error } = await response.json();
  console.error(
    `${error.message.replace(/\.$/, '')}. The console goes on trying; see whether this answers: kubectl --context ${options.context} version`,
  );
}

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        port: { type: 'string', default: '3000' },
        user: { type: 'string' },
        history: { type: 'string' },
        seed: { type: 'string' },
        context: { type: 'string' },
        kubeconfig: { type: 'string' },
        prometheus: { type: 'string' },
        'prometheus-matcher': { type: 'string' },
        namespace: { type: 'string' },
        'link-kiali': { type: 'string' },
        'link-grafana': { type: 'string' },
        'link-argocd': { type: 'string' },
        dev: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    fail(`${error.message}\n\n${usage}`);
  }
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    fail(`--port ${values.port}: a number from 1 to 65535 is needed.`);
  const users = ['admin', 'project-regular', 'viewer'];
  if (values.user !== undefined && !users.includes(values.user))
    fail(`--user ${values.user}: the sandbox knows ${users.join(', ')}.`);
  for (const name of ['kubeconfig', 'prometheus', 'prometheus-matcher', 'namespace']) {
    if (values[name] !== undefined && values.context === undefined)
      fail(`--${name} needs --context: without it the sandbox is used.`);
  }
  for (const name of ['user', 'history', 'seed']) {
    if (values[name] !== undefined && values.context !== undefined)
      fail(`--${name} is for the sandbox: leave it out, or --context.`);
  }
  if (values.prometheus !== undefined && !/^https?:\/\/./.test(values.prometheus))
    fail(`--prometheus ${values.prometheus}: an address such as http://127.0.0.1:9090 is needed.`);
  for (const tool of linkTools) {
    const link = values[`link-${tool}`];
    // The console looks at it more closely; what is wrong most often is said here.
    const isLink = /^https?:\/\/[^/?#{}@\s]+([/?#]\S*)?$/.test(link ?? 'http://x');
    const unknown = (link ?? '').replaceAll(/\{(namespace|service|task|primary|mirror)\}/g, '').match(/\{[^}]*\}?|\}/);
    if (!isLink || unknown)
      fail(
        `--link-${tool} ${link}: an http or https address is needed, with no placeholder but {namespace}, {service}, {task}, {primary} and {mirror}, and none in its host.`,
      );
  }
  const hasKubeconfig = values.kubeconfig || process.env.KUBECONFIG || existsSync(path.join(homedir(), '.kube/config'));
  if (values.context !== undefined && !hasKubeconfig)
    fail(
      'There is no kubeconfig: ~/.kube/config does not exist and KUBECONFIG is not set. Name one: --kubeconfig FILE',
    );
  return { ...values, user: values.user ?? 'admin', port };
}

/** A part that stops by itself takes the other one with it: half a console helps nobody. */
function watch(child, name) {
  // What started last stops first.
  children.unshift(child);
  child.once('exit', (code) => {
    if (stopping) return;
    console.error(`The ${name} stopped with exit code ${code}.`);
    void stop(1);
  });
}

/** The first signal stops console and sandbox in order; one more ends them at once. */
function onSignal() {
  if (stopping) for (const child of children) child.kill('SIGKILL');
  else void stop(0);
}

async function stop(code) {
  if (stopping) return;
  stopping = true;
  for (const child of children) await stopChild(child);
  process.exit(code);
}
