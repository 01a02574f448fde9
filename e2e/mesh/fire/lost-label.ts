// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { expect } from 'vitest';
import { waitFor } from '../../cluster/control-plane.ts';
import { istioApi, labPods } from '../lab-client.ts';
import type { LabConsole } from '../lab-console.ts';
import type { AppCounts } from '../lab/app.ts';
import type { ServiceUnderFire } from './service-under-fire.ts';
import { otherNames, sharedObjects, task, taskInput } from './shop.ts';

const boundMs = 120_000;
/** In so many answers a request that met the wrong Pod would show. */
const enoughAnswers = 300;

/**
 * Somebody takes the version's label off a Pod of the mirror, in subset placement: its ReplicaSet makes another one, and
 * the Service still selects the lost one, which only the pin keeps from clients. The task's deletion waits for its end.
 */
export async function loseLabel(fire: ServiceUnderFire, console: LabConsole): Promise<void> {
  const { kube, variant } = fire;
  const { namespace } = variant;
  const route = `/tasks/${namespace}/${task}`;
  const folder = `/api/v1/namespaces/${namespace}/pods`;
  const before = await sharedObjects(kube, namespace);
  const namesBefore = await otherNames(kube, namespace);
  const podsOfVersion = async () => (await kube.get(`${folder}?labelSelector=version%3Dv2`)).items as any[];

  fire.note('create');
  const created = await console.api('POST', '/tasks', taskInput(variant, 100, variant.safety));
  expect(created.status, JSON.stringify(created.body)).toBe(201);
  await console.untilState(namespace, task, 'Mirroring', boundMs);
  await fire.untilCopied();

  const lost: string = (await podsOfVersion())[0].metadata.name;
  fire.note(`label off ${lost}`);
  const withoutLabel = { metadata: { labels: { version: null } } };
  await kube.send('PATCH', `${folder}/${lost}`, withoutLabel, 'application/merge-patch+json');
  await waitFor('copies at another Pod of the mirror', async () => {
    const [other] = await podsOfVersion();
    return other !== undefined && (await copiesAt(namespace, other.metadata.name)) > 0;
  });
  const atLost = await copiesAt(namespace, lost);
  await fire.load.untilAnswered(enoughAnswers);
  expect(await copiesAt(namespace, lost)).toBe(atLost);

  fire.note('delete');
  expect((await console.api('DELETE', route)).status).toBe(202);
  await waitFor('the wait for the lost Pod alone', async () => {
    const { steps } = (await console.api('GET', route)).body;
    return steps.some(({ message }: any) => message?.code === 'workload_leaving' && message.params.pods === 1);
  });
  await fire.load.untilAnswered(enoughAnswers);
  const pinned = await kube.get(`${istioApi}/namespaces/${namespace}/virtualservices/shop-mirror-next`);
  expect(pinned.spec.http.map(({ route: to }: any) => to[0].destination.subset)).not.toContain(undefined);

  fire.note(`end of ${lost}`);
  await kube.send('DELETE', `${folder}/${lost}`);
  await console.untilState(namespace, task, '404', boundMs);
  await fire.untilInForce(null);
  expect(await sharedObjects(kube, namespace)).toEqual(before);
  expect(await otherNames(kube, namespace)).toEqual(namesBefore);
}

/** Requests that a Pod's application has received; 0 until it answers. */
async function copiesAt(namespace: string, name: string): Promise<number> {
  const pod = (await labPods()).find((one) => one.namespace === namespace && one.name === name);
  if (!pod?.isReady) return 0;
  const { requests } = (await (await fetch(`${pod.app}/-/counts`)).json()) as AppCounts;
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}
