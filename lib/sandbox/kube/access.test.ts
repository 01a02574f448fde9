import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configMap, deployment, paths, TestCluster, virtualService } from './test-cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
});
afterAll(() => cluster.stop());

describe('who asks', () => {
  it('is refused without a valid token', async () => {
    const answer = await cluster.get(paths.pods, { as: 'nobody' });
    expect(answer.code).toBe(401);
    expect(answer.body.reason).toBe('Unauthorized');
  });

  it('may read its namespace but not list namespaces', async () => {
    expect((await cluster.get('/api/v1/namespaces/demo-project', { as: 'project-regular' })).code).toBe(200);
    const refused = await cluster.get('/api/v1/namespaces', { as: 'project-regular' });
    expect(refused.code).toBe(403);
    expect(refused.body.message).toBe(
      'namespaces is forbidden: User "project-regular" cannot list resource "namespaces" in API group "" at the cluster scope',
    );
  });

  it('sees nothing of other namespaces', async () => {
    for (const as of ['project-regular', 'viewer'] as const) {
      expect((await cluster.get('/api/v1/namespaces/httpbin/pods', { as })).code).toBe(403);
      expect((await cluster.get('/api/v1/pods', { as })).code).toBe(403);
      expect((await cluster.get('/apis/networking.istio.io/v1/virtualservices', { as })).code).toBe(403);
    }
  });
});

describe('the viewer', () => {
  it('reads and watches everything of the namespace that the console shows', async () => {
    for (const path of Object.values(paths)) expect((await cluster.get(path, { as: 'viewer' })).code, path).toBe(200);
    const watch = await cluster.watch(`${paths.pods}?watch=true`, { as: 'viewer' });
    await watch.until((events) => events.length > 0);
    watch.close();
  });

  it('writes nothing, and hears what it may not', async () => {
    const before = cluster.cluster.store.revision;
    const created = await cluster.send('POST', paths.virtualServices, virtualService('x'), { as: 'viewer' });
    expect(created.body.message).toBe(
      'virtualservices.networking.istio.io is forbidden: User "viewer" cannot create resource "virtualservices" in API group "networking.istio.io" in the namespace "demo-project"',
    );
    const one = `${paths.virtualServices}/reviews`;
    const answers = [
      created,
      await cluster.patch(one, 'merge', { metadata: { labels: { a: 'b' } } }, { as: 'viewer' }),
      await cluster.send('DELETE', one, undefined, { as: 'viewer' }),
      await cluster.send('DELETE', paths.virtualServices, undefined, { as: 'viewer' }),
      await cluster.send('POST', `${paths.virtualServices}?dryRun=All`, virtualService('x'), { as: 'viewer' }),
    ];
    expect(answers.map(({ code }) => code)).toEqual([403, 403, 403, 403, 403]);
    expect(cluster.cluster.store.revision).toBe(before);
  });
});

describe('the operator', () => {
  it('may make, change and remove what a task consists of', async () => {
    const as = 'project-regular';
    for (const [collection, object] of [
      [paths.configMaps, configMap('record')],
      [paths.deployments, deployment('mirror', { replicas: 0 })],
      [paths.virtualServices, virtualService('mirror')],
    ] as const) {
      expect((await cluster.send('POST', collection, object, { as })).code).toBe(201);
      const one = `${collection}/${object.metadata.name}`;
      expect((await cluster.patch(one, 'merge', { metadata: { labels: { a: 'b' } } }, { as })).code).toBe(200);
      expect((await cluster.send('DELETE', one, undefined, { as })).code).toBe(200);
    }
  });

  it('may not touch who is let in, roles or pods', async () => {
    const as = 'project-regular';
    const authentication = '/apis/security.istio.io/v1/namespaces/demo-project/peerauthentications';
    expect((await cluster.send('POST', authentication, {}, { as })).code).toBe(403);
    expect((await cluster.send('DELETE', paths.pods, undefined, { as })).code).toBe(403);
    const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/demo-project/rolebindings';
    expect((await cluster.get(roles, { as })).code).toBe(403);
  });

  it('gains and loses rights with the bindings in the store', async () => {
    const bindings = '/apis/rbac.authorization.k8s.io/v1/namespaces/httpbin/rolebindings';
    const pods = () => cluster.get('/api/v1/namespaces/httpbin/pods', { as: 'viewer' });
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'more' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'mirror-console-viewer' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'viewer' }],
    };
    expect((await cluster.send('POST', bindings, binding)).code).toBe(201);
    expect((await pods()).code).toBe(200);
    await cluster.send('DELETE', `${bindings}/more`);
    expect((await pods()).code).toBe(403);
  });
});

describe('an access review', () => {
  const review = (resourceAttributes: object) => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  });
  const ask = async (as: 'viewer' | 'project-regular', attributes: object) => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    return (await cluster.send('POST', path, review(attributes), { as })).body.status;
  };

  it('answers as the request itself would be answered', async () => {
    const cases = [
      [{ verb: 'list', resource: 'pods', namespace: 'demo-project' }, paths.pods],
      [{ verb: 'list', resource: 'pods' }, '/api/v1/pods'],
      [{ verb: 'list', resource: 'secrets', namespace: 'demo-project' }, '/api/v1/namespaces/demo-project/secrets'],
      [
        { verb: 'list', group: 'apps', resource: 'deployments', namespace: 'httpbin' },
        '/apis/apps/v1/namespaces/httpbin/deployments',
      ],
    ] as const;
    for (const as of ['viewer', 'project-regular'] as const) {
      for (const [attributes, path] of cases) {
        const { allowed } = await ask(as, attributes);
        expect((await cluster.get(path, { as })).code === 200, `${as} ${path}`).toBe(allowed);
      }
    }
  });

  it('tells subresources apart', async () => {
    const logs = { verb: 'get', resource: 'pods', subresource: 'log', namespace: 'demo-project' };
    expect((await ask('viewer', logs)).allowed).toBe(true);
    expect((await ask('viewer', { ...logs, subresource: 'exec' })).allowed).toBe(false);
  });

  it('lists the rules of a namespace', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      spec: { namespace: 'demo-project' },
    };
    const { body: answer } = await cluster.send('POST', path, body, { as: 'viewer' });
    expect(answer.status.incomplete).toBe(false);
    expect(answer.status.resourceRules).toContainEqual(
      expect.objectContaining({ apiGroups: ['networking.istio.io'], verbs: ['get', 'list', 'watch'] }),
    );
  });
});
