import type { TaskEvent } from '@/lib/contract/inventory';
import type { ConfigMap, Deployment } from '@/lib/domain/kubernetes';
import { toConfigMap } from '@/lib/domain/record';
import { testRecord } from '@/lib/server/metrics/testing/test-mesh';
import { afterEach, expect, it } from 'vitest';
import { startTestConsole, type TestConsole } from './console';

let console: TestConsole | undefined;
const readers: ReadableStreamDefaultReader[] = [];
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.cancel()));
  await console?.stop();
  console = undefined;
});

const namespace = 'demo-project';
const { spec } = testRecord();
const host = `reviews.${namespace}.svc.cluster.local`;
const record = testRecord({
  spec: {
    ...spec,
    namespace,
    name: 'watched',
    service: { ...spec.service, host },
    subsets: spec.subsets && { ...spec.subsets, destinationRule: { namespace, name: 'reviews' }, host },
    targets: [{ ...spec.targets[0], workload: 'ratings-v1', input: { kind: 'version', existing: 'ratings-v1' } }],
  },
});

/** Opens the stream as a browser does; `next` waits for the next event that fits. */
async function follow(running: TestConsole, query = '') {
  const response = await running.call(running.route('/api/events'), { query });
  expect(response.status).toBe(200);
  const reader = response.body!.getReader();
  readers.push(reader);
  const decoder = new TextDecoder();
  let rest = '';
  const seen: TaskEvent[] = [];
  return {
    seen,
    async next(fits: (event: TaskEvent) => boolean): Promise<TaskEvent> {
      for (;;) {
        const found = seen.findIndex(fits);
        if (found !== -1) return seen.splice(0, found + 1).at(-1)!;
        const { value, done } = await reader.read();
        if (done) throw new Error('the stream ended');
        rest += decoder.decode(value, { stream: true });
        const messages = rest.split('\n\n');
        rest = messages.pop() ?? '';
        for (const message of messages)
          if (message.startsWith('data: ')) seen.push(JSON.parse(message.slice('data: '.length)) as TaskEvent);
      }
    },
  };
}

const isTask = (type: TaskEvent['type']) => (event: TaskEvent) => event.type === type && event.name === 'watched';

it('tells of a task from its record to its end, of what it is made of, and of an API server that goes and comes', async () => {
  console = await startTestConsole();
  const { getCluster } = await import('@/lib/server/cluster/get-cluster');
  const cluster = getCluster();
  const stream = await follow(console);
  const narrow = await follow(console, '?namespace=httpbin');

  const created = (await cluster.create(toConfigMap(record))).object;
  expect(await stream.next(isTask('changed'))).toEqual({ type: 'changed', namespace, name: 'watched' });

  // The mirror's Deployment carries no label of ours: the spec names it.
  await cluster.list('Deployment', namespace);
  const deployment = (await cluster.get('Deployment', namespace, 'ratings-v1')) as Deployment;
  await cluster.update({ ...deployment, spec: { ...deployment.spec, replicas: 2 } });
  await stream.next(isTask('changed'));

  const current = (await cluster.get('ConfigMap', namespace, created.metadata.name)) as ConfigMap;
  await cluster.delete({ kind: 'ConfigMap', namespace, name: current.metadata.name, uid: current.metadata.uid ?? '' });
  expect(await stream.next(isTask('deleted'))).toEqual({ type: 'deleted', namespace, name: 'watched' });

  await console.sandbox.setApiOutage(true);
  await stream.next(({ type }) => type === 'environment');
  await console.sandbox.setApiOutage(false);
  await stream.next(({ type }) => type === 'environment');

  // The stream of another namespace heard of the API server only.
  await narrow.next(({ type }) => type === 'environment');
  expect(narrow.seen.filter(({ type }) => type !== 'environment')).toEqual([]);
});

it('tells nothing of a namespace that the user may not see', async () => {
  console = await startTestConsole({ user: 'project-regular' });
  const { getCluster } = await import('@/lib/server/cluster/get-cluster');
  const { getEventHub } = await import('@/lib/server/events/get-event-hub');
  const stream = await follow(console);
  const heard: TaskEvent[] = [];
  const unsubscribe = getEventHub().subscribe((event) => heard.push(event));
  await getCluster().create(toConfigMap(record));
  await stream.next(isTask('changed'));
  expect(heard.every((event) => event.namespace === undefined || event.namespace === namespace)).toBe(true);
  unsubscribe();
});
