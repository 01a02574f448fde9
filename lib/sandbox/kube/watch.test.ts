import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configMap, paths, TestCluster, type WatchEvent } from './test-cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.start({ watchHistoryMs: 60_000 });
});
afterEach(() => cluster.stop());

const shown = (events: readonly WatchEvent[]) => events.map(({ type, object }) => `${type} ${object.metadata.name}`);
const revision = () => cluster.cluster.store.revision;
const collection = (query: string) => `${paths.configMaps}?watch=true&${query}`;

describe('a watch', () => {
  it('starts with the present objects when it names no resourceVersion', async () => {
    const watch = await cluster.watch(collection(''));
    const events = await watch.until((seen) => seen.length >= 1);
    expect(shown(events)).toEqual(['ADDED kube-root-ca.crt']);
    watch.close();
  });

  it('replays what happened since its resourceVersion, then follows, in order and nothing twice', async () => {
    const from = revision();
    const { body } = await cluster.send('POST', paths.configMaps, configMap('a'));
    const watch = await cluster.watch(collection(`resourceVersion=${from}`));
    await cluster.send('PUT', `${paths.configMaps}/a`, { ...body, data: {} });
    await cluster.send('DELETE', `${paths.configMaps}/a`);
    const events = await watch.until((seen) => seen.length >= 3);
    expect(shown(events)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    const revisions = events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    watch.close();
  });

  it('shows objects enter and leave its selection', async () => {
    const watch = await cluster.watch(collection(`resourceVersion=${revision()}&labelSelector=team%3Dblue`));
    await cluster.send('POST', paths.configMaps, configMap('a'));
    const label = (team: string | null) =>
      cluster.patch(`${paths.configMaps}/a`, 'merge', { metadata: { labels: { team } } });
    await label('blue');
    await cluster.patch(`${paths.configMaps}/a`, 'merge', { data: { key: 'other' } });
    const { body: left } = await label(null);
    const events = await watch.until((seen) => seen.length >= 3);
    expect(shown(events)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(events[2]?.object.metadata.resourceVersion).toBe(left.metadata.resourceVersion);
    watch.close();
  });

  it('says 410 Expired in its stream when its resourceVersion is older than the history', async () => {
    const from = revision();
    await cluster.send('POST', paths.configMaps, configMap('forgotten'));
    cluster.clock.advance(61_000);
    const watch = await cluster.watch(collection(`resourceVersion=${from}`));
    await watch.ended;
    expect(watch.events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]);
  });

  it('still starts at the newest revision after a long quiet time', async () => {
    cluster.clock.advance(600_000);
    const watch = await cluster.watch(collection(`resourceVersion=${revision()}`));
    await cluster.send('POST', paths.configMaps, configMap('late'));
    expect(shown(await watch.until((seen) => seen.length > 0))).toEqual(['ADDED late']);
    watch.close();
  });

  it('sends bookmarks with the latest resourceVersion when asked for', async () => {
    const watch = await cluster.watch(collection(`resourceVersion=${revision()}&allowWatchBookmarks=true`));
    // A change of another kind moves the revision without an event here.
    await cluster.send('POST', paths.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'other' },
      spec: { ports: [{ port: 80 }] },
    });
    const now = revision();
    cluster.clock.advance(60_000);
    const events = await watch.until((seen) => seen.some(({ type }) => type === 'BOOKMARK'));
    const bookmark = events.find(({ type }) => type === 'BOOKMARK');
    expect(bookmark?.object.kind).toBe('ConfigMap');
    expect(Number(bookmark?.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(now);
    watch.close();
  });

  it('ends after timeoutSeconds and leaves nothing behind', async () => {
    const watch = await cluster.watch(collection(`resourceVersion=${revision()}&timeoutSeconds=5`));
    cluster.clock.advance(5000);
    await watch.ended;
    expect(watch.events).toEqual([]);
  });

  it('gives Table rows, with the columns on the first event only', async () => {
    const watch = await cluster.watch(collection(`resourceVersion=${revision()}`), {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    await cluster.send('POST', paths.configMaps, configMap('a'));
    await cluster.send('POST', paths.configMaps, configMap('b'));
    const events = await watch.until((seen) => seen.length >= 2);
    expect(events.map(({ object }) => object['columnDefinitions'].length)).toEqual([3, 0]);
    expect(events.map(({ object }) => object['rows'][0].cells[0])).toEqual(['a', 'b']);
    watch.close();
  });

  it('refuses what the server has not: sendInitialEvents, a malformed resourceVersion', async () => {
    expect((await cluster.get(collection('sendInitialEvents=true'))).code).toBe(422);
    expect((await cluster.get(collection('resourceVersion=latest'))).code).toBe(400);
  });
});

describe('a list', () => {
  it('answers 410 to a continue token whose revision is forgotten', async () => {
    const { body } = await cluster.get('/api/v1/pods?limit=2');
    await cluster.send('POST', paths.configMaps, configMap('a'));
    cluster.clock.advance(61_000);
    const late = await cluster.get(`/api/v1/pods?limit=2&continue=${body.metadata.continue}`);
    expect(late.code).toBe(410);
    expect(late.body.reason).toBe('Expired');
  });

  it('answers 504 to a resourceVersion that it has not reached', async () => {
    const { code, body } = await cluster.get(`${paths.configMaps}?resourceVersion=${revision() + 1000}`);
    expect(code).toBe(504);
    expect(body.details.causes[0].reason).toBe('ResourceVersionTooLarge');
  });
});
