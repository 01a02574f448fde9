import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { imageBehaviour } from '../../lib/sandbox/seed/images.ts';
import type { Kube } from '../kube.ts';
import { startControlPlane, waitFor } from './control-plane.ts';
import { installIstioCrds, installSidecarInjection } from './mesh.ts';
import { pretendingRuntime, startNodeAgent } from './node-agent.ts';

/** A real control plane that holds what the sandbox holds at start, rolled out and ready. */
export interface Cluster {
  kubeconfig: string;
  kube: Kube;
  stop(): Promise<void>;
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

const seedFolder = path.resolve(import.meta.dirname, '../../lib/sandbox/seed');

/** Needs CONTROL_PLANE_BINARIES (folder) and ISTIO_CRDS (file), which `npm run test:cluster` sets. */
export async function startCluster(): Promise<Cluster> {
  const directory = mkdtempSync(path.join(tmpdir(), 'control-plane-'));
  const controlPlane = await startControlPlane({ binaries: requiredVariable('CONTROL_PLANE_BINARIES'), directory });
  const { kube, kubeconfig } = controlPlane;
  const runtime = pretendingRuntime((image) => imageBehaviour(image) !== undefined);
  const agent = await startNodeAgent({ kube, runtime });
  const stop = async () => {
    await agent.stop();
    await controlPlane.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await installIstioCrds(kube, requiredVariable('ISTIO_CRDS'));
    await installSidecarInjection(kube);
    await createSeeds(kube);
    await untilRolledOut(kube);
    return { kubeconfig, kube, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Rollout {
  spec: { replicas: number };
  status: { readyReplicas?: number };
}

/** Waits until every Deployment of the cluster has its replicas ready. */
export function untilRolledOut(kube: Kube): Promise<void> {
  return waitFor('the seeded Deployments', async () => {
    const { items } = await kube.get('/apis/apps/v1/deployments');
    return items.length > 0 && items.every(({ spec, status }: Rollout) => (status.readyReplicas ?? 0) >= spec.replicas);
  });
}

/** Creates the sandbox's manifests, Namespaces first, each where discovery says its kind lives. `edit`: of a file's text. */
export async function createSeeds(kube: Kube, edit: (text: string) => string = (text) => text): Promise<void> {
  const manifests = readdirSync(seedFolder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(edit(readFileSync(path.join(seedFolder, file), 'utf8'))))
    .map((document): Manifest | null => document.toJS())
    .filter((manifest) => manifest !== null);
  const namespaces = manifests.filter(({ kind }) => kind === 'Namespace');
  const others = manifests.filter(({ kind }) => kind !== 'Namespace');
  for (const manifest of [...namespaces, ...others]) await create(kube, manifest);
}

/** Creates an object where discovery says its kind lives; one that is there already stays. */
export async function create(kube: Kube, manifest: Manifest): Promise<void> {
  const root = manifest.apiVersion === 'v1' ? '/api/v1' : `/apis/${manifest.apiVersion}`;
  const { resources } = await kube.get(root);
  const resource = resources.find(
    ({ kind, name }: { kind: string; name: string }) => kind === manifest.kind && !name.includes('/'),
  );
  const { namespace } = manifest.metadata;
  const folder = resource.namespaced ? `${root}/namespaces/${namespace}/${resource.name}` : `${root}/${resource.name}`;
  try {
    await kube.send('POST', `${folder}?fieldManager=kubectl-client-side-apply&fieldValidation=Strict`, manifest);
  } catch (error) {
    // A real API server brings some roles and namespaces along.
    if (!String(error).includes('"reason":"AlreadyExists"')) throw error;
  }
}

/** A variable that the script which runs the suite has set. */
export function requiredVariable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the suite with its npm script`);
  return value;
}
