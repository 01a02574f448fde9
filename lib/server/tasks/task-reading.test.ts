import type { ConfigMap, KubeObject, Service, VirtualService } from '@/lib/domain/kubernetes';
import { selects } from '@/lib/domain/selectors';
import type { Access } from '@/lib/server/cluster/cluster';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import { log } from '@/lib/server/log';
import { parseAllDocuments } from 'yaml';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TaskContext } from './context';
import { changeTask } from './change-task';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { getTask } from './get-task';
import { listTasks, type TaskQuery } from './list-tasks';
import { pauseTask } from './pause-task';
import { planTask, planVerbOnTask } from './plan-task';
import { toPortableYaml } from '@/lib/domain/manifest-yaml';
import { intercepting } from './testing/count-calls';
import { scenarios } from './testing/scenarios';
import { World } from './testing/world';
import { listActivity, listTaskActivity } from './view/task-activity';
import { streamTaskLogs, type LogRequest } from './view/task-logs';
import { manifestsFile } from './view/manifests-file';
import { listManifests } from './view/task-manifests';
import { readTaskInput } from './view/task-input';
import { listTaskPods } from './view/task-pods';
import { listTaskRequests } from './view/task-requests';
import { listVerification } from './view/task-verification';
import { toTask } from './view/to-task';

const reviews = scenarios[0]!.input;
const ratings = scenarios[2]!.input;
const httpbin = scenarios[5]!.input;

let world: World;
let admin: TaskContext;
let regular: TaskContext;
let viewer: TaskContext;
beforeAll(async () => {
  world = await World.start();
  admin = world.console();
  regular = world.console('project-regular');
  viewer = world.console('viewer');
  await createTask(regular, reviews);
  await world.untilState(admin, reviews.namespace, reviews.name, 'Mirroring');
  await createTask(admin, { ...ratings, percentage: 20, description: 'Stars in colour' });
  await world.untilState(admin, ratings.namespace, ratings.name, 'Mirroring');
  await createTask(admin, httpbin);
  await world.untilState(admin, httpbin.namespace, httpbin.name, 'Mirroring');
  await pauseTask(admin, ratings);
  await world.untilState(admin, ratings.namespace, ratings.name, 'Paused');
});
afterAll(() => world.stop());

const everything: TaskQuery = { namespace: null, states: [], q: '', sort: 'name', limit: 50, continue: null };
const names = async (context: TaskContext, query: Partial<TaskQuery> = {}) => {
  const { items } = await listTasks(context, { ...everything, ...query });
  return items.map(({ record }) => record.spec.name);
};

describe('the list', () => {
  test('holds the tasks of every namespace that the user may see, and no other', async () => {
    expect(await names(admin)).toEqual(['httpbin-v2', 'reviews-v2', 'try-ratings']);
    expect(await names(viewer)).toEqual(['reviews-v2', 'try-ratings']);
    expect(await names(admin, { namespace: 'httpbin' })).toEqual(['httpbin-v2']);
    await expect(names(viewer, { namespace: 'httpbin' })).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('goes on without a record that cannot be read, and the log says so once per version of it', async () => {
    const warned = vi.spyOn(log, 'warn').mockImplementation(() => {});
    const map = (text: string): ConfigMap => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'mirror-console.broken',
        namespace: 'httpbin',
        labels: { 'app.kubernetes.io/managed-by': 'mirror-console', 'mirror-console.io/task': 'broken' },
      },
      data: { record: text },
    });
    try {
      world.owner.create(map('{'));
      await world.until('it was seen', async () => {
        await names(admin);
        return warned.mock.calls.length > 0;
      });
      for (let look = 0; look < 5; look++) expect(await names(admin)).toHaveLength(3);
      expect(warned).toHaveBeenCalledTimes(1);
      world.owner.edit<ConfigMap>('ConfigMap', 'httpbin', 'mirror-console.broken', (object) => {
        object.data = { record: '[]' };
      });
      await world.until('its next version was seen', async () => {
        await names(admin);
        return warned.mock.calls.length > 1;
      });
      expect(warned).toHaveBeenLastCalledWith(
        { namespace: 'httpbin', name: 'mirror-console.broken', problem: 'record_unreadable' },
        'unreadable record',
      );
    } finally {
      world.owner.delete('ConfigMap', 'httpbin', 'mirror-console.broken');
      warned.mockRestore();
    }
  });

  test('filters by state and by text, and counts all states whatever the filter', async () => {
    expect(await names(admin, { states: ['Paused'] })).toEqual(['try-ratings']);
    expect(await names(admin, { states: ['attention'] })).toEqual([]);
    expect(await names(admin, { q: 'STARS' })).toEqual(['try-ratings']);
    expect(await names(admin, { q: 'project-regular' })).toEqual(['reviews-v2']);
    const { counts } = await listTasks(admin, { ...everything, states: ['Paused'] });
    expect(counts).toMatchObject({ Paused: 1, Mirroring: 2, Incomplete: 0 });
  });

  test.each(['attention', 'name', 'created', 'state', 'percentage'] as const)(
    'sorted by %s comes in pages without repeats or holes',
    async (sort) => {
      const whole = await names(admin, { sort });
      const paged: string[] = [];
      let next: string | null = null;
      do {
        const page = await listTasks(admin, { ...everything, sort, limit: 1, continue: next });
        paged.push(...page.items.map(({ record }) => record.spec.name));
        next = page.continue;
      } while (next !== null);
      expect(paged).toEqual(whole);
      expect(whole).toHaveLength(3);
    },
  );

  test('refuses a page mark that it did not give, and one of another order', async () => {
    const { continue: mark } = await listTasks(admin, { ...everything, sort: 'created', limit: 1 });
    for (const wrong of ['x', 'W10', Buffer.from('{}').toString('base64url')]) {
      await expect(names(admin, { continue: wrong })).rejects.toMatchObject({ code: 'invalid_input' });
    }
    await expect(names(admin, { sort: 'name', continue: mark })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('a task', () => {
  test('says who made it, what stands, and what may be done', async () => {
    const task = toTask(await getTask(regular, reviews), 'en');
    expect(task).toMatchObject({
      service: 'reviews',
      ports: [9080],
      createdBy: 'project-regular',
      placement: 'subset',
      primary: [{ workload: 'reviews-v1', version: 'v1', replicas: { ready: 1, desired: 1 } }],
      targets: [
        { workload: 'reviews-v2', version: 'v2', percentage: 100, created: true, replicas: { ready: 1, desired: 1 } },
      ],
      operation: null,
    });
    const allowed = task.actions.filter((action) => action.allowed).map(({ verb }) => verb);
    expect(allowed).toEqual(['change', 'pause', 'finish', 'delete']);
  });

  test('of another namespace does not exist for who may not look there', async () => {
    await expect(getTask(viewer, httpbin)).rejects.toMatchObject({ code: 'not_found' });
    await expect(getTask(admin, { namespace: 'demo-project', name: 'nothing' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('pauses once', async () => {
    await expect(pauseTask(admin, ratings)).rejects.toMatchObject({ code: 'not_possible', params: { verb: 'pause' } });
  });
});

describe('a viewer', () => {
  test('sees why nothing may be done', async () => {
    const { actions } = await getTask(viewer, reviews);
    expect(actions.filter(({ allowed }) => allowed)).toEqual([]);
    const pause = actions.find(({ verb }) => verb === 'pause');
    expect(pause?.reason).toEqual({
      code: 'missing_permission',
      params: { verb: 'update', resource: 'configmaps', namespace: 'demo-project' },
    });
  });

  test('is refused every verb, and nothing is written', async () => {
    const before = world.sandbox.store.revision;
    // In the console's own words, before it asks the server: half of a verb may be allowed.
    const refusal = { code: 'forbidden', params: { reason: 'update configmaps (demo-project)' } };
    await expect(pauseTask(viewer, reviews)).rejects.toMatchObject(refusal);
    await expect(changeTask(viewer, reviews, { percentage: 1 })).rejects.toMatchObject(refusal);
    await expect(deleteTask(viewer, reviews)).rejects.toMatchObject(refusal);
    const input = { ...reviews, name: 'other', target: { ...reviews.target, version: 'v3' } } as typeof reviews;
    await expect(createTask(viewer, input)).rejects.toMatchObject({ code: 'plan_infeasible' });
    const { checks } = await planTask(viewer, input);
    expect(checks.find(({ code }) => code === 'permissions')?.severity).toBe('fail');
    expect(checks.find(({ code }) => code === 'server_dry_run')?.severity).not.toBe('fail');
    expect(world.sandbox.store.revision).toBe(before);
  });
});

describe('what a verb would do', () => {
  test('is shown from today’s objects by the server’s dry run', async () => {
    const before = world.sandbox.store.revision;
    const plan = await planVerbOnTask(admin, reviews, { verb: 'delete' });
    expect(plan.changes.map(({ ref, after }) => `${after === null ? 'delete' : 'update'} ${ref.kind}`)).toEqual([
      'update VirtualService',
      'delete Deployment',
      'update DestinationRule',
      'delete AuthorizationPolicy',
      'delete ConfigMap',
    ]);
    const changed = await planVerbOnTask(admin, reviews, { verb: 'change', shares: 5 });
    expect(JSON.stringify(changed.changes[0]?.after)).toContain('"mirrorPercentage":{"value":5}');
    expect(world.sandbox.store.revision).toBe(before);
  });
});

describe('the pages of a task', () => {
  test('list the pods of both sides as kubectl prints them', async () => {
    const pods = await listTaskPods(viewer, reviews.namespace, reviews.name);
    expect(pods.map(({ side, workload, ready, status }) => ({ side, workload, ready, status }))).toEqual([
      { side: 'primary', workload: 'reviews-v1', ready: true, status: 'Running' },
      { side: 'mirror', workload: 'reviews-v2', ready: true, status: 'Running' },
    ]);
  });

  test('show each object with and without the task', async () => {
    const items = await listManifests(viewer, reviews.namespace, reviews.name);
    const shared = items.find(({ kind }) => kind === 'VirtualService');
    expect(shared).toMatchObject({ relation: 'edited', name: 'reviews' });
    expect(shared?.now).toContain('mirrorPercentage');
    expect(shared?.before).not.toContain('mirror');
    expect(items.find(({ kind }) => kind === 'Deployment')).toMatchObject({ relation: 'created', before: null });
    expect(items.map(({ now }) => now).join('')).not.toMatch(/managedFields|resourceVersion|last-applied/);
  });

  test('say who did what, newest first', async () => {
    const entries = await listTaskActivity(admin, ratings.namespace, ratings.name);
    expect(entries.map(({ verb, outcome, by }) => `${by} ${verb} ${outcome}`)).toEqual([
      'admin pause done',
      'admin pause started',
      'admin create done',
      'admin create started',
    ]);
    expect(new Set((await listActivity(viewer, null)).map(({ task }) => task))).toEqual(
      new Set(['reviews-v2', 'try-ratings']),
    );
    expect(await listActivity(viewer, 'httpbin')).toEqual([]);
  });
});

describe('requests of both sides', () => {
  const read = (
    context: TaskContext,
    { namespace, name }: { namespace: string; name: string },
    request: { q?: string; differing?: boolean; limit?: number } = {},
  ) => {
    const { signal } = new AbortController();
    return listTaskRequests(context, namespace, name, { q: '', differing: false, limit: 100, signal, ...request });
  };

  test('are joined by their id, the latest first, each with the answers of both versions', async () => {
    await world.pass(20_000);
    const { items, reason } = await read(regular, reviews);
    expect(reason).toBeNull();
    expect(items.length).toBeGreaterThan(20);
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    expect(items.map(({ at }) => at)).toEqual(
      items
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
    for (const { primary, mirror } of items) {
      expect(primary.pod).toMatch(/^reviews-v1-/);
      expect(mirror.pod).toMatch(/^reviews-v2-/);
    }
    const [{ id }] = items as [(typeof items)[number]];
    expect((await read(regular, reviews, { q: id.toUpperCase() })).items.map((item) => item.id)).toEqual([id]);
    expect(await read(regular, reviews, { q: 'no such request' })).toMatchObject({ items: [], reason: null });
    expect((await read(regular, reviews, { limit: 3 })).items).toHaveLength(3);
    const { items: differing } = await read(regular, reviews, { differing: true, limit: 1_000 });
    const { items: all } = await read(regular, reviews, { limit: 1_000 });
    expect(differing).toEqual(all.filter(({ primary, mirror }) => primary.code !== mirror.code));
  });

  const noRequests = () => new Response('2026-03-06T10:00:00Z\tinfo\tEnvoy proxy is ready\n').body;

  test('say why there are none: logs without a line of a request', async () => {
    const silent = world.console('project-regular', (cluster) =>
      intercepting(cluster, {
        podLogs: () => Promise.resolve(noRequests()),
      }),
    );
    expect(await read(silent, reviews)).toMatchObject({
      items: [],
      reason: { code: 'requests_no_access_log', params: { workload: 'reviews-v1', lines: 1000 } },
    });
    const silentMirror = world.console('project-regular', (cluster) =>
      intercepting(cluster, {
        podLogs: (proceed, [, pod]) => (String(pod).includes('-v2-') ? Promise.resolve(noRequests()) : proceed()),
      }),
    );
    expect(await read(silentMirror, reviews)).toMatchObject({
      items: [],
      reason: { code: 'requests_one_side', params: { workload: 'reviews-v2', lines: 1000 } },
    });
  });

  test('are not told as missing while the API server does not answer; nor are logs opened then', async () => {
    const away = world.console('project-regular', (cluster) =>
      intercepting(cluster, { podLogs: () => Promise.reject(new ClusterError('unreachable', 'planted')) }),
    );
    await expect(read(away, reviews)).rejects.toMatchObject({ code: 'unreachable' });
    const { signal } = new AbortController();
    const request: LogRequest = { side: 'primary', tail: 10, follow: true, cutMark: '', signal };
    const opening = streamTaskLogs(away, reviews.namespace, reviews.name, request);
    await expect(opening).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('are for who may read the logs of pods', async () => {
    await expect(read(viewer, httpbin)).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('logs', () => {
  const read = async (
    context: TaskContext,
    task: { namespace: string; name: string },
    request: Partial<LogRequest>,
  ) => {
    const abort = new AbortController();
    const asked: LogRequest = {
      side: 'mirror',
      tail: 20,
      follow: false,
      cutMark: '[cut]',
      signal: abort.signal,
      ...request,
    };
    const stream = await streamTaskLogs(context, task.namespace, task.name, asked);
    return new Response(stream).text();
  };

  test('of either side are the application’s, as many lines as wanted, filtered by text', async () => {
    const mirror = (await read(viewer, reviews, {})).trim().split('\n');
    expect(mirror).toHaveLength(20);
    expect(mirror.every((line) => line.includes('/reviews/0'))).toBe(true);
    expect(await read(viewer, reviews, { q: 'no such text' })).toBe('');
    expect((await read(viewer, reviews, { side: 'primary', tail: 3 })).trim().split('\n')).toHaveLength(3);
  });

  test('of a pod or container that is not of that side are not given', async () => {
    const [primary] = await listTaskPods(admin, reviews.namespace, reviews.name);
    await expect(read(admin, reviews, { pod: primary!.name })).rejects.toMatchObject({ code: 'not_found' });
    await expect(read(admin, reviews, { container: 'nothing' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(read(viewer, httpbin, {})).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('that have no end are cut, and say so', async () => {
    const endless = new Proxy(admin.cluster, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (property !== 'podLogs') return typeof member === 'function' ? member.bind(target) : member;
        return async () => new Blob(['x'.repeat(1_000_000), '\nnext\n']).stream();
      },
    });
    const context = { ...admin, cluster: endless };
    expect(await read(context, reviews, {})).toBe(`${'x'.repeat(64 * 1024)} [cut]\nnext\n`);
  });

  test('that are followed go on with new lines until the reader leaves', async () => {
    const abort = new AbortController();
    const stream = await streamTaskLogs(admin, reviews.namespace, reviews.name, {
      side: 'mirror',
      tail: 0,
      follow: true,
      cutMark: '[cut]',
      signal: abort.signal,
    });
    const reader = stream.getReader();
    let line = '';
    const readOn = async () => {
      // The first chunk is empty: it only opens the answer.
      while (line === '') line = new TextDecoder().decode((await reader.read()).value);
    };
    void readOn();
    await world.until('a line came', () => line !== '');
    expect(line).toContain('/reviews/0');
    abort.abort();
    let isOver = false;
    while (!isOver) isOver = (await reader.read()).done;
  });
});

describe('coverage', () => {
  test('is asked for with the ports of the service that are not copied, as they are now', async () => {
    const asked: (readonly number[] | null)[] = [];
    const noting = (context: TaskContext): TaskContext => ({
      ...context,
      coverageOf: (spec, since, expected) => {
        asked.push(expected.otherPorts);
        return context.coverageOf(spec, since, expected);
      },
    });
    await getTask(noting(admin), reviews);
    world.owner.edit<Service>('Service', reviews.namespace, 'reviews', ({ spec }) => {
      spec.ports = [...(spec.ports ?? []), { name: 'http-admin', port: 9090 }, { name: 'tcp-raw', port: 9091 }];
    });
    await world.until('the console sees the port', async () => {
      await getTask(noting(viewer), reviews);
      return asked.at(-1)?.length === 1;
    });
    expect([asked[0], asked.at(-1)]).toEqual([[], [9090]]);
  });

  test('is asked for with the routes as they are now: one that the owner adds has no copies', async () => {
    const asked: (boolean | undefined)[] = [];
    const context: TaskContext = {
      ...admin,
      coverageOf: (spec, since, expected) => {
        asked.push(spec.copiesEveryRequest);
        return admin.coverageOf(spec, since, expected);
      },
    };
    await getTask(context, reviews);
    world.owner.edit<VirtualService>('VirtualService', reviews.namespace, 'reviews', ({ spec }) => {
      const route = [{ destination: { host: 'reviews', subset: 'v1' } }];
      spec.http = [{ name: 'beta', match: [{ uri: { prefix: '/beta' } }], route }, ...(spec.http ?? [])];
    });
    await world.until('the console sees the route', async () => {
      await getTask(context, reviews);
      return asked.at(-1) === false;
    });
    expect(asked[0]).toBe(true);
  });

  test.each([
    ['lost', 'Degraded'],
    ['surplus', 'Mirroring'],
    [null, 'Mirroring'],
  ] as const)('with the finding %s makes a task %s', async (finding, state) => {
    const half = { value: 0.5, low: 0.4, high: 0.6, arrivedPerSecond: 1, expectedPerSecond: 2, reason: null };
    const { derived } = await getTask(
      { ...world.console('admin'), coverageOf: async () => ({ ...half, finding }) },
      reviews,
    );
    expect(derived.state).toBe(state);
    if (finding === 'lost') expect(derived.reason).toEqual({ code: 'copies_lost', params: { percent: 50 } });
  });

  test('is not told to a user who may see the tasks and not list the pods', async () => {
    let asked = 0;
    const context = world.console('viewer', (cluster) =>
      intercepting(cluster, {
        review: async (proceed, [accesses]) => {
          const answers = (await proceed()) as boolean[];
          return answers.map((allowed, index) => allowed && (accesses as Access[])[index]?.resource !== 'pods');
        },
      }),
    );
    const { coverage, derived } = await getTask(
      {
        ...context,
        coverageOf: async () => {
          asked += 1;
          throw new Error('asked for');
        },
      },
      reviews,
    );
    expect(asked).toBe(0);
    expect(derived.state).toBe('Mirroring');
    expect(coverage).toEqual([
      {
        value: null,
        low: null,
        high: null,
        arrivedPerSecond: null,
        expectedPerSecond: null,
        finding: null,
        reason: { code: 'coverage_forbidden', params: { namespace: reviews.namespace } },
      },
    ]);
  });
});

describe('commands to verify a task by hand', () => {
  const read = (context: TaskContext, { namespace, name }: typeof reviews) =>
    listVerification(context, namespace, name, { prometheus: null, matcher: 'cluster="east"' });

  test('select each side’s pods and no other', async () => {
    for (const task of [reviews, ratings, httpbin]) {
      const { items } = await read(admin, task);
      const pods = await listTaskPods(admin, task.namespace, task.name);
      const all = world.sandbox.store.list('', 'Pod').filter(({ metadata }) => metadata.namespace === task.namespace);
      for (const [id, side] of [
        ['live_logs', 'primary'],
        ['mirror_requests', 'mirror'],
      ] as const) {
        const commands = items.filter((item) => item.id === id);
        const selected = commands.flatMap(({ command }) => {
          const selector = /-l '([^']+)'/.exec(command)?.[1] ?? '';
          const labels = Object.fromEntries(selector.split(',').map((pair) => pair.split('=')));
          return all
            .filter(({ metadata }) => selects(labels, metadata.labels ?? {}))
            .map(({ metadata }) => metadata.name);
        });
        const expected = pods.filter((pod) => pod.side === side).map(({ name }) => name);
        expect(expected.length).toBeGreaterThan(0);
        expect(selected.toSorted()).toEqual(expected.toSorted());
      }
    }
  });

  test('ask Prometheus for each side by the receiving workload, with the configured matcher', async () => {
    const { items } = await read(admin, reviews);
    const queries = items.filter(({ language }) => language === 'promql');
    expect(queries.map(({ id, command }) => [id, command])).toEqual([
      [
        'live_rate',
        'sum(rate(istio_requests_total{reporter="destination",destination_workload_namespace="demo-project",destination_workload="reviews-v1",cluster="east"}[60s]))',
      ],
      [
        'mirror_rate',
        'sum(rate(istio_requests_total{reporter="destination",destination_workload_namespace="demo-project",destination_workload="reviews-v2",cluster="east"}[60s]))',
      ],
    ]);
  });

  test('of a task that the user may not see there are none', async () => {
    await expect(read(viewer, httpbin)).rejects.toMatchObject({ code: 'not_found' });
    expect((await read(viewer, reviews)).unreadable).toEqual([]);
  });
});

describe('the objects of a task as a file', () => {
  const fileOf = (context: TaskContext, { namespace, name }: typeof reviews, locale: 'en' | 'zh' = 'en') =>
    manifestsFile(context, { namespace, name, locale });
  const documentsOf = (file: string, version: '1.1' | '1.2') => {
    const documents = parseAllDocuments(file, { version });
    return documents.flatMap((one) => {
      expect('errors' in one ? one.errors : []).toEqual([]);
      const object: unknown = 'toJS' in one ? one.toJS() : null;
      return object === null ? [] : [object as KubeObject];
    });
  };

  test('hold what stands, whole, whatever reads the YAML', async () => {
    for (const task of [reviews, ratings, httpbin]) {
      const file = await fileOf(admin, task);
      const objects = documentsOf(file, '1.2');
      expect(documentsOf(file, '1.1')).toEqual(objects);
      expect(objects.length).toBeGreaterThan(0);
      for (const { kind, metadata, ...rest } of objects) {
        const { spec } = world.owner.get<KubeObject & { spec: object }>(kind, task.namespace, metadata.name);
        const { clusterIP: _ip, clusterIPs: _ips, ...kept } = spec as Record<string, unknown>;
        expect(rest).toMatchObject({ spec: kept });
      }
      expect(file).not.toMatch(
        /managedFields|resourceVersion|uid:|^status:|ownerReferences|creationTimestamp|clusterIP/m,
      );
      // A route is applied after everything that it names.
      const kinds = objects.map(({ kind }) => kind);
      const route = kinds.indexOf('VirtualService');
      if (route === -1)
        expect(file).toContain('# VirtualService demo-project/ratings-mirror-try-ratings: it is not there now.');
      else expect(route).toBe(kinds.length - 1);
      const shown = await listManifests(admin, task.namespace, task.name);
      const standing = shown.filter(({ kind, now }) => now !== null && kind !== 'ConfigMap').map(({ kind }) => kind);
      expect(kinds.toSorted()).toEqual(standing.toSorted());
    }
  });

  test('can be made anew in a cluster that has none of them', async () => {
    const other = await World.start();
    try {
      for (const object of documentsOf(await fileOf(admin, reviews), '1.1')) {
        const isThere = object.kind === 'VirtualService' || object.kind === 'DestinationRule';
        if (isThere) other.owner.delete(object.kind, reviews.namespace, object.metadata.name);
        other.owner.create(object);
      }
      await other.until('the new version is ready', async () => {
        const [deployment] = await other
          .console()
          .cluster.list('Deployment', reviews.namespace)
          .then((all) => all.filter(({ metadata }) => metadata.name === 'reviews-v2'));
        return deployment?.status?.readyReplicas === 1;
      });
    } finally {
      await other.stop();
    }
  });

  test('quote what YAML 1.1 would take for something else', () => {
    const annotations = { answer: 'on', octal: '012', time: '22:22', number: '1_000' };
    const yaml = toPortableYaml({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', annotations } });
    for (const version of ['1.1', '1.2'] as const)
      expect(documentsOf(yaml, version)[0]?.metadata.annotations).toEqual(annotations);
  });

  test('name what the user may not read, and tell the reader’s language', async () => {
    const isClosed = ({ verb, resource }: Access) => verb === 'get' && resource === 'deployments';
    const blind = world.console('admin', (cluster) =>
      intercepting(cluster, {
        review: async (call, [accesses]) => {
          const answers = (await call()) as boolean[];
          return answers.map((answer, index) => answer && !isClosed((accesses as Access[])[index]!));
        },
      }),
    );
    const file = await fileOf(blind, reviews);
    expect(file).toContain('# VirtualService demo-project/reviews: somebody else’s');
    expect(file).toContain('# Deployment demo-project/reviews-v2: you may not read it.');
    expect(file).not.toContain('kind: Deployment');
    expect(await fileOf(admin, reviews, 'zh')).toContain('# Deployment demo-project/reviews-v2：由任务创建。');
    await expect(fileOf(viewer, httpbin)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the request for another task like one', () => {
  test('has what it was created with and was changed since, under a name that is free', async () => {
    const { name: _name, ...asked } = reviews;
    expect(await readTaskInput(viewer, reviews.namespace, reviews.name)).toEqual({
      ...asked,
      name: 'reviews-v2-2',
      ports: [9080],
      placement: 'subset',
      safety: { denyWrites: true, marker: false },
    });
    expect(await readTaskInput(admin, httpbin.namespace, httpbin.name)).toMatchObject({
      name: 'httpbin-v2-2',
      target: { kind: 'version', existing: 'httpbin-v2' },
    });
  });

  test('is one that can be planned', async () => {
    const input = await readTaskInput(admin, ratings.namespace, ratings.name);
    expect(input).toMatchObject({ percentage: 20, description: 'Stars in colour', placement: 'dedicated' });
    const { checks } = await planTask(admin, { ...input, target: { ...input.target, version: 'v3' } as never });
    const failed = checks.filter(({ severity }) => severity === 'fail').map(({ code }) => code);
    // Nothing but the task itself is in the way: a service has one at a time.
    expect(failed.toSorted()).toEqual(['duplicate_host', 'task_rival']);
  });

  test('is for who may see the task', async () => {
    await expect(readTaskInput(viewer, httpbin.namespace, httpbin.name)).rejects.toMatchObject({ code: 'not_found' });
    await expect(readTaskInput(admin, 'httpbin', 'no-such')).rejects.toMatchObject({ code: 'not_found' });
  });
});
