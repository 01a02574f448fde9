// `npm run test:cluster`: the console on a real kube-apiserver, controller-manager, scheduler and etcd, built from
// source with Go into a cache of the user's and run on loopback.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { buildConsole } from './lib/build.mjs';
import { endWithNpm, hashFiles, installDependencies, root, run, runTool } from './lib/tools.mjs';

const kubernetesVersion = 'v1.36.3';
const tools = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
};
const moduleFolder = 'e2e/cluster/control-plane';

const goVersion = findGo();
if (!goVersion) {
  const message = 'test:cluster needs Go 1.26 or newer on the PATH.';
  if (process.env.CI) {
    console.error(`${message} In CI it must be there.`);
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
  console.log(`\n*** SKIPPED: ${message} Nothing was checked against a real API server. ***\n`);
  process.exit(0);
}

endWithNpm();
await installDependencies();
const binaries = await buildControlPlane();
const crds = findCrds();
const code = (await buildConsole()) || (await runSuite());
process.exitCode = code;

async function runSuite() {
  const report = path.join(root, 'test-results/cluster.json');
  rmSync(report, { force: true });
  const exitCode = await runTool(
    'vitest',
    ['run', '--config', 'vitest.cluster.config.ts', '--reporter=default', '--reporter=json', `--outputFile=${report}`],
    { env: { CONTROL_PLANE_BINARIES: binaries, ISTIO_CRDS: crds } },
  );
  const counts = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 1 };
  const failed = exitCode !== 0 && counts.numFailedTests === 0 ? 1 : counts.numFailedTests;
  console.log(`\n${counts.numPassedTests} passed, ${failed} failed`);
  return exitCode;
}

function findGo() {
  const result = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  const match = /go(\d+)\.(\d+)/.exec(result.stdout ?? '');
  return match && (Number(match[1]) > 1 || Number(match[2]) >= 26) ? match[0] : null;
}

/** Builds what is missing; the folder is keyed by everything that decides what the binaries are. */
async function buildControlPlane() {
  const key = hashFiles([`${moduleFolder}/go.mod`, `${moduleFolder}/go.sum`]).slice(0, 16);
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  const directory = path.join(cache, 'mirror-console', `control-plane-${kubernetesVersion}-${key}`);
  mkdirSync(directory, { recursive: true });
  const version = 'k8s.io/component-base/version';
  for (const [name, source] of Object.entries(tools)) {
    const target = path.join(directory, name);
    if (existsSync(target)) continue;
    console.log(`Building ${name} (once; the API server takes some minutes) …`);
    const part = `${target}.${process.pid}.part`;
    const flags = `-s -w -X ${version}.gitVersion=${kubernetesVersion} -X ${version}.gitMajor=1 -X ${version}.gitMinor=36`;
    const exitCode = await run('go', ['build', '-trimpath', '-ldflags', flags, '-o', part, source], {
      cwd: path.join(root, moduleFolder),
      env: { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
    });
    if (exitCode !== 0) {
      console.log('0 passed, 1 failed');
      process.exit(1);
    }
    // Only a whole binary gets the name that other runs look for, of which one may build the same at this moment.
    renameSync(part, target);
  }
  return directory;
}

/** File with Istio's CustomResourceDefinitions, from the module that e2e/cluster/istio-crds pins. */
function findCrds() {
  const result = spawnSync('go', ['mod', 'download', '-json', 'istio.io/api'], {
    cwd: path.join(root, 'e2e/cluster/istio-crds'),
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    console.error(`istio.io/api could not be downloaded: ${result.stderr}`);
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
  return path.join(JSON.parse(result.stdout).Dir, 'kubernetes/customresourcedefinitions.gen.yaml');
}
