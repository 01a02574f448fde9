import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../cluster/control-plane.ts';
import { ConstantLoad } from './fire/load.ts';
import { countsOf, makeShop, mirrorWorkload, service, task, taskInput, type Variant } from './fire/shop.ts';
import { istioApi, labKube, leaveNamespace } from './lab-client.ts';
import type { AppCounts } from './lab/app.ts';
import { LabConsole } from './lab-console.ts';

// istiod pushes after 0.1 s on the lab; the product waits longer.
const settleMs = 2500;
const perSecond = 20;

let console: LabConsole;
beforeAll(async () => {
  console = await LabConsole.start({ settleMs });
});
afterAll(() => console?.stop());

/** What the application of a workload has seen since its Pods started. */
interface Seen {
  /** Requests by method. */
  methods: Record<string, number>;
  markers: AppCounts['markers'];
}

async function seenBy(namespace: string, workload: string): Promise<Seen> {
  const seen: Seen = { methods: {}, markers: {} };
  for (const { requests, markers } of await countsOf(namespace, workload)) {
    for (const [request, count] of Object.entries(requests)) {
      const method = request.split(' ', 1).join();
      seen.methods[method] = (seen.methods[method] ?? 0) + count;
    }
    for (const [marker, count] of Object.entries(markers)) seen.markers[marker] = (seen.markers[marker] ?? 0) + count;
  }
  return seen;
}

const policies = (namespace: string) =>
  Promise.all(
    [
      `/apis/security.istio.io/v1/namespaces/${namespace}/authorizationpolicies`,
      `${istioApi.replace(/v1$/, 'v1alpha3')}/namespaces/${namespace}/envoyfilters`,
    ].map(async (folder) => (await labKube().get(folder)).items.length as number),
  );

describe('a task that protects its mirror', () => {
  for (const placement of ['dedicated', 'subset'] as const) {
    it.concurrent(`lets no copied write through from the first copy on, and marks the others: ${placement}`, async () => {
      const namespace = `safety-${placement}`;
      const variant: Variant = { namespace, placement, owner: 'one route', ports: [9080] };
      const { egress, requests } = await makeShop(labKube(), variant);
      const load = new ConstantLoad({ egress, host: `${service}.${namespace}`, requests, perSecond });
      try {
        const input = taskInput(variant, 100, { denyWrites: true, marker: true });
        const { status, body } = await console.api('POST', '/tasks', input);
        expect(status, JSON.stringify(body)).toBe(201);
        await console.untilState(namespace, task, 'Mirroring', 120_000);
        await waitFor('copies', async () => ((await seenBy(namespace, mirrorWorkload)).methods['GET'] ?? 0) > 100);

        const mirror = await seenBy(namespace, mirrorWorkload);
        expect(mirror.methods).toEqual({ GET: expect.any(Number) });
        expect(mirror.markers).toEqual({ true: expect.any(Number) });
        const live = await seenBy(namespace, `${service}-v1`);
        expect(live.methods['POST']).toBeGreaterThan(50);
        expect(live.markers).toEqual({ '-': expect.any(Number) });
        // Denied copies are counted as what they are answered with.
        const path = `/tasks/${namespace}/${task}/requests`;
        await waitFor('a denied copy in the logs', async () =>
          (await console.api('GET', path)).body.items.some(
            ({
              method,
              primary,
              mirror: copy,
            }: {
              method: string;
              primary: { code: number };
              mirror: { code: number };
            }) => method === 'POST' && primary.code === 200 && copy.code === 403,
          ),
        );
        expect((await console.api('GET', `/tasks/${namespace}/${task}`)).body.safety).toMatchObject({
          denyWrites: true,
          marker: true,
        });

        expect(await policies(namespace)).toEqual([1, 1]);
        await console.api('DELETE', `/tasks/${namespace}/${task}`);
        await waitFor('the policies to go', async () => (await policies(namespace)).join() === '0,0');
      } finally {
        const { failures } = await load.stop();
        leaveNamespace(labKube(), namespace);
        expect(failures).toEqual([]);
      }
    });
  }
});
