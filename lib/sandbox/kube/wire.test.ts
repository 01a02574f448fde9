import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configMap, deployment, paths, startMs, TestCluster, TestLogs, virtualService } from './test-cluster.ts';

let cluster: TestCluster;
const logs = new TestLogs();

beforeAll(async () => {
  cluster = await TestCluster.start({ logs });
});
afterAll(() => cluster.stop());

describe('writes', () => {
  it('refuse an update of an older version with 409 and change nothing', async () => {
    const { body: first } = await cluster.send('POST', paths.configMaps, configMap('older'));
    await cluster.send('PUT', `${paths.configMaps}/older`, { ...first, data: { key: 'theirs' } });
    const late = await cluster.send('PUT', `${paths.configMaps}/older`, { ...first, data: { key: 'mine' } });
    expect(late.code).toBe(409);
    expect(late.body).toMatchObject({
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "older": the object has been modified; please apply your changes to the latest version and try again',
    });
    expect((await cluster.get(`${paths.configMaps}/older`)).body.data).toEqual({ key: 'theirs' });
  });

  it('refuse an update and a delete of an object that was deleted and made again', async () => {
    const { body: first } = await cluster.send('POST', paths.configMaps, configMap('again'));
    await cluster.send('DELETE', `${paths.configMaps}/again`);
    await cluster.send('POST', paths.configMaps, configMap('again'));
    const { resourceVersion: _old, ...metadata } = first.metadata;
    expect((await cluster.send('PUT', `${paths.configMaps}/again`, { ...first, metadata })).code).toBe(409);
    const preconditions = { uid: first.metadata.uid };
    const refused = await cluster.send('DELETE', `${paths.configMaps}/again`, { preconditions });
    expect(refused.code).toBe(409);
    expect(refused.body.message).toContain('does not match the UID in record');
  });

  it('ask for a resourceVersion when a custom resource is replaced', async () => {
    const { body } = await cluster.send('POST', paths.virtualServices, virtualService('blind'));
    const { resourceVersion: _version, ...metadata } = body.metadata;
    const refused = await cluster.send('PUT', `${paths.virtualServices}/blind`, { ...body, metadata });
    expect(refused.code).toBe(422);
    expect(refused.body.message).toContain(
      'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });

  it('store nothing on a dry run, whatever the verb', async () => {
    const before = cluster.cluster.store.revision;
    const { body: stored } = await cluster.get(`${paths.virtualServices}/reviews`);
    const edited = { ...stored, spec: { ...stored.spec, http: [...stored.spec.http, ...stored.spec.http] } };
    const answers = [
      await cluster.send('POST', `${paths.configMaps}?dryRun=All`, configMap('dry')),
      await cluster.send('PUT', `${paths.virtualServices}/reviews?dryRun=All`, edited),
      await cluster.patch(`${paths.virtualServices}/reviews?dryRun=All`, 'merge', { metadata: { labels: { a: 'b' } } }),
      await cluster.send('DELETE', `${paths.virtualServices}/reviews?dryRun=All`),
    ];
    expect(answers.map(({ code }) => code)).toEqual([201, 200, 200, 200]);
    expect((await cluster.get(`${paths.configMaps}/dry`)).code).toBe(404);
    expect(cluster.cluster.store.revision).toBe(before);
  });

  it('keep generation for labels, raise it for the spec, and ignore a status sent with it', async () => {
    const { body: made } = await cluster.send('POST', paths.deployments, deployment('generation', { replicas: 0 }));
    cluster.clock.advance(1000);
    const labelled = await cluster.patch(`${paths.deployments}/generation`, 'merge', {
      metadata: { labels: { a: 'b' } },
    });
    expect(labelled.body.metadata.generation).toBe(made.metadata.generation);
    const scaled = await cluster.patch(`${paths.deployments}/generation`, 'merge', {
      spec: { replicas: 1 },
      status: { readyReplicas: 99 },
    });
    expect(scaled.body.metadata.generation).toBe(made.metadata.generation + 1);
    expect(scaled.body.status.readyReplicas).toBeUndefined();
  });

  it('write the status alone through the status subresource', async () => {
    const { body: made } = await cluster.send('POST', paths.virtualServices, virtualService('status'));
    const sent = { ...made, spec: { hosts: ['changed'] }, status: { observedGeneration: 1 } };
    const { body } = await cluster.send('PUT', `${paths.virtualServices}/status/status`, sent);
    expect(body.spec).toEqual(made.spec);
    expect(body.status).toEqual({ observedGeneration: 1 });
    expect(body.metadata.generation).toBe(1);
  });

  it('make a name of generateName', async () => {
    const { body } = await cluster.send(
      'POST',
      paths.configMaps,
      configMap('', {}, { name: undefined, generateName: 'made-' }),
    );
    expect(body.metadata.name).toMatch(/^made-.{5}$/);
  });

  it('refuse a namespace that is not there, and one that is going', async () => {
    const missing = await cluster.send('POST', '/api/v1/namespaces/nowhere/configmaps', configMap('x'));
    expect(missing.code).toBe(404);
    expect(missing.body.message).toBe('namespaces "nowhere" not found');
    await cluster.send('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'going' },
    });
    await cluster.send('DELETE', '/api/v1/namespaces/going');
    const late = await cluster.send('POST', '/api/v1/namespaces/going/configmaps', configMap('x'));
    expect(late.code).toBe(403);
    expect(late.body.details.causes[0].reason).toBe('NamespaceTerminating');
    cluster.clock.advance(1000);
    expect((await cluster.get('/api/v1/namespaces/going')).code).toBe(404);
  });

  it('answer bodies that are no object of the kind with 4xx, and a body over 3 MiB with 413', async () => {
    expect((await cluster.send('POST', paths.configMaps, '{"a":')).code).toBe(400);
    expect((await cluster.send('POST', paths.configMaps, '[]')).code).toBe(400);
    expect((await cluster.send('POST', paths.configMaps, deployment('x'))).code).toBe(400);
    expect(
      (await cluster.send('POST', paths.configMaps, 'a=b', { contentType: 'application/x-www-form-urlencoded' })).code,
    ).toBe(415);
    expect((await cluster.send('POST', paths.configMaps, configMap('big', { key: 'x'.repeat(4_000_000) }))).code).toBe(
      413,
    );
  });
});

describe('reads', () => {
  it('select by labels: equality, sets, existence', async () => {
    const names = async (selector: string) => {
      const { body } = await cluster.get(`${paths.deployments}?labelSelector=${encodeURIComponent(selector)}`);
      return body.items.map((item: { metadata: { name: string } }) => item.metadata.name);
    };
    expect(await names('app=reviews')).toEqual(['reviews-v1']);
    expect(await names('app in (reviews, ratings),version')).toEqual(['ratings-v1', 'reviews-v1']);
    expect(await names('app.kubernetes.io/name=bookinfo,app notin (reviews,ratings)')).toEqual([
      'details-v1',
      'productpage-v1',
    ]);
    expect(await names('!app.kubernetes.io/name,app!=mongodb')).not.toContain('reviews-v1');
    expect((await cluster.get(`${paths.deployments}?labelSelector=${encodeURIComponent('a=b=c')}`)).code).toBe(400);
  });

  it('select by fields, and refuse a field the kind does not index', async () => {
    const { body } = await cluster.get(
      `/api/v1/pods?fieldSelector=${encodeURIComponent('status.phase=Running,metadata.namespace=httpbin')}`,
    );
    expect(body.items).toHaveLength(3);
    const refused = await cluster.get(`/api/v1/pods?fieldSelector=${encodeURIComponent('spec.color=red')}`);
    expect(refused.code).toBe(400);
    expect(refused.body.message).toContain('field label not supported: spec.color');
  });

  it('page a list without loss or repetition', async () => {
    const all = (await cluster.get('/api/v1/pods')).body.items.map(
      (pod: { metadata: { uid: string } }) => pod.metadata.uid,
    );
    const paged: string[] = [];
    let next = '';
    do {
      const { body } = await cluster.get(`/api/v1/pods?limit=3${next && `&continue=${next}`}`);
      paged.push(...body.items.map((pod: { metadata: { uid: string } }) => pod.metadata.uid));
      next = body.metadata.continue ?? '';
    } while (next);
    expect(paged).toEqual(all);
  });

  it('print a Table with the columns kubectl shows', async () => {
    const { body } = await cluster.get(paths.deployments, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
    });
    expect(body.kind).toBe('Table');
    expect(body.columnDefinitions.map(({ name }: { name: string }) => name).slice(0, 5)).toEqual([
      'Name',
      'Ready',
      'Up-to-date',
      'Available',
      'Age',
    ]);
    const row = body.rows.find((candidate: { cells: string[] }) => candidate.cells[0] === 'reviews-v1');
    expect(row.cells.slice(1, 5)).toEqual(['1/1', 1, 1, '3h']);
  });

  it('show a container’s log: tail, since, timestamps, bytes', async () => {
    const { body } = await cluster.get(`${paths.pods}?labelSelector=app%3Dreviews`);
    const log = `${paths.pods}/${body.items[0].metadata.name}/log?container=reviews`;
    for (const second of [50, 30, 10]) logs.add(startMs - second * 1000, `line ${second}`);
    expect((await cluster.get(log)).text).toBe('line 50\nline 30\nline 10\n');
    expect((await cluster.get(`${log}&tailLines=1`)).text).toBe('line 10\n');
    expect((await cluster.get(`${log}&sinceSeconds=40&timestamps=true&tailLines=1`)).text).toMatch(
      /^2026-11-23T08:59:50\.\d+Z line 10\n$/,
    );
    expect((await cluster.get(`${log}&limitBytes=6`)).text).toBe('line 5');
    const unnamed = await cluster.get(log.replace('?container=reviews', ''));
    expect(unnamed.code).toBe(400);
    expect(unnamed.body.message).toMatch(
      /^a container name must be specified for pod .*, choose one of: \[reviews istio-proxy\]$/,
    );
  });

  it('stop following a log when the client leaves', async () => {
    const { body } = await cluster.get(`${paths.pods}?labelSelector=app%3Dreviews`);
    const before = logs.followers;
    const follow = await cluster.watch(
      `${paths.pods}/${body.items[0].metadata.name}/log?container=reviews&follow=true&tailLines=0`,
    );
    await expect.poll(() => logs.followers).toBe(before + 1);
    follow.close();
    await expect.poll(() => logs.followers).toBe(before);
  });
});

describe('what the sandbox does not model', () => {
  it.each(['exec', 'attach', 'portforward', 'proxy'])('answers 501 and says so: pods/%s', async (subresource) => {
    const { body } = await cluster.get(`${paths.pods}?labelSelector=app%3Dreviews`);
    const { code, body: status } = await cluster.send(
      'POST',
      `${paths.pods}/${body.items[0].metadata.name}/${subresource}`,
    );
    expect(code).toBe(501);
    expect(status.message).toBe(`the sandbox does not model pods/${subresource}`);
  });

  it('answers 404 to a path that leads nowhere', async () => {
    for (const path of ['/apis/batch/v1/jobs', '/api/v1/namespaces/demo-project/nothing', '/api/v2', '/nowhere']) {
      expect((await cluster.get(path)).code, path).toBe(404);
    }
  });
});
