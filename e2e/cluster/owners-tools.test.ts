// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from './control-plane.ts';
import { ConsoleOnCluster, demo } from './console-on-cluster.ts';

const istio = `/apis/networking.istio.io/v1/namespaces/${demo}`;
const name = 'details-v2';

let running: ConsoleOnCluster;
beforeAll(async () => {
  running = await ConsoleOnCluster.start();
});
afterAll(() => running?.stop());
/** Whatever became of a test, the next one finds a service without rules and without a task. */
afterEach(async () => {
  if ((await running.api('GET', `/tasks/${demo}/${name}`)).status !== 404) await remove();
  for (const { kind, metadata } of await rules())
    await running.cluster.kube.send('DELETE', `${istio}/${pluralOf(kind)}/${metadata.name}`);
});

/** The owner's manifests, with a timeout that he changes. */
type Manifests = (timeout: string) => any[];

const metadata = { name: 'details', namespace: demo };
const routing = (destination: object, timeout: string) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata,
  spec: { hosts: ['details'], http: [{ name: 'all', route: [{ destination }], timeout }] },
});
/** A pinned route and its subset. */
const pinned: Manifests = (timeout) => [
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata,
    spec: { host: 'details', subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
  },
  routing({ host: 'details', port: { number: 9080 }, subset: 'v1' }, timeout),
];
/** A route to every pod of the service. */
const unpinned: Manifests = (timeout) => [routing({ host: 'details', port: { number: 9080 } }, timeout)];
const pluralOf = (kind: string) => `${kind.toLowerCase()}s`;
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

/** As a person makes an object by hand, without a tool that would write it again. */
async function createByHand(manifests: any[]): Promise<{ refused: null }> {
  for (const manifest of manifests)
    await running.cluster.kube.send(
      'POST',
      `${istio}/${pluralOf(manifest.kind)}?fieldManager=kubectl-create`,
      manifest,
    );
  return { refused: null };
}

/** Helm sends the difference between the last and the new manifest of a custom resource as a JSON merge patch. */
async function helmUpgrade(now: any[], before: any[] | null): Promise<{ refused: null }> {
  for (const [index, manifest] of now.entries()) {
    const plural = pluralOf(manifest.kind);
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

/** What stands of rules for the service. */
const rules = async (): Promise<any[]> => {
  const lists = await Promise.all(
    ['destinationrules', 'virtualservices'].map((plural) => running.cluster.kube.get(`${istio}/${plural}`)),
  );
  const isForService = ({ spec: { host, hosts = [host] } }: any) =>
    hosts.some((one: string) => one.split('.', 1)[0] === 'details');
  return lists.flatMap(({ items }) => items).filter(isForService);
};
const named = (items: any[]) => items.map(({ kind, metadata: { name }, spec }) => ({ kind, name, spec }));
const expectNothingBut = async (manifests: any[]) => expect(named(await rules())).toEqual(named(manifests));
const generations = async () => (await rules()).map(({ metadata: { generation } }) => generation);
/** The owner's route, as it stands. */
const route = async () => {
  const [object] = (await rules()).filter(
    ({ kind, metadata: { name } }) => kind === 'VirtualService' && name === 'details',
  );
  return object.spec.http.find((one: any) => one.name === 'all');
};
const ownersRoute = (manifests: any[]) => manifests.at(-1).spec.http[0];
const task = async () => (await running.api('GET', `/tasks/${demo}/${name}`)).body;
const askFor = (placement: string) => {
  const target = { kind: 'version', version: 'v2', replicas: 1, containers: [] };
  return running.api('POST', '/tasks', {
    namespace: demo,
    name,
    service: 'details',
    placement,
    percentage: 100,
    target,
  });
};
const create = async (placement: string) => {
  const { status, body } = await askFor(placement);
  expect(status, JSON.stringify(body)).toBe(201);
  await running.untilState(name, 'Mirroring');
};
const restore = async () => {
  const { status, body } = await running.api('POST', `/tasks/${demo}/${name}/restore`, {});
  expect(status, JSON.stringify(body)).toBe(202);
  await running.untilState(name, 'Mirroring');
};
const remove = async () => {
  await running.api('DELETE', `/tasks/${demo}/${name}`);
  await running.untilState(name, '404');
};
const untilNoneRuns = () =>
  waitFor('the new version to be scaled to none', async () => {
    const [target] = (await task()).targets;
    return target.replicas.desired === 0;
  });

const takenByTask = /conflict.*"mirror-console"/s;
/** What a tool writes again and again gets no pins, when the task is made and when it is put back. */
const refusedForTool = expect.objectContaining({
  code: 'check.placement_subset.fail',
  params: expect.objectContaining({ reason: 'owner_tool', name: expect.stringMatching(/^details /) }),
});

describe.each(tools)('$title', ({ apply, unchanged }) => {
  it.each(['subset', 'dedicated'])('works as ever during a task in %s placement, and after it', async (placement) => {
    const first = pinned('5s');
    expect(await apply(first, null)).toEqual({ refused: null });
    await create(placement);

    // The same manifests again: clients never notice, and the task tells what became of it.
    const again = await apply(first, first);
    expect(await route()).toMatchObject(ownersRoute(first));
    if (unchanged === 'is refused') expect(again.refused).toMatch(takenByTask);
    else expect(again.refused).toBeNull();
    if (unchanged === 'takes the copies out') {
      await running.untilState(name, 'Drifted');
      await restore();
    }
    await running.untilState(name, 'Mirroring');
    expect(await route()).toMatchObject({ ...ownersRoute(first), mirrorPercentage: { value: 100 } });

    // A change of theirs lands while the task runs, at the latest by force, and outlives it.
    const second = pinned('7s');
    expect(await applyAtLast(apply, second, first)).toEqual({ refused: null });
    expect(await route()).toMatchObject(ownersRoute(second));
    await running.untilState(name, 'Drifted');
    await restore();
    expect(await route()).toMatchObject({ ...ownersRoute(second), mirrorPercentage: { value: 100 } });

    await remove();
    await expectNothingBut(second);
    await expectToWorkAlone(apply, pinned, second);
  });

  it('takes the task’s pin out: the new version is stopped, and restore names who would do it again', async () => {
    const first = unpinned('5s');
    await createByHand(first);
    await create('subset');
    const withPin = { route: [{ destination: { host: 'details', subset: expect.stringMatching(/v1/) } }] };
    const asTaskHasIt = { ...withPin, timeout: '5s', mirrorPercentage: { value: 100 } };
    expect(await route()).toMatchObject(asTaskHasIt);

    const again = await apply(first, first);
    if (unchanged === 'is refused') expect(again.refused).toMatch(takenByTask);
    else expect(again.refused).toBeNull();
    if (unchanged === 'takes the copies out') await untilPinIsLost(first);
    else {
      await running.untilState(name, 'Mirroring');
      expect(await route()).toMatchObject(asTaskHasIt);
    }

    const second = unpinned('7s');
    expect(await applyAtLast(apply, second, first)).toEqual({ refused: null });
    await untilPinIsLost(second);
    const { status, body } = await running.api('POST', `/tasks/${demo}/${name}/restore`, {});
    expect(status).toBe(422);
    expect(body.error.details).toContainEqual(refusedForTool);
    expect(await route()).toEqual(ownersRoute(second));

    await remove();
    await expectNothingBut(second);
    await expectToWorkAlone(apply, unpinned, second);
  });

  it('is named when it would take out a pin: a task that needs one is refused', async () => {
    const manifests = unpinned('5s');
    expect(await apply(manifests, null)).toEqual({ refused: null });
    const { status, body } = await askFor('subset');
    expect(status).toBe(422);
    expect(body.error.details).toEqual([refusedForTool]);
    await expectNothingBut(manifests);
  });

  it.each(['subset', 'dedicated'])(
    'brings the first VirtualService: a task in %s placement tells',
    async (placement) => {
      await create(placement);
      await untilSecondIsOver(await rules());
      const first = unpinned('5s');
      expect(await apply(first, null)).toEqual({ refused: null });
      await running.untilState(name, 'Drifted');
      const { reason, actions } = await task();
      // Where the Service selects the new version, a route without a pin is told of as if it were followed already.
      expect(reason.code).toBe(placement === 'subset' ? 'drift_serves_live' : 'drift_hides_rules');
      expect(reason.params).toMatchObject({ namespace: demo, name: 'details' });
      if (placement === 'subset') await untilNoneRuns();
      const allowed = actions.filter((action: any) => action.allowed).map(({ verb }: any) => verb);
      expect(allowed).toEqual(['pause', 'finish', 'delete']);

      // The manifests are the owner's alone: the same ones change nothing, and new ones land.
      const before = await generations();
      expect(await apply(first, first)).toEqual({ refused: null });
      expect(await generations()).toEqual(before);
      const second = unpinned('7s');
      expect(await apply(second, first)).toEqual({ refused: null });
      expect(await route()).toEqual(ownersRoute(second));
      await running.untilState(name, 'Drifted');

      await remove();
      await expectNothingBut(second);
      await expectToWorkAlone(apply, unpinned, second);
    },
  );

  it.each(['subset', 'dedicated'])(
    'brings the first VirtualService after a task in %s placement',
    async (placement) => {
      await create(placement);
      expect((await rules()).length).toBeGreaterThan(0);
      await remove();
      await expectNothingBut([]);
      const first = unpinned('5s');
      expect(await apply(first, null)).toEqual({ refused: null });
      await expectNothingBut(first);
      await expectToWorkAlone(apply, unpinned, first);
    },
  );
});

/** Where a tool is refused, its user forces it. */
async function applyAtLast(apply: OwnersTool['apply'], now: any[], before: any[]): Promise<{ refused: string | null }> {
  const { refused } = await apply(now, before);
  if (refused === null) return { refused };
  expect(refused).toMatch(/conflict/);
  return kubectlApply('--server-side', '--field-manager=owner', '--force-conflicts')(now);
}

/** Nothing keeps clients from the new version but that none of it runs. */
async function untilPinIsLost(manifests: any[]): Promise<void> {
  expect(await route()).toEqual(ownersRoute(manifests));
  await running.untilState(name, 'Drifted');
  expect((await task()).reason.code).toBe('drift_serves_live');
  await untilNoneRuns();
}

/** Nothing is left to conflict with, the manifests that stand change nothing, and new ones land. */
async function expectToWorkAlone(apply: OwnersTool['apply'], manifests: Manifests, standing: any[]): Promise<void> {
  const before = await generations();
  expect(await apply(standing, standing)).toEqual({ refused: null });
  expect(await generations()).toEqual(before);
  const next = manifests('9s');
  expect(await apply(next, standing)).toEqual({ refused: null });
  await expectNothingBut(next);
}

/** Of two VirtualServices that are made in the same second their names decide, of others their age. */
function untilSecondIsOver(made: any[]): Promise<void> {
  const latest = made
    .map(({ metadata: { creationTimestamp } }) => creationTimestamp)
    .toSorted()
    .at(-1);
  return waitFor('the next second of the API server', async () => {
    const [probe] = unpinned('1s');
    const { metadata: now } = await running.cluster.kube.send('POST', `${istio}/virtualservices?dryRun=All`, probe);
    return now.creationTimestamp > latest;
  });
}
