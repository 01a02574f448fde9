// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleOnCluster, demo } from './console-on-cluster.ts';

const istio = `/apis/networking.istio.io/v1/namespaces/${demo}`;
const virtualService = `${istio}/virtualservices/details`;
const destinationRule = `${istio}/destinationrules/details`;
const name = 'details-v2';

let running: ConsoleOnCluster;
beforeAll(async () => {
  running = await ConsoleOnCluster.start();
});
afterAll(() => running?.stop());

/** The owner's manifests: a pinned route and its subset, with a timeout that he changes. */
const manifests = (timeout: string): any[] => {
  const metadata = { name: 'details', namespace: demo };
  const route = [{ destination: { host: 'details', port: { number: 9080 }, subset: 'v1' } }];
  return [
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata,
      spec: { host: 'details', subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata,
      spec: { hosts: ['details'], http: [{ name: 'all', route, timeout }] },
    },
  ];
};
const list = (items: any[]) => ({ apiVersion: 'v1', kind: 'List', items });

/** How an owner brings his manifests to the cluster. `before`: the ones that he brought last; none: the first time. */
interface OwnersTool {
  title: string;
  apply(now: any[], before: any[] | null): Promise<{ refused: string | null }>;
  /** What the same manifests do to a task that runs. */
  unchanged: 'takes the copies out' | 'is refused' | 'changes nothing';
}

const kubectlApply =
  (...flags: string[]) =>
  async (now: any[]) => {
    const { status, stderr } = running.tryKubectl(['apply', ...flags, '-f', '-'], list(now));
    return { refused: status === 0 ? null : stderr };
  };

const tools: readonly OwnersTool[] = [
  { title: 'kubectl apply', apply: kubectlApply(), unchanged: 'takes the copies out' },
  {
    title: 'kubectl apply --server-side',
    apply: kubectlApply('--server-side', '--field-manager=owner'),
    unchanged: 'is refused',
  },
  { title: 'a Helm-like merge', apply: helmUpgrade, unchanged: 'changes nothing' },
];

/** Helm sends the difference between the last and the new manifest of a custom resource as a JSON merge patch. */
async function helmUpgrade(now: any[], before: any[] | null): Promise<{ refused: null }> {
  for (const [index, manifest] of now.entries()) {
    const plural = manifest.kind === 'VirtualService' ? 'virtualservices' : 'destinationrules';
    const patch = before ? mergePatch(before[index], manifest) : null;
    if (patch === null) {
      await running.cluster.kube.send('POST', `${istio}/${plural}?fieldManager=helm`, manifest);
    } else if (patch !== undefined) {
      const place = `${istio}/${plural}/details?fieldManager=helm`;
      await running.cluster.kube.send('PATCH', place, patch, 'application/merge-patch+json');
    }
  }
  return { refused: null };
}

/** RFC 7396: what makes `to` of `from`; undefined: nothing. */
function mergePatch(from: any, to: any): any {
  if (JSON.stringify(from) === JSON.stringify(to)) return undefined;
  const isMap = (value: any) => typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(from) || !isMap(to)) return to;
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const changes = keys.map((key) => [key, key in to ? mergePatch(from[key], to[key]) : null]);
  return Object.fromEntries(changes.filter(([, change]) => change !== undefined));
}

const specs = async () => ({
  VirtualService: (await running.cluster.kube.get(virtualService)).spec,
  DestinationRule: (await running.cluster.kube.get(destinationRule)).spec,
});
const specsOf = (of: any[]) => Object.fromEntries(of.map(({ kind, spec }) => [kind, spec]));
const route = async () => (await specs()).VirtualService.http.find((one: any) => one.name === 'all');
const verb = async (path: string) => {
  const { status, body } = await running.api('POST', `/tasks/${demo}/${name}/${path}`, {});
  expect(status, JSON.stringify(body)).toBe(202);
};

describe.each(tools)('$title', ({ apply, unchanged }) => {
  it.each(['subset', 'dedicated'])('works as ever during a task in %s placement, and after it', async (placement) => {
    const first = manifests('5s');
    expect(await apply(first, null)).toEqual({ refused: null });
    const target = { kind: 'version', version: 'v2', replicas: 1, containers: [] };
    const input = { namespace: demo, name, service: 'details', placement, percentage: 100, target };
    const created = await running.api('POST', '/tasks', input);
    expect(created.status, JSON.stringify(created.body)).toBe(201);
    await running.untilState(name, 'Mirroring');

    // The same manifests again: clients never notice, and the task tells what became of it.
    const again = await apply(first, first);
    expect(await route()).toMatchObject(first[1].spec.http[0]);
    if (unchanged === 'is refused') {
      expect(again.refused).toMatch(/conflict.*"mirror-console"/s);
      await running.untilState(name, 'Mirroring');
    } else {
      expect(again.refused).toBeNull();
      await running.untilState(name, unchanged === 'takes the copies out' ? 'Drifted' : 'Mirroring');
    }

    // A change of theirs lands while the task runs, at the latest by force, and outlives it.
    const second = manifests('7s');
    const changed = await apply(second, first);
    if (changed.refused) {
      expect(changed.refused).toMatch(/conflict/);
      expect(await kubectlApply('--server-side', '--field-manager=owner', '--force-conflicts')(second)).toEqual({
        refused: null,
      });
    }
    expect(await route()).toMatchObject(second[1].spec.http[0]);
    await running.untilState(name, 'Drifted');
    await verb('restore');
    await running.untilState(name, 'Mirroring');
    expect(await route()).toMatchObject({ ...second[1].spec.http[0], mirrorPercentage: { value: 100 } });

    await running.api('DELETE', `/tasks/${demo}/${name}`);
    await running.untilState(name, '404');
    expect(await specs()).toEqual(specsOf(second));

    // Afterwards nothing is left to conflict with, the same manifests change nothing, and new ones land.
    const versions = async () =>
      Promise.all(
        [virtualService, destinationRule].map(
          async (place) => (await running.cluster.kube.get(place)).metadata.generation,
        ),
      );
    const generations = await versions();
    expect(await apply(second, second)).toEqual({ refused: null });
    expect(await versions()).toEqual(generations);
    const third = manifests('9s');
    expect(await apply(third, second)).toEqual({ refused: null });
    expect(await specs()).toEqual(specsOf(third));
    for (const place of [virtualService, destinationRule]) await running.cluster.kube.send('DELETE', place);
  });
});
