import { expect } from 'vitest';
import type { HttpRoute } from '../../../lib/domain/kubernetes.ts';
import { create, type Manifest } from '../../cluster/cluster.ts';
import { waitFor } from '../../cluster/control-plane.ts';
import { istioApi } from '../lab-client.ts';
import { editObject } from './owner.ts';
import type { ServiceUnderFire } from './service-under-fire.ts';
import { deployment, mirrorWorkload, service } from './shop.ts';

/** Before it is believed that clients notice nothing. */
const answersWithoutProblems = 50;

interface Wrong {
  title: string;
  /** What is noticed of it. */
  problem: RegExp;
  begin(fire: ServiceUnderFire): Promise<unknown>;
  end(fire: ServiceUnderFire): Promise<unknown>;
}

const folder = ({ variant }: ServiceUnderFire, api: string) => `${api}/namespaces/${variant.namespace}`;

/** Gives the owner's only route that destination beside the Service's host. */
const leadTo = (fire: ServiceUnderFire, destination: object) =>
  editObject(fire.kube, `${folder(fire, istioApi)}/virtualservices/${service}`, ({ spec }) => {
    for (const { route } of spec.http as HttpRoute[]) route![0]!.destination = { host: service, ...destination };
  });

/** What a hasty operator would do, and what clients would notice. */
const wrongs: readonly Wrong[] = [
  {
    title: 'the new version before the pin',
    problem: new RegExp(`answered by ${mirrorWorkload}`),
    begin: (fire) => create(fire.kube, deployment(fire.variant, 'v2')),
    end: (fire) => fire.kube.send('DELETE', `${folder(fire, '/apis/apps/v1')}/deployments/${mirrorWorkload}`),
  },
  {
    title: 'a pin whose subset is gone',
    problem: /^\S+ 503 for /,
    begin: (fire) => leadTo(fire, { subset: 'v1' }),
    end: (fire) => leadTo(fire, {}),
  },
  {
    title: 'a destination with a port, on a route for both',
    problem: /answered on port 9080: .*:9090/,
    begin: (fire) => leadTo(fire, { port: { number: 9080 } }),
    end: (fire) => leadTo(fire, {}),
  },
  {
    title: 'an endpoint that does not answer: the proxy tries another one',
    problem: /sent more than once/,
    begin: (fire) => create(fire.kube, deadEndpoint(fire.variant.namespace)),
    end: (fire) => fire.kube.send('DELETE', `${folder(fire, istioApi)}/workloadentries/dead`),
  },
];

/** Does each of them in turn, and waits until it is noticed. */
export async function doWrong(fire: ServiceUnderFire): Promise<void> {
  for (const { title, problem, begin, end } of wrongs) {
    await untilUnnoticed(fire);
    await begin(fire);
    const notice = async () => (await fire.problems()).filter((text) => problem.test(text));
    await expect.poll(notice, { timeout: 60_000, message: title }).not.toEqual([]);
    await end(fire);
  }
}

/** Waits until clients notice nothing of what was done before. */
async function untilUnnoticed(fire: ServiceUnderFire): Promise<void> {
  await waitFor('a Service without problems', async () => {
    await fire.beginAnew();
    await fire.load.untilAnswered(answersWithoutProblems);
    return (await fire.problems()).length === 0;
  });
}

function deadEndpoint(namespace: string): Manifest {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'WorkloadEntry',
    metadata: { name: 'dead', namespace },
    // No Pod of the lab has this address.
    spec: { address: '127.255.255.250', labels: { app: service, version: 'v1' } },
  } as Manifest;
}
