import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { freePort, spawnProgram, stopChild } from '../../scripts/lib/launch.mjs';
import { openKube, type Kube } from '../kube.ts';

/** A real Kubernetes control plane on loopback: etcd, kube-apiserver, kube-controller-manager, kube-scheduler. */
export interface ControlPlane {
  /** File with the contexts admin (current), project-regular and viewer. */
  kubeconfig: string;
  kube: Kube;
  stop(): Promise<void>;
}

/** A program that is running, under the name that messages give it. */
export interface Program {
  name: string;
  child: ChildProcess;
}

interface Options {
  /** Directory of the four binaries. */
  binaries: string;
  /** Empty directory for data, certificates and logs. */
  directory: string;
  /** Controllers to leave out, by their names. */
  withoutControllers?: readonly string[];
  /** Hears of a program that ends without being asked to. */
  onDeath?: (name: string) => void;
}

const users = [
  { name: 'admin', groups: ['system:masters'] },
  { name: 'project-regular', groups: [] },
  { name: 'viewer', groups: [] },
].map((user) => ({ ...user, token: randomBytes(16).toString('hex') }));

/** Starts the control plane; resolves when the API server is ready and the default service account exists. */
export async function startControlPlane({
  binaries,
  directory,
  withoutControllers = [],
  onDeath = () => undefined,
}: Options): Promise<ControlPlane> {
  const programs: Program[] = [];
  let isStopping = false;
  const run = (name: string, args: string[]) => {
    const child = spawnProgram(path.join(binaries, name), args);
    const log = createWriteStream(path.join(directory, `${name}.log`));
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('exit', () => {
      if (!isStopping) onDeath(name);
    });
    programs.push({ name, child });
  };
  const stop = async () => {
    isStopping = true;
    for (const { child } of programs.toReversed()) await stopChild(child);
  };
  const file = (name: string, content: string) => {
    const full = path.join(directory, name);
    writeFileSync(full, content, { mode: 0o600 });
    return full;
  };

  try {
    const [etcdPort, etcdPeerPort, apiPort] = [await freePort(), await freePort(), await freePort()];
    const serviceAccountKeys = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const privateKey = file('sa.key', serviceAccountKeys.privateKey);
    const publicKey = file('sa.pub', serviceAccountKeys.publicKey);
    const tokens = file(
      'tokens.csv',
      users.map(({ token, name, groups }) => `${token},${name},${name},"${groups.join(',')}"\n`).join(''),
    );

    const etcdUrl = `http://127.0.0.1:${etcdPort}`;
    run('etcd', [
      `--data-dir=${path.join(directory, 'etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=http://127.0.0.1:${etcdPeerPort}`,
      // The data is thrown away: durability would only cost time.
      '--unsafe-no-fsync',
    ]);
    run('kube-apiserver', [
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${apiPort}`,
      `--cert-dir=${directory}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${publicKey}`,
      `--service-account-signing-key-file=${privateKey}`,
      `--token-auth-file=${tokens}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--anonymous-auth=false',
      '--kubelet-preferred-address-types=InternalIP',
    ]);

    const kubeconfig = path.join(directory, 'kubeconfig');
    const server = `https://127.0.0.1:${apiPort}`;
    await waitFor(
      'the API server’s certificate',
      () => Boolean(readFileSync(path.join(directory, 'apiserver.crt'))),
      programs,
    );
    writeKubeconfig(kubeconfig, server, readFileSync(path.join(directory, 'apiserver.crt')));
    const kube = openKube(kubeconfig);
    await waitFor('the API server', async () => (await kube.get('/readyz')) === 'ok', programs);

    run('kube-controller-manager', [
      `--kubeconfig=${kubeconfig}`,
      '--leader-elect=false',
      `--service-account-private-key-file=${privateKey}`,
      `--root-ca-file=${path.join(directory, 'apiserver.crt')}`,
      '--secure-port=0',
      `--controllers=${['*', ...withoutControllers.map((name) => `-${name}`)].join(',')}`,
    ]);
    run('kube-scheduler', [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0']);
    await waitFor(
      'the controller manager',
      async () => Boolean(await kube.get('/api/v1/namespaces/default/serviceaccounts/default')),
      programs,
    );
    return { kubeconfig, kube, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function writeKubeconfig(target: string, server: string, certificate: Buffer): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'admin',
    clusters: [
      { name: 'control-plane', cluster: { server, 'certificate-authority-data': certificate.toString('base64') } },
    ],
    users: users.map(({ name, token }) => ({ name, user: { token } })),
    contexts: users.map(({ name }) => ({
      name,
      context: { cluster: 'control-plane', user: name, ...(name === 'admin' ? {} : { namespace: 'demo-project' }) },
    })),
  };
  writeFileSync(target, stringify(config), { mode: 0o600 });
}

/** Tries `condition` until it holds (a throw counts as not yet); rejects after a minute or when a program ended. */
export async function waitFor(
  what: string,
  condition: () => boolean | Promise<boolean>,
  programs: readonly Program[] = [],
  boundMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + boundMs;
  let last: unknown;
  while (Date.now() < deadline) {
    const ended = programs.find(({ child }) => child.exitCode !== null);
    if (ended) throw new Error(`${ended.name} stopped with exit code ${ended.child.exitCode}: see its log`);
    try {
      if (await condition()) return;
      last = 'the condition does not hold';
    } catch (error) {
      last = error;
    }
    await delay(100);
  }
  throw new Error(`Waited in vain for ${what}: ${last instanceof Error ? last.message : String(last)}`);
}
