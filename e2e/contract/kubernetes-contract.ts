// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKube, type Kube } from '../kube.ts';

/** An API server under test; its namespace demo-project exists, with Istio's CRDs, a project-regular and a viewer. */
export interface ContractTarget {
  kubeconfig: string;
  /** An image whose Pods become ready. */
  image: string;
  stop(): Promise<void>;
}

const namespace = 'contract';
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
const virtualServices = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices`;
const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** What the console relies on: one suite for the sandbox and for a real API server. */
export function describeKubernetesContract(name: string, start: () => Promise<ContractTarget>): void {
  describe(`${name} keeps what the console relies on`, () => {
    let target: ContractTarget;
    let kube: Kube;

    beforeAll(async () => {
      target = await start();
      kube = openKube(target.kubeconfig);
      await kube.send('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace },
      });
    }, 120_000);
    afterAll(() => target?.stop());

    describe('writing', () => {
      it('stores a new object with uid, resourceVersion and creationTimestamp', async () => {
        const stored = await kube.send('POST', configMaps, configMap('stored'));
        expect(stored.metadata).toMatchObject({
          uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
          resourceVersion: expect.stringMatching(/^\d+$/),
          creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        });
      });

      it('refuses to create a second object of the same name: 409 AlreadyExists', async () => {
        await kube.send('POST', configMaps, configMap('twice'));
        await expect(kube.send('POST', configMaps, configMap('twice'))).rejects.toThrow(
          /409 .*"reason":"AlreadyExists"/,
        );
      });

      it('refuses an update that was made on an older version: 409 Conflict', async () => {
        const first = await kube.send('POST', configMaps, configMap('conflict'));
        await kube.send('PUT', `${configMaps}/conflict`, { ...first, data: { changed: 'by another' } });
        await expect(
          kube.send('PUT', `${configMaps}/conflict`, { ...first, data: { changed: 'by me' } }),
        ).rejects.toThrow(/409 .*"reason":"Conflict"/);
        expect((await kube.get(`${configMaps}/conflict`)).data).toEqual({ changed: 'by another' });
      });

      it('keeps the resourceVersion of an update that changes nothing', async () => {
        const first = await kube.send('POST', configMaps, configMap('same'));
        const second = await kube.send('PUT', `${configMaps}/same`, first);
        expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      });

      it('raises the generation of a VirtualService with its spec, not with its labels', async () => {
        const first = await kube.send('POST', virtualServices, virtualService('generation'));
        expect(first.metadata.generation).toBe(1);
        first.metadata.labels = { team: 'a' };
        const labelled = await kube.send('PUT', `${virtualServices}/generation`, first);
        expect(labelled.metadata.generation).toBe(1);
        labelled.spec.http[0].mirror = { host: 'reviews', subset: 'v2' };
        expect((await kube.send('PUT', `${virtualServices}/generation`, labelled)).metadata.generation).toBe(2);
      });

      it('stores nothing on a dry run, and answers with what it would store', async () => {
        const answer = await kube.send(
          'POST',
          `${virtualServices}?dryRun=All&fieldValidation=Strict`,
          virtualService('dry'),
        );
        expect(answer.spec.hosts).toEqual(['reviews']);
        await expect(kube.get(`${virtualServices}/dry`)).rejects.toThrow(/404/);
      });

      it('deletes only the object that the precondition names', async () => {
        const { metadata } = await kube.send('POST', configMaps, configMap('precondition'));
        const wrong = { preconditions: { uid: '00000000-0000-4000-8000-000000000000' } };
        await expect(kube.send('DELETE', `${configMaps}/precondition`, wrong)).rejects.toThrow(/409/);
        await kube.send('DELETE', `${configMaps}/precondition`, { preconditions: { uid: metadata.uid } });
        await expect(kube.get(`${configMaps}/precondition`)).rejects.toThrow(/404/);
      });

      it('refuses to change what a Deployment selects: 422 with the field', async () => {
        const stored = await kube.send('POST', deployments, deployment('immutable', target.image, 0));
        stored.spec.selector.matchLabels = { app: 'other' };
        stored.spec.template.metadata.labels = { app: 'other' };
        await expect(update(kube, `${deployments}/immutable`, stored)).rejects.toThrow(/422 .*spec\.selector/);
      });
    });

    describe('validation', () => {
      it('refuses an unknown field with fieldValidation=Strict, by its path', async () => {
        const object = virtualService('strict');
        Object.assign(object.spec.http[0]!, { mirorPercentage: { value: 5 } });
        await expect(kube.send('POST', `${virtualServices}?fieldValidation=Strict`, object)).rejects.toThrow(
          /400 .*strict decoding error: unknown field \\"spec\.http\[0\]\.mirorPercentage\\"/,
        );
      });

      it('refuses an unknown field of a Deployment with fieldValidation=Strict', async () => {
        const object = deployment('strict', target.image, 0);
        Object.assign(object.spec, { replica: 1 });
        await expect(kube.send('POST', `${deployments}?fieldValidation=Strict`, object)).rejects.toThrow(
          /400 .*unknown field \\"spec\.replica\\"/,
        );
      });

      it('refuses a value of the wrong type in a VirtualService: 422', async () => {
        const object = virtualService('typed');
        Object.assign(object.spec.http[0]!, { mirrorPercentage: { value: 'ten' } });
        await expect(kube.send('POST', virtualServices, object)).rejects.toThrow(
          /422 .*spec\.http\[0\]\.mirrorPercentage\.value/,
        );
      });

      it('refuses a mirror without host', async () => {
        const object = virtualService('hostless');
        Object.assign(object.spec.http[0]!, { mirror: { subset: 'v2' } });
        await expect(kube.send('POST', virtualServices, object)).rejects.toThrow(/422 .*mirror\.host/);
      });

      it('refuses a header match that is not a string, as `exact: true` in the guide', async () => {
        const object = virtualService('exact');
        Object.assign(object.spec.http[0]!, { match: [{ headers: { 'x-test-user': { exact: true } } }] });
        await expect(kube.send('POST', virtualServices, object)).rejects.toThrow(/422/);
      });

      it('refuses a name that is no DNS name', async () => {
        await expect(kube.send('POST', configMaps, configMap('Not_A_Name'))).rejects.toThrow(/422 .*metadata\.name/);
      });
    });

    describe('reading', () => {
      it('lists by label', async () => {
        await kube.send('POST', configMaps, configMap('labelled', { team: 'blue' }));
        const { items, metadata } = await kube.get(`${configMaps}?labelSelector=team%3Dblue`);
        expect(items.map((item: any) => item.metadata.name)).toEqual(['labelled']);
        expect(metadata.resourceVersion).toMatch(/^\d+$/);
      });

      it('watches from a list’s resourceVersion: added, modified, deleted, in order', async () => {
        const { metadata } = await kube.get(configMaps);
        const created = await kube.send('POST', configMaps, configMap('watched'));
        await kube.send('PUT', `${configMaps}/watched`, { ...created, data: { step: '2' } });
        await kube.send('DELETE', `${configMaps}/watched`);
        const events = await watchedEvents(
          kube,
          `${configMaps}?watch=1&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=2`,
        );
        expect(events.filter(({ object }) => object.metadata.name === 'watched').map(({ type }) => type)).toEqual([
          'ADDED',
          'MODIFIED',
          'DELETED',
        ]);
      });

      it('serves a VirtualService in every version of its group', async () => {
        await kube.send('POST', virtualServices, virtualService('versions'));
        for (const version of ['v1', 'v1beta1', 'v1alpha3']) {
          const object = await kube.get(
            `/apis/networking.istio.io/${version}/namespaces/${namespace}/virtualservices/versions`,
          );
          expect(object.apiVersion).toBe(`networking.istio.io/${version}`);
        }
      });

      it('tells by discovery which versions of Istio’s groups it serves', async () => {
        const group = await kube.get('/apis/networking.istio.io');
        expect(group.versions.map(({ version }: any) => version)).toContain('v1');
        const { resources } = await kube.get('/apis/networking.istio.io/v1');
        expect(resources).toContainEqual(
          expect.objectContaining({ name: 'virtualservices', namespaced: true, kind: 'VirtualService' }),
        );
      });

      it('answers 404 for what is not there', async () => {
        await expect(kube.get(`${configMaps}/nothing`)).rejects.toThrow(/404 .*"reason":"NotFound"/);
      });
    });

    describe('patching', () => {
      it('replaces a list whole with a merge patch, and keeps the rest', async () => {
        await kube.send('POST', virtualServices, virtualService('merge'));
        const patch = { spec: { http: [{ route: [{ destination: { host: 'other' } }] }] } };
        const patched = await kube.send('PATCH', `${virtualServices}/merge`, patch, 'application/merge-patch+json');
        expect(patched.spec.hosts).toEqual(['reviews']);
        expect(patched.spec.http).toEqual(patch.spec.http);
      });

      it('applies a JSON patch only when its test holds', async () => {
        await kube.send('POST', virtualServices, virtualService('json'));
        const patch = (host: string) => [
          { op: 'test', path: '/spec/hosts/0', value: host },
          { op: 'add', path: '/spec/http/0/mirror', value: { host: 'mirror' } },
        ];
        const send = (host: string) =>
          kube.send('PATCH', `${virtualServices}/json`, patch(host), 'application/json-patch+json');
        await expect(send('somebody-else')).rejects.toThrow(/422/);
        expect((await send('reviews')).spec.http[0].mirror).toEqual({ host: 'mirror' });
      });

      it('refuses a strategic merge patch of a custom resource: 415', async () => {
        await kube.send('POST', virtualServices, virtualService('strategic'));
        await expect(
          kube.send('PATCH', `${virtualServices}/strategic`, { spec: {} }, 'application/strategic-merge-patch+json'),
        ).rejects.toThrow(/415/);
      });

      it('merges the containers of a Deployment by name with a strategic merge patch', async () => {
        await kube.send('POST', deployments, deployment('containers', target.image, 0));
        const patch = {
          spec: {
            template: { spec: { containers: [{ name: 'app', env: [{ name: 'ENVIRONMENT', value: 'test' }] }] } },
          },
        };
        const patched = await kube.send(
          'PATCH',
          `${deployments}/containers`,
          patch,
          'application/strategic-merge-patch+json',
        );
        expect(patched.spec.template.spec.containers[0]).toMatchObject({
          name: 'app',
          image: target.image,
          env: patch.spec.template.spec.containers[0]!.env,
        });
      });
    });

    describe('managed fields', () => {
      it('name the manager of an update, and forget it when an update leaves its entry out', async () => {
        await kube.send('POST', `${virtualServices}?fieldManager=owner`, virtualService('managed'));
        const object = await kube.get(`${virtualServices}/managed`);
        object.spec.http[0].mirror = { host: 'mirror' };
        const edited = await kube.send('PUT', `${virtualServices}/managed?fieldManager=mirror-console`, object);
        expect(managers(edited)).toEqual(['mirror-console', 'owner']);
        edited.metadata.managedFields = edited.metadata.managedFields.filter(
          (entry: any) => entry.manager !== 'mirror-console',
        );
        const cleaned = await kube.send('PUT', `${virtualServices}/managed?fieldManager=mirror-console`, edited);
        expect(managers(cleaned)).toEqual(['owner']);
      });
    });

    describe('controllers', () => {
      it('roll a Deployment out to ready Pods that carry its labels', async () => {
        await kube.send('POST', deployments, deployment('rollout', target.image, 2));
        await expect
          .poll(async () => (await kube.get(`${deployments}/rollout`)).status, { timeout: 60_000 })
          .toMatchObject({
            observedGeneration: 1,
            replicas: 2,
            updatedReplicas: 2,
            readyReplicas: 2,
            availableReplicas: 2,
          });
        const { items } = await kube.get(`/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Drollout`);
        expect(items).toHaveLength(2);
        for (const pod of items) expect(pod.metadata.ownerReferences[0].kind).toBe('ReplicaSet');
      });

      it('say why a Pod does not start: ImagePullBackOff', async () => {
        await kube.send('POST', deployments, deployment('broken', 'nobody/has-this:image', 1));
        await expect
          .poll(
            async () => {
              const { items } = await kube.get(`/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dbroken`);
              return items[0]?.status.containerStatuses?.[0]?.state.waiting?.reason;
            },
            { timeout: 60_000 },
          )
          .toMatch(/ImagePullBackOff|ErrImagePull/);
      });

      it('remove the Pods of a deleted Deployment', async () => {
        await kube.send('POST', deployments, deployment('removed', target.image, 1));
        const pods = async () =>
          (await kube.get(`/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dremoved`)).items.length;
        await expect.poll(pods, { timeout: 60_000 }).toBe(1);
        await kube.send('DELETE', `${deployments}/removed`, { propagationPolicy: 'Background' });
        await expect.poll(pods, { timeout: 60_000 }).toBe(0);
      });

      it('remove what a deleted ConfigMap owned', async () => {
        const owner = await kube.send('POST', configMaps, configMap('owner'));
        const owned = configMap('owned');
        const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid };
        await kube.send('POST', configMaps, {
          ...owned,
          metadata: { ...owned.metadata, ownerReferences: [reference] },
        });
        await kube.send('DELETE', `${configMaps}/owner`, { propagationPolicy: 'Background' });
        await expect
          .poll(async () => (await kube.get(configMaps)).items.some((item: any) => item.metadata.name === 'owned'), {
            timeout: 60_000,
          })
          .toBe(false);
      });

      it('give a container’s log as text', async () => {
        await kube.send('POST', deployments, deployment('logging', target.image, 1));
        const podName = async () => {
          const { items } = await kube.get(`/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dlogging`);
          return items.find((pod: any) => pod.status.phase === 'Running')?.metadata.name;
        };
        await expect.poll(podName, { timeout: 60_000 }).toBeTruthy();
        const log = await kube.get(
          `/api/v1/namespaces/${namespace}/pods/${await podName()}/log?container=app&tailLines=5`,
        );
        expect(typeof log).toBe('string');
      });
    });

    describe('access', () => {
      it('tells who asks', async () => {
        const review = await openKube(target.kubeconfig, 'project-regular').send(
          'POST',
          '/apis/authentication.k8s.io/v1/selfsubjectreviews',
          { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
        );
        expect(review.status.userInfo.username).toBe('project-regular');
      });

      it.each([
        ['project-regular', 'create', true],
        ['viewer', 'list', true],
        ['viewer', 'create', false],
      ])('reviews what %s may: %s virtualservices in demo-project: %s', async (user, verb, allowed) => {
        const review = await openKube(target.kubeconfig, user).send('POST', reviews, {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: {
            resourceAttributes: {
              verb,
              group: 'networking.istio.io',
              resource: 'virtualservices',
              namespace: 'demo-project',
            },
          },
        });
        expect(review.status.allowed).toBe(allowed);
      });

      it('refuses what the user may not, naming user, verb and resource', async () => {
        const viewer = openKube(target.kubeconfig, 'viewer');
        await expect(
          viewer.send(
            'POST',
            '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices',
            virtualService('x'),
          ),
        ).rejects.toThrow(/403 .*User \\"viewer\\" cannot create resource \\"virtualservices\\"/);
      });

      it('tells its version', async () => {
        expect((await kube.get('/version')).gitVersion).toMatch(/^v\d+\.\d+/);
      });
    });
  });
}

function configMap(name: string, labels: Record<string, string> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { key: 'value' } };
}

function virtualService(name: string) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name } as Record<string, unknown>,
    spec: { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews', subset: 'v1' } }] }] },
  };
}

function deployment(name: string, image: string, replicas: number) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } },
    },
  };
}

/** Updates an object that controllers write to as well: on their resourceVersion, again when they were faster. */
async function update(kube: Kube, path: string, object: any): Promise<any> {
  for (;;) {
    const { metadata } = await kube.get(path);
    const current = { ...object, metadata: { ...object.metadata, resourceVersion: metadata.resourceVersion } };
    try {
      return await kube.send('PUT', path, current);
    } catch (error) {
      if (!String(error).includes('"reason":"Conflict"')) throw error;
    }
  }
}

function managers(object: any): string[] {
  return object.metadata.managedFields.map((entry: any) => entry.manager).toSorted();
}

/** Reads a watch until the server ends it. */
async function watchedEvents(kube: Kube, path: string): Promise<{ type: string; object: any }[]> {
  const text: string = await kube.get(path);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
