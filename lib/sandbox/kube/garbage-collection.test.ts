import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configMap, deployment, paths, TestCluster } from './test-cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.start();
  await cluster.send('POST', paths.deployments, deployment('web', { replicas: 2 }));
  cluster.clock.advance(30_000);
});
afterEach(() => cluster.stop());

const count = (kind: string, group = '') =>
  cluster.cluster.store
    .list(group, kind, 'demo-project')
    .filter((object) => object.metadata.labels?.['app'] === 'web' && !object.metadata.deletionTimestamp).length;
const remove = (propagationPolicy?: string) =>
  cluster.send('DELETE', `${paths.deployments}/web`, propagationPolicy ? { propagationPolicy } : {});

describe('deleting a Deployment', () => {
  it('takes its ReplicaSets and Pods with it by default', async () => {
    const { code, body } = await remove();
    expect(code).toBe(200);
    expect(body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'web', group: 'apps', kind: 'deployments' },
    });
    cluster.clock.advance(5000);
    expect([count('ReplicaSet', 'apps'), count('Pod')]).toEqual([0, 0]);
    expect((await cluster.get(`${paths.pods}?labelSelector=app%3Dweb`)).body.items).toEqual([]);
  });

  it('in the foreground, stays itself until its dependents are gone', async () => {
    const { body } = await remove('Foreground');
    expect(body.metadata.deletionTimestamp).toBeTruthy();
    expect(body.metadata.finalizers).toEqual(['foregroundDeletion']);
    cluster.clock.advance(200);
    expect((await cluster.get(`${paths.deployments}/web`)).code).toBe(200);
    cluster.clock.advance(10_000);
    expect((await cluster.get(`${paths.deployments}/web`)).code).toBe(404);
    expect(count('Pod')).toBe(0);
  });

  it('leaves orphans when asked to', async () => {
    await remove('Orphan');
    cluster.clock.advance(10_000);
    expect((await cluster.get(`${paths.deployments}/web`)).code).toBe(404);
    expect([count('ReplicaSet', 'apps'), count('Pod')]).toEqual([1, 2]);
  });
});

describe('an owner reference', () => {
  const owned = (uid: string) =>
    configMap('owned', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }] });

  it('to an object that is gone, or was another of that name, ends its bearer', async () => {
    await cluster.send('POST', paths.configMaps, configMap('owner'));
    await cluster.send('POST', paths.configMaps, owned('00000000-0000-4000-8000-000000000000'));
    cluster.clock.advance(1000);
    expect((await cluster.get(`${paths.configMaps}/owned`)).code).toBe(404);
  });

  it('ends its bearer only with the last owner', async () => {
    const { body: a } = await cluster.send('POST', paths.configMaps, configMap('owner'));
    const { body: b } = await cluster.send('POST', paths.configMaps, configMap('second'));
    const both = owned(a.metadata.uid);
    both.metadata = {
      ...both.metadata,
      ownerReferences: [a, b].map(({ metadata: { name, uid } }) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name,
        uid,
      })),
    } as typeof both.metadata;
    await cluster.send('POST', paths.configMaps, both);
    await cluster.send('DELETE', `${paths.configMaps}/owner`);
    cluster.clock.advance(1000);
    expect((await cluster.get(`${paths.configMaps}/owned`)).code).toBe(200);
    await cluster.send('DELETE', `${paths.configMaps}/second`);
    cluster.clock.advance(1000);
    expect((await cluster.get(`${paths.configMaps}/owned`)).code).toBe(404);
  });
});

describe('a finalizer', () => {
  it('keeps a deleted object until it is taken off', async () => {
    await cluster.send('POST', paths.configMaps, configMap('kept', {}, { finalizers: ['example.com/wait'] }));
    const { body } = await cluster.send('DELETE', `${paths.configMaps}/kept`);
    expect(body.metadata.deletionTimestamp).toBeTruthy();
    cluster.clock.advance(10_000);
    expect((await cluster.get(`${paths.configMaps}/kept`)).code).toBe(200);
    await cluster.patch(`${paths.configMaps}/kept`, 'merge', { metadata: { finalizers: null } });
    expect((await cluster.get(`${paths.configMaps}/kept`)).code).toBe(404);
  });
});
