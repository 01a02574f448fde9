import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configMap, deployment, paths, TestCluster } from './test-cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.start();
});
afterEach(() => cluster.stop());

interface Entry {
  manager: string;
  operation: string;
  fieldsV1: Record<string, Record<string, object>>;
}
const entries = async (path: string): Promise<Entry[]> => (await cluster.get(path)).body.metadata.managedFields ?? [];
const managers = async (path: string) =>
  (await entries(path)).map(({ manager, operation }) => `${manager} ${operation}`);
const reviews = `${paths.virtualServices}/reviews`;

/** Adds a mirror as another client would: read, change, replace. */
async function mirror(manager: string) {
  const { body } = await cluster.get(reviews);
  body.spec.http[0].mirror = { host: 'reviews', subset: 'v2' };
  return cluster.send('PUT', `${reviews}?fieldManager=${manager}`, body);
}

describe('managedFields', () => {
  it('name the owner of preloaded objects, with what it applied', async () => {
    const [owner] = await entries(reviews);
    expect(owner).toMatchObject({ manager: 'kubectl-client-side-apply', operation: 'Update' });
    expect(owner?.fieldsV1['f:spec']).toEqual({ '.': {}, 'f:hosts': {}, 'f:http': {} });
    expect(owner?.fieldsV1['f:metadata']).toMatchObject({ 'f:labels': { '.': {}, 'f:app': {} } });
  });

  it('move a field to whoever changes it', async () => {
    await mirror('mirror-console');
    const [owner, console] = await entries(reviews);
    expect(owner?.fieldsV1['f:spec']).toEqual({ '.': {}, 'f:hosts': {} });
    expect(console).toMatchObject({ manager: 'mirror-console', fieldsV1: { 'f:spec': { 'f:http': {} } } });
  });

  it('lose an entry that an update leaves out, and all with [{}]', async () => {
    const { body } = await mirror('mirror-console');
    body.metadata.managedFields = body.metadata.managedFields.filter(
      (entry: Entry) => entry.manager !== 'mirror-console',
    );
    const cleaned = await cluster.send('PUT', `${reviews}?fieldManager=mirror-console`, body);
    expect(await managers(reviews)).toEqual(['kubectl-client-side-apply Update']);
    await cluster.send('PUT', reviews, {
      ...cleaned.body,
      metadata: { ...cleaned.body.metadata, managedFields: [{}] },
    });
    expect(await entries(reviews)).toEqual([]);
  });

  it('know a status writer by its subresource', async () => {
    const made = await entries(`${paths.deployments}/reviews-v1`);
    expect(made).toContainEqual(expect.objectContaining({ manager: 'kube-controller-manager', subresource: 'status' }));
  });

  it('take the program’s name where a client gives no manager', async () => {
    await cluster.send('POST', paths.configMaps, configMap('named'), { userAgent: 'curl/8.0' });
    expect(await managers(`${paths.configMaps}/named`)).toEqual(['curl Update']);
  });
});

describe('server-side apply', () => {
  const wanted = (hosts: string[]) => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'applied' },
    spec: { hosts, http: [{ route: [{ destination: { host: 'reviews' } }] }] },
  });
  const one = `${paths.virtualServices}/applied`;

  it('creates, changes what it owns, and takes back what it no longer wants', async () => {
    expect(
      (
        await cluster.apply(one, 'owner', {
          ...wanted(['a']),
          metadata: { name: 'applied', labels: { team: 'x', tier: 'y' } },
        })
      ).code,
    ).toBe(201);
    const { code, body } = await cluster.apply(one, 'owner', {
      ...wanted(['b']),
      metadata: { name: 'applied', labels: { team: 'x' } },
    });
    expect(code).toBe(200);
    expect(body.spec.hosts).toEqual(['b']);
    expect(body.metadata.labels).toEqual({ team: 'x' });
  });

  it('changes nothing when applied again', async () => {
    const { body: first } = await cluster.apply(one, 'owner', wanted(['a']));
    cluster.clock.advance(5000);
    const { body: second } = await cluster.apply(one, 'owner', wanted(['a']));
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  it('conflicts with another’s change of its list, unless the other’s entry is gone and the list as before', async () => {
    await cluster.apply(one, 'owner', wanted(['a']));
    const { body } = await cluster.get(one);
    const original = structuredClone(body.spec);
    body.spec.http[0].mirror = { host: 'mirror' };
    const { body: mirrored } = await cluster.send('PUT', `${one}?fieldManager=mirror-console`, body);
    const conflict = await cluster.apply(one, 'owner', {
      ...wanted(['a']),
      spec: { ...original, http: [{ route: [{ destination: { host: 'new' } }] }] },
    });
    expect(conflict.code).toBe(409);
    expect(conflict.body.message).toBe(
      'Apply failed with 1 conflict: conflict with "mirror-console" using networking.istio.io/v1: .spec.http',
    );
    expect(conflict.body.details.causes).toEqual([
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "mirror-console" using networking.istio.io/v1',
        field: '.spec.http',
      },
    ]);
    // Undone, but still its owner: the owner's next change conflicts all the same.
    const { body: undone } = await cluster.send('PUT', `${one}?fieldManager=mirror-console`, {
      ...mirrored,
      spec: original,
    });
    const change = { ...wanted(['a']), spec: { ...original, http: [{ route: [{ destination: { host: 'new' } }] }] } };
    expect((await cluster.apply(one, 'owner', change)).code).toBe(409);
    undone.metadata.managedFields = undone.metadata.managedFields.filter(
      (entry: Entry) => entry.manager !== 'mirror-console',
    );
    await cluster.send('PUT', `${one}?fieldManager=mirror-console`, undone);
    expect((await cluster.apply(one, 'owner', change)).code).toBe(200);
  });

  it('takes a field by force', async () => {
    await cluster.apply(one, 'owner', wanted(['a']));
    expect((await cluster.apply(one, 'other', wanted(['b']))).code).toBe(409);
    const { code, body } = await cluster.apply(one, 'other', wanted(['b']), true);
    expect([code, body.spec.hosts]).toEqual([200, ['b']]);
  });

  it('merges containers and environment by name, each owned by its manager', async () => {
    await cluster.send('POST', `${paths.deployments}?fieldManager=owner`, deployment('web', { replicas: 0 }));
    const patch = (value: string | undefined) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        template: {
          spec: { containers: [{ name: 'app', ...(value ? { env: [{ name: 'ENVIRONMENT', value }] } : {}) }] },
        },
      },
    });
    const { body } = await cluster.apply(`${paths.deployments}/web`, 'guard', patch('test'));
    expect(body.spec.template.spec.containers).toMatchObject([
      {
        name: 'app',
        image: 'nginx:1.27',
        env: [
          { name: 'A', value: '1' },
          { name: 'ENVIRONMENT', value: 'test' },
        ],
      },
    ]);
    const { body: back } = await cluster.apply(`${paths.deployments}/web`, 'guard', patch(undefined));
    expect(back.message).toBeUndefined();
    expect(back.spec.template.spec.containers[0].env).toEqual([{ name: 'A', value: '1' }]);
  });

  it('asks for a manager, and refuses managedFields', async () => {
    const nameless = await cluster.send('PATCH', one, wanted(['a']), { contentType: 'application/apply-patch+yaml' });
    expect(nameless.code).toBe(422);
    expect((await cluster.apply(one, 'x', { ...wanted(['a']), metadata: { managedFields: [{}] } })).code).toBe(400);
  });
});
