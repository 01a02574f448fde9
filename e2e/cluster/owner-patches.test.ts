// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConsoleOnCluster, demo } from './console-on-cluster.ts';

const istio = `/apis/networking.istio.io/v1/namespaces/${demo}`;
const name = 'details-v2';
const virtualService = `${istio}/virtualservices/details`;

let running: ConsoleOnCluster;
beforeAll(async () => {
  running = await ConsoleOnCluster.start();
});
afterAll(() => running?.stop());

/** The owner's manifest, with texts that a shell and YAML would both like to change. */
const manifest = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'details', namespace: demo },
  spec: {
    hosts: ['details'],
    http: [
      {
        name: "owner's",
        match: [{ uri: { regex: '/it\'s "$HOME" `id` \\\\d+' } }],
        route: [{ destination: { host: 'details', port: { number: 9080 } } }],
        timeout: '5s',
      },
      { name: 'all', route: [{ destination: { host: 'details', port: { number: 9080 } } }] },
    ],
  },
};

/** How the owner brings what the console shows to the cluster. */
interface OwnersWay {
  title: string;
  /** Does what the patch that waits asks for. */
  land(forms: Forms): void;
}

interface Forms {
  kubectl: string;
  kustomize: string | null;
  yaml: string;
}

let folder: string;

/** A line for a POSIX shell, as a person pastes it. */
function paste(line: string): void {
  const { status, stderr } = spawnSync('sh', ['-c', line], {
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${process.env.CONTROL_PLANE_BINARIES}:${process.env.PATH}`,
      KUBECONFIG: running.cluster.kubeconfig,
    },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

const apply = (file: string) => running.kubectl('apply', '-f', path.join(folder, file));

/** What a kustomization of the owner's makes of his manifest; `patch`: what the console shows; null: it is taken out. */
function kustomize(patch: string | null): void {
  writeFileSync(path.join(folder, 'details.yaml'), stringify(manifest));
  writeFileSync(path.join(folder, 'kustomization.yaml'), `resources:\n  - details.yaml\n${patch ?? ''}`);
  writeFileSync(path.join(folder, 'built.yaml'), running.kubectl('kustomize', folder));
  apply('built.yaml');
}

const ways: readonly OwnersWay[] = [
  {
    title: 'the kubectl line',
    land: ({ kubectl }) => paste(kubectl),
  },
  {
    title: 'the patch in a kustomization',
    land: ({ kustomize: patch }) => kustomize(patch),
  },
  {
    title: 'the whole manifest',
    land: ({ yaml }) => {
      writeFileSync(path.join(folder, 'whole.yaml'), yaml);
      apply('whole.yaml');
    },
  },
];

const task = async () => (await running.api('GET', `/tasks/${demo}/${name}`)).body;
const routes = async () => (await running.cluster.kube.get(virtualService)).spec.http;
/** Waits until the task asks for a patch of that direction, and answers its forms. */
async function asked(direction: 'in' | 'out'): Promise<Forms> {
  let forms: Forms | null = null;
  await expect
    .poll(
      async () => {
        const { body } = await running.api('GET', `/tasks/${demo}/${name}/patch`);
        const [patch] = body.items ?? [];
        forms = patch?.direction === direction ? patch.forms : null;
        return forms !== null;
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  return forms as unknown as Forms;
}
const verb = async (route: string) => {
  const { status, body } = await running.api('POST', `/tasks/${demo}/${name}/${route}`, {});
  expect(status, JSON.stringify(body)).toBe(202);
};

describe.each(ways)('an owner who uses $title', ({ land }) => {
  afterEach(async () => {
    await running.api('DELETE', `/tasks/${demo}/${name}`);
    await running.cluster.kube.send('DELETE', virtualService);
    await running.untilState(name, '404');
    rmSync(folder, { recursive: true });
  });

  it('is followed by the task: it mirrors, changes its share, stops and goes as each patch lands', async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'owner-'));
    kustomize(null);
    const before = await routes();
    const { status, body } = await running.api('POST', '/tasks', {
      namespace: demo,
      name,
      service: 'details',
      placement: 'dedicated',
      delivery: 'patch',
      percentage: 25,
      target: { kind: 'version', version: 'v2', replicas: 1, containers: [] },
    });
    expect(status, JSON.stringify(body)).toBe(201);
    land(await asked('in'));
    await running.untilState(name, 'Mirroring');
    expect((await routes()).map(({ mirrorPercentage }: any) => mirrorPercentage.value)).toEqual([25, 25]);
    const copies = { mirror: expect.anything(), mirrorPercentage: expect.anything() };
    expect(await routes()).toEqual(before.map((one: any) => ({ ...one, ...copies })));

    const changed = await running.api('PATCH', `/tasks/${demo}/${name}`, { percentage: 50 });
    expect(changed.status, JSON.stringify(changed.body)).toBe(202);
    land(await asked('in'));
    await running.untilState(name, 'Mirroring');
    expect((await task()).targets[0].percentage).toBe(50);
    expect((await routes()).map(({ mirrorPercentage }: any) => mirrorPercentage.value)).toEqual([50, 50]);

    await verb('pause');
    land(await asked('out'));
    await running.untilState(name, 'Paused');
    expect(await routes()).toEqual(before);

    await running.api('DELETE', `/tasks/${demo}/${name}`);
    await running.untilState(name, '404');
    expect(await routes()).toEqual(before);
  });
});
