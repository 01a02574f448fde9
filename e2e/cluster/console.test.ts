// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ConsoleOnCluster, demo, mutualTls } from './console-on-cluster.ts';
import { waitFor } from './control-plane.ts';

const virtualServices = `/apis/networking.istio.io/v1/namespaces/${demo}/virtualservices`;
const destinationRules = `/apis/networking.istio.io/v1/namespaces/${demo}/destinationrules`;
const services = `/api/v1/namespaces/${demo}/services`;
const deployments = `/apis/apps/v1/namespaces/${demo}/deployments`;
const configMaps = `/api/v1/namespaces/${demo}/configmaps`;

describe('the console on a real API server', () => {
  let running: ConsoleOnCluster;

  beforeAll(async () => {
    running = await ConsoleOnCluster.start();
  });
  afterAll(() => running?.stop());

  /** Everything of demo-project that a task may touch, without what every write changes. */
  const everyObject = async () => {
    const lists = await Promise.all(
      [virtualServices, destinationRules, services, deployments, configMaps].map((list) =>
        running.cluster.kube.get(list),
      ),
    );
    return Object.fromEntries(
      lists.flatMap(({ items, kind }: any) =>
        items.map((item: any) => [`${kind} ${item.metadata.name}`, withoutServerFields(item)]),
      ),
    );
  };

  const reviewsTask = {
    namespace: demo,
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

  it('reaches the goal of the KubeSphere document, shows it with kubectl, and leaves every object as it was', async () => {
    const before = await everyObject();

    expect((await running.api('POST', '/tasks', reviewsTask)).status).toBe(201);
    await running.untilState('reviews-v2', 'Mirroring');

    // Step 9 of the document: what kubectl shows.
    const list = parse(running.kubectl('-n', demo, 'get', 'virtualservice', '-o', 'yaml'));
    const { spec } = list.items.find((item: any) => item.metadata.name === 'reviews');
    const host = expect.stringMatching(/^reviews(\.demo-project\.svc\.cluster\.local)?$/);
    expect(spec.http).toEqual([
      {
        route: [{ destination: { host, port: { number: 9080 }, subset: 'v1' }, weight: 100 }],
        mirror: { host, port: { number: 9080 }, subset: 'v2' },
        mirrorPercentage: { value: 100 },
      },
    ]);
    expect(running.kubectl('-n', demo, 'get', 'deployment', 'reviews-v2')).toMatch(/reviews-v2\s+1\/1/);

    // Its percentage changes, it pauses and resumes.
    expect((await running.api('PATCH', `/tasks/${demo}/reviews-v2`, { percentage: 25 })).status).toBe(202);
    const mirrorPercentage = async () =>
      (await running.cluster.kube.get(`${virtualServices}/reviews`)).spec.http[0].mirrorPercentage?.value;
    await waitFor('the changed share', async () => (await mirrorPercentage()) === 25);
    await running.untilState('reviews-v2', 'Mirroring');
    expect((await running.api('POST', `/tasks/${demo}/reviews-v2/pause`, {})).status).toBe(202);
    await running.untilState('reviews-v2', 'Paused');
    expect((await running.cluster.kube.get(`${virtualServices}/reviews`)).spec.http[0]).not.toHaveProperty('mirror');
    expect((await running.api('POST', `/tasks/${demo}/reviews-v2/resume`, {})).status).toBe(202);
    await running.untilState('reviews-v2', 'Mirroring');

    expect((await running.api('DELETE', `/tasks/${demo}/reviews-v2`)).status).toBe(202);
    await running.untilState('reviews-v2', '404');
    expect(await everyObject()).toEqual(before);
  });

  it('makes and removes everything of its own where the service had no VirtualService and no DestinationRule', async () => {
    const before = await everyObject();
    const task = {
      ...reviewsTask,
      name: 'ratings-v2',
      service: 'ratings',
      percentage: 5,
      target: { kind: 'version', version: 'v2', replicas: 1, containers: [] },
    };
    expect((await running.api('POST', '/tasks', task)).status).toBe(201);
    await running.untilState('ratings-v2', 'Mirroring');
    const { items } = await running.cluster.kube.get(virtualServices);
    const own = items.find((item: any) => item.metadata.labels?.['mirror-console.io/task'] === 'ratings-v2');
    expect(own.spec.http[0]).toMatchObject({ mirrorPercentage: { value: 5 } });

    expect((await running.api('DELETE', `/tasks/${demo}/ratings-v2`)).status).toBe(202);
    await running.untilState('ratings-v2', '404');
    expect(await everyObject()).toEqual(before);
  });

  it('keeps a new version out of the Service while a pod without a sidecar may call it', async () => {
    await running.cluster.kube.send('DELETE', `${mutualTls}/default`);
    try {
      await expect
        .poll(async () => (await running.api('POST', '/tasks/plan', reviewsTask)).body.placement)
        .toBe('dedicated');
      const { body } = await running.api('POST', '/tasks/plan', { ...reviewsTask, placement: 'subset' });
      expect(body.checks).toContainEqual(
        expect.objectContaining({
          code: 'placement_subset',
          severity: 'fail',
          params: expect.objectContaining({ reason: 'outside_callers_possible', name: 'reports' }),
        }),
      );
    } finally {
      await running.requireMutualTls();
    }
    await expect
      .poll(async () => (await running.api('POST', '/tasks/plan', reviewsTask)).body.placement)
      .toBe('subset');
  });

  it('keeps an edit that the owner makes while the task runs', async () => {
    expect((await running.api('POST', '/tasks', { ...reviewsTask, name: 'edited' })).status).toBe(201);
    await running.untilState('edited', 'Mirroring');
    running.kubectl(
      '-n',
      demo,
      'patch',
      'virtualservice',
      'reviews',
      '--type=json',
      '-p',
      '[{"op":"add","path":"/spec/http/0/timeout","value":"3s"}]',
    );
    expect((await running.api('DELETE', `/tasks/${demo}/edited`)).status).toBe(202);
    await running.untilState('edited', '404');
    const { spec } = await running.cluster.kube.get(`${virtualServices}/reviews`);
    expect(spec.http).toHaveLength(1);
    expect(spec.http[0]).toMatchObject({ timeout: '3s' });
    expect(spec.http[0]).not.toHaveProperty('mirror');
    running.kubectl(
      '-n',
      demo,
      'patch',
      'virtualservice',
      'reviews',
      '--type=json',
      '-p',
      '[{"op":"remove","path":"/spec/http/0/timeout"}]',
    );
  });

  it('leaves no field manager behind that would make the owner’s next server-side apply conflict', async () => {
    expect((await running.api('POST', '/tasks', { ...reviewsTask, name: 'applied' })).status).toBe(201);
    await running.untilState('applied', 'Mirroring');
    expect((await running.api('DELETE', `/tasks/${demo}/applied`)).status).toBe(202);
    await running.untilState('applied', '404');
    const { metadata } = await running.cluster.kube.get(`${virtualServices}/reviews`);
    expect(metadata.managedFields.map(({ manager }: any) => manager)).not.toContain('mirror-console');
  });

  it('says why a new version does not start, and cancels it', async () => {
    const before = await everyObject();
    const containers = [{ name: 'reviews', image: 'nobody/has-this:image' }];
    expect(
      (
        await running.api('POST', '/tasks', {
          ...reviewsTask,
          name: 'broken',
          target: { ...reviewsTask.target, containers },
        })
      ).status,
    ).toBe(201);
    await expect
      .poll(async () => JSON.stringify((await running.api('GET', `/tasks/${demo}/broken`)).body), { timeout: 60_000 })
      .toMatch(/mirror_image.*nobody\/has-this:image/);
    expect((await running.api('DELETE', `/tasks/${demo}/broken`)).status).toBe(202);
    await running.untilState('broken', '404');
    expect(await everyObject()).toEqual(before);
  });
});

function withoutServerFields(object: any): any {
  const { resourceVersion, generation, managedFields, ...metadata } = object.metadata;
  const { status, ...rest } = object;
  // A Deployment's revision and a Service's addresses do not change; statuses settle at their own pace.
  void [resourceVersion, generation, managedFields, status];
  return { ...rest, metadata };
}
