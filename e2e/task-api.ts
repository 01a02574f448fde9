import { expect } from '@playwright/test';
import type { Operation } from '../lib/domain/task.ts';
import type { Kube } from './kube.ts';

/** The KubeSphere document's task: reviews v2 with copies of every request. */
export const reviewsTask = {
  namespace: 'demo-project',
  name: 'reviews-v2',
  service: 'reviews',
  percentage: 100,
  target: {
    kind: 'version',
    version: 'v2',
    replicas: 1,
    containers: [{ name: 'reviews', image: 'kubesphere/examples-bookinfo-reviews-v2:1.16.2' }],
  },
};

type Input = { namespace: string; name: string } & Record<string, unknown>;

/** Creates a task over the API, for journeys that begin after the wizard, and waits until it mirrors. */
export async function createTask(url: string, input: Input = reviewsTask): Promise<void> {
  await beginTask(url, input);
  await expectTask(url, input, { state: 'Mirroring', operation: null });
}

/** Starts the creation of a task over the API. */
export async function beginTask(url: string, input: Input): Promise<void> {
  const response = await fetch(`${url}/api/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  expect(response.status, await response.text()).toBe(201);
}

/** Waits until the API shows the task like this; null: until it is gone. */
export async function expectTask(
  url: string,
  { namespace, name }: { namespace: string; name: string },
  expected: Record<string, unknown> | null,
): Promise<void> {
  const read = async () => {
    const response = await fetch(`${url}/api/tasks/${namespace}/${name}`);
    return response.status === 404 ? null : response.json();
  };
  const poll = expect.poll(read, { timeout: 90_000, message: `task ${namespace}/${name}` });
  await (expected === null ? poll.toBeNull() : poll.toMatchObject(expected));
}

/** Somebody changes the first route of reviews with kubectl. */
export async function editRoute(kube: Kube, change: Record<string, unknown>): Promise<void> {
  const virtualService = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices/reviews';
  const { spec } = await kube.get(virtualService);
  const http = [{ ...spec.http[0], ...change }];
  await kube.send('PATCH', virtualService, { spec: { http } }, 'application/merge-patch+json');
}

/** A pause of the reviews task that the API server refused with `message`, and that nobody drives any more. */
export function refusedPause(message: string): Operation {
  const at = new Date().toISOString();
  const reviews = { kind: 'VirtualService', namespace: 'demo-project', name: 'reviews' };
  return {
    verb: 'pause',
    holder: 'gone',
    startedAt: at,
    renewedAt: at,
    startedBy: 'admin',
    before: { desired: 'mirroring', percentages: [100] },
    steps: [
      {
        id: 'unmirror:demo-project/reviews',
        verb: 'update',
        object: { apiVersion: 'networking.istio.io/v1', ...reviews },
        state: 'failed',
        message: { code: 'step_refused', params: { message } },
      },
    ],
  };
}
