// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKube, type Kube } from '../kube.ts';

/** An API server under test; its namespace demo-project exists, with Istio's CRDs, a project-regular and a viewer. */
export interface ContractTarget {
  kubeconfig: string;
  /** An image whose Pods become ready. */
  image: string;
  /** Forgets what changed before; absent: what was before its start it does not know. */
  forgetHistory?(): void;
  stop(): Promise<void>;
}

interface ContractOptions {
  /** Istio's own validation stands before its objects. */
  hasIstio?: boolean;
}

const namespace = 'contract';
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
const virtualServices = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices`;
const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** What the console relies on: one suite for the sandbox and for a real API server. */
export function describeKubernetesContract(
  name: string,
  start: () => Promise<ContractTarget>,
  { hasIstio = false }: ContractOptions = {},
): void {
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

      it('deletes only the version of it that the precondition names', async () => {
        const first = await kube.send('POST', configMaps, configMap('version'));
        const { uid, resourceVersion } = first.metadata;
        const changed = await kube.send('PUT', `${configMaps}/version`, { ...first, data: { changed: 'by another' } });
        const send = (wanted: string) =>
          kube.send('DELETE', `${configMaps}/version`, { preconditions: { uid, resourceVersion: wanted } });
        await expect(send(resourceVersion)).rejects.toThrow(/409 .*"reason":"Conflict"/);
        await send(changed.metadata.resourceVersion);
        await expect(kube.get(`${configMaps}/version`)).rejects.toThrow(/404/);
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

      if (hasIstio) {
        const mirror = { host: 'reviews', subset: 'v2' };
        it('has Istio refuse a route with `mirror` and `mirrors`, made so or changed to it', async () => {
          const both = { mirror, mirrors: [{ destination: { host: 'reviews', subset: 'v3' } }] };
          const made = virtualService('both');
          Object.assign(made.spec.http[0]!, both);
          const words =
            /denied the request: configuration is invalid: .*HTTP route cannot contain both mirror and mirrors/;
          await expect(kube.send('POST', virtualServices, made)).rejects.toThrow(words);
          await kube.send('POST', virtualServices, virtualService('both'));
          const patch = { spec: { http: made.spec.http } };
          await expect(
            kube.send('PATCH', `${virtualServices}/both`, patch, 'application/merge-patch+json'),
          ).rejects.toThrow(words);
        });

        it('has Istio refuse a share above 100 %, on a dry run too', async () => {
          const object = virtualService('above');
          Object.assign(object.spec.http[0]!, { mirror, mirrorPercentage: { value: 100.1 } });
          await expect(kube.send('POST', `${virtualServices}?dryRun=All`, object)).rejects.toThrow(
            /denied the request: .*must have a max value of 100/,
          );
        });
      }
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

      it('lists in pages that together are one list', async () => {
        const names = ['a', 'b', 'c', 'd', 'e'].map((letter) => `page-${letter}`);
        for (const name of names) await kube.send('POST', configMaps, configMap(name, { team: 'pages' }));
        const pages: any[] = [];
        for (let next = ''; next !== '' || pages.length === 0; next = pages.at(-1).metadata.continue ?? '') {
          const query = new URLSearchParams({
            labelSelector: 'team=pages',
            limit: '2',
            ...(next && { continue: next }),
          });
          pages.push(await kube.get(`${configMaps}?${query}`));
        }
        expect(pages.map(({ items }) => items.map((item: any) => item.metadata.name))).toEqual([
          names.slice(0, 2),
          names.slice(2, 4),
          names.slice(4),
        ]);
        expect(new Set(pages.map(({ metadata }) => metadata.resourceVersion)).size).toBe(1);
        await expect(kube.get(`${configMaps}?limit=2&continue=nonsense`)).rejects.toThrow(/400 .*continue/);
      });

      it('tells by a bookmark how far a watch has come that had nothing to tell', async () => {
        const { metadata } = await kube.get(configMaps);
        const url = `${configMaps}?watch=1&allowWatchBookmarks=true&timeoutSeconds=5&resourceVersion=`;
        let changes = 0;
        // A real server sends one two seconds before the end, if it looks at that moment, and anything has changed.
        const findBookmark = async () => {
          const lines = await kube.lines(`${url}${metadata.resourceVersion}`);
          const elsewhere = configMap(`elsewhere-${(changes += 1)}`);
          const { metadata: changed } = await kube.send('POST', '/api/v1/namespaces/default/configmaps', elsewhere);
          let last = '{}';
          for await (const line of lines) last = line;
          const { type, object } = JSON.parse(last);
          const isFar = Number(object?.metadata.resourceVersion) >= Number(changed.resourceVersion);
          return { type, kind: object?.kind, isFar };
        };
        const bookmark = { type: 'BOOKMARK', kind: 'ConfigMap', isFar: true };
        await expect.poll(findBookmark, { timeout: 60_000 }).toEqual(bookmark);
      });

      it('ends a watch from a version that it no longer knows with an error event: 410', async () => {
        await kube.send('POST', virtualServices, virtualService('forgotten'));
        target.forgetHistory?.();
        const events = await watchedEvents(kube, `${virtualServices}?watch=1&resourceVersion=1&timeoutSeconds=2`);
        expect(events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]);
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

      it('give a container’s log as text, with times when asked for, once or as it goes on', async () => {
        await kube.send('POST', deployments, deployment('logging', target.image, 1));
        const podName = async () => {
          const { items } = await kube.get(`/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dlogging`);
          return items.find((pod: any) => pod.status.phase === 'Running')?.metadata.name;
        };
        await expect.poll(podName, { timeout: 60_000 }).toBeTruthy();
        const log = `/api/v1/namespaces/${namespace}/pods/${await podName()}/log?container=app`;
        const read = async (query: string): Promise<string> => kube.get(`${log}&${query}`);
        await expect.poll(() => read('tailLines=1'), { timeout: 20_000 }).toMatch(/^.+\n$/);
        const plain = (await read('tailLines=1')).trimEnd();
        const timeOf = (line: string) => (line.endsWith(plain) ? line.slice(0, -plain.length) : line);
        const aTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z $/;
        expect(timeOf((await read('tailLines=1&timestamps=true')).trimEnd())).toMatch(aTime);

        const following = await kube.lines(`${log}&follow=true&timestamps=true&tailLines=1`);
        expect(timeOf((await following.next()).value ?? '')).toMatch(aTime);
        await following.return(undefined);
        // One that has nothing to tell yet has begun all the same.
        await (await kube.lines(`${log}&follow=true&tailLines=0`)).return(undefined);
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
