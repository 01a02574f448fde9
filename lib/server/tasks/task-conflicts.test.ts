import { describe, expect, vi } from 'vitest';
import type { ConfigMap, Deployment, Service, VirtualService } from '@/lib/domain/kubernetes';
import type { TaskRecord } from '@/lib/domain/task';
import type { WriteOptions } from '@/lib/server/cluster/cluster';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import { adoptTask } from './adopt-task';
import { changeTask } from './change-task';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { listTasks } from './list-tasks';
import { pauseTask } from './pause-task';
import { planTask, planVerbOnTask } from './plan-task';
import { resumeTask } from './resume-task';
import { restoreTask } from './restore-task';
import { retryTask } from './retry-task';
import { rollbackTask } from './rollback-task';
import type { BasisInput } from './run-verb';
import { copiesDuring, expectClientsUntouched, ownersObjects, scenarios } from './testing/scenarios';
import { actingBefore, dyingAt, intercepting } from './testing/count-calls';
import { console, test, world } from './testing/in-world';
import { newVersion, settleMs } from './testing/world';

const scenario = scenarios[0]!;
const { namespace, name } = scenario.input;
const task = { namespace, name };
const brokenInput = newVersion({ namespace, name, service: 'reviews' }, [
  { name: 'reviews', image: 'nowhere/reviews:9' },
]);

const running = async () => {
  await createTask(console, scenario.input);
  return world.untilState(console, namespace, name, 'Mirroring');
};
/** A creation whose console dies before its nth write. */
const leftBefore = async (nth: number) => {
  await createTask(
    world.console('admin', (cluster) => dyingAt(cluster, nth, 'before')),
    scenario.input,
  );
  await world.untilState(console, namespace, name, 'Incomplete');
};
const editRoutes = (change: (routes: NonNullable<VirtualService['spec']['http']>) => void) =>
  world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => change(spec.http ?? []));
const routes = () => world.owner.get<VirtualService>('VirtualService', namespace, 'reviews').spec.http ?? [];
const editRecord = (change: (record: TaskRecord) => void) =>
  world.owner.edit<ConfigMap>('ConfigMap', namespace, `mirror-console.${name}`, (map) => {
    const record = JSON.parse(map.data?.['record'] ?? '') as TaskRecord;
    change(record);
    map.data = { record: JSON.stringify(record) };
  });
const stepDone = (id: string) =>
  world.until(`step ${id} is done`, async () => {
    const { record } = await getTask(console, task);
    return record.operation?.steps.find((step) => step.id === id)?.state === 'done';
  });

describe('somebody else’s edits', () => {
  test('made between reading and writing are kept: the write is planned again', async () => {
    const raced = world.console('admin', (cluster) =>
      actingBefore(cluster, 'update VirtualService', () =>
        editRoutes((http) => Object.assign(http[0]!, { timeout: '7s' })),
      ),
    );
    await createTask(raced, scenario.input);
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(routes()).toMatchObject([{ timeout: '7s', mirror: { subset: 'v2' } }]);
    expectClientsUntouched(world, scenario);
  });
  test('made while the task runs are still there when it has gone', async () => {
    await running();
    editRoutes((http) => {
      Object.assign(http[0]!, { retries: { attempts: 5 } });
      http.unshift({ name: 'new', match: [{ uri: { prefix: '/new' } }], route: structuredClone(http[0]!.route!) });
    });
    world.owner.edit<Deployment>('Deployment', namespace, 'reviews-v1', ({ metadata }) => {
      metadata.labels = { ...metadata.labels, team: 'books' };
    });
    const wanted = structuredClone(routes()).map(
      ({ mirror: _mirror, mirrorPercentage: _percentage, ...route }) => route,
    );
    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
    expect(routes()).toEqual(wanted);
    expect(world.owner.get<Deployment>('Deployment', namespace, 'reviews-v1').metadata.labels).toMatchObject({
      team: 'books',
    });
    expectClientsUntouched(world, scenario);
  });

  test('that take our copies out are told, not undone', async () => {
    await running();
    editRoutes((http) => {
      delete http[0]!.mirror;
      delete http[0]!.mirrorPercentage;
    });
    const drifted = await world.untilState(console, namespace, name, 'Drifted');
    expect(drifted.derived.reason?.code).toBe('drift_mirror_missing');
    await world.pass(60_000);
    expect(routes()[0]?.mirror).toBeUndefined();
  });

  test('that remove the route stop a change with the reason, and deleting still works', async () => {
    await running();
    const { 'VirtualService demo-project/reviews': owned, ...others } = ownersObjects(world);
    editRoutes((http) => {
      http.splice(0, 1, { name: 'other', route: [{ destination: { host: 'details' } }] });
    });
    await expect(changeTask(console, task, { percentage: 5 })).rejects.toMatchObject({ code: 'not_possible' });
    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
    expect(routes()).toEqual([{ name: 'other', route: [{ destination: { host: 'details' } }] }]);
    expect(owned).toBeDefined();
    expect(Object.keys(others)).not.toContain('VirtualService demo-project/other');
  });

  test('an object that somebody puts in the place of the task’s, just before that is deleted, stays', async () => {
    const dedicated = scenarios[1]!;
    const theirs = `${dedicated.input.service}-mirror-${dedicated.input.name}`;
    await createTask(console, dedicated.input);
    await world.untilState(console, namespace, name, 'Mirroring');
    const replace = () => {
      const { metadata, ...rest } = world.owner.get<Service>('Service', namespace, theirs);
      world.owner.delete('Service', namespace, theirs);
      world.owner.create({ ...rest, metadata: { name: theirs, namespace: metadata.namespace } } as Service);
    };
    await deleteTask(
      world.console('admin', (cluster) => actingBefore(cluster, 'delete Service', replace)),
      task,
    );
    await world.untilGone(console, namespace, name);
    await world.pass(settleMs);
    expect(world.sandbox.store.get('', 'Service', namespace, theirs)).toBeDefined();
    expectClientsUntouched(world, dedicated);
  });

  test('a VirtualService that somebody made meanwhile is not touched: the step stops and says so', async () => {
    const ratings = scenarios[2]!;
    const key = { namespace: ratings.input.namespace, name: ratings.input.name };
    await createTask(console, ratings.input);
    await world.until('the Deployment is made', async () => {
      const { record } = await getTask(console, key);
      return record.operation?.steps.find(({ id }) => id === 'workload')?.state === 'done';
    });
    const planned = (await getTask(console, key)).record.spec.virtualService!;
    const foreign = { ...structuredClone(planned), metadata: { name: planned.metadata.name, namespace } };
    world.owner.create(foreign);
    const left = await world.untilState(console, key.namespace, key.name, 'Incomplete');
    expect(left.derived.reason).toMatchObject({ code: 'foreign_object', params: { kind: 'VirtualService' } });
    await rollbackTask(console, key);
    await world.untilGone(console, key.namespace, key.name);
    expect(world.owner.get<VirtualService>('VirtualService', namespace, planned.metadata.name).spec).toEqual(
      foreign.spec,
    );
  });
});

describe('two at once', () => {
  test('a second creation of the same name is refused, also when both were sent together', async () => {
    const other = world.console();
    const outcomes = await Promise.allSettled([createTask(console, scenario.input), createTask(other, scenario.input)]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(createTask(console, scenario.input)).rejects.toMatchObject({ code: 'already_exists' });
    await world.untilState(console, namespace, name, 'Mirroring');
  });

  describe('tasks that would share what they edit', () => {
    const pinning = scenarios[4]!;
    const first = { namespace, name: 'first' };
    const second = { namespace, name: 'second' };
    const input = (key: typeof first, version: string) =>
      ({ ...pinning.input, ...key, target: { ...pinning.input.target, version } }) as typeof pinning.input;
    const subsetsOf = () =>
      world.owner
        .get<VirtualService>('VirtualService', namespace, 'details')
        .spec.http?.map(({ route }) => route?.[0]?.destination.subset);
    /** Everything of `first` is written after the plan of `second` and before its record. */
    const overtaken = async (look: 'answered' | 'never') => {
      pinning.prepare?.(world);
      await world.until('the VirtualService is read', async () =>
        (await console.cluster.list('VirtualService', namespace)).some(({ metadata }) => metadata.name === 'details'),
      );
      const late = world.console('admin', (cluster) =>
        intercepting(cluster, {
          create: async (proceed, [object, options]) => {
            const isDryRun = (options as WriteOptions | undefined)?.dryRun === true;
            if (isDryRun || (object as ConfigMap).kind !== 'ConfigMap') return proceed();
            await createTask(console, input(first, 'v2'));
            return proceed();
          },
          readAll: (proceed) => (look === 'answered' ? proceed() : new Promise<never>(() => {})),
        }),
      );
      return createTask(late, input(second, 'v3'));
    };

    test('are not made both: the one whose record came second leaves nothing', async () => {
      const refused = overtaken('answered');
      await expect(refused).rejects.toMatchObject({
        code: 'plan_infeasible',
        details: [{ code: 'reason.task_rival', params: { task: 'first', service: 'details' } }],
      });
      await world.untilState(console, namespace, 'first', 'Mirroring');
      await expect(getTask(console, second)).rejects.toMatchObject({ code: 'not_found' });
      expect(subsetsOf()).toEqual(['v1', 'v1']);
      await deleteTask(console, first);
      await world.untilGone(console, namespace, 'first');
      expect(subsetsOf()).toEqual([undefined, undefined]);
      expectClientsUntouched(world, { ...pinning, mirror: 'details-v2' });
    });

    test('that died before they looked are taken back without touching the other’s pins', async () => {
      void overtaken('never');
      await world.untilState(console, namespace, 'second', 'Incomplete');
      await world.untilState(console, namespace, 'first', 'Mirroring');
      await retryTask(console, second);
      const left = await world.untilState(console, namespace, 'second', 'Incomplete');
      expect(left.derived.reason).toMatchObject({ code: 'task_rival', params: { task: 'first' } });
      await rollbackTask(console, second);
      await world.untilGone(console, namespace, 'second');
      await world.pass(2 * settleMs);
      expect((await getTask(console, first)).derived.state).toBe('Mirroring');
      expect(subsetsOf()).toEqual(['v1', 'v1']);
      expectClientsUntouched(world, { ...pinning, mirror: 'details-v2' });
    });

    test('that died before they looked go without touching the other’s pins, however often that is interrupted', async () => {
      void overtaken('never');
      await world.untilState(console, namespace, 'second', 'Incomplete');
      await world.untilState(console, namespace, 'first', 'Mirroring');
      // Dies before it removes the record.
      const never = new Promise<never>(() => {});
      let isDead = false;
      const dying = world.console('admin', (cluster) =>
        intercepting(cluster, {
          delete: () => {
            isDead = true;
            return never;
          },
          update: (proceed) => (isDead ? never : proceed()),
        }),
      );
      await world.untilState(dying, namespace, 'second', 'Incomplete');
      await deleteTask(dying, second);
      await world.until('the deletion is left', async () => {
        const { derived, record } = await getTask(console, second);
        return derived.state === 'Incomplete' && record.operation?.verb === 'delete';
      });
      await retryTask(console, second);
      await world.untilGone(console, namespace, 'second');
      await world.pass(2 * settleMs);
      expect((await getTask(console, first)).derived.state).toBe('Mirroring');
      expect(subsetsOf()).toEqual(['v1', 'v1']);
      expectClientsUntouched(world, { ...pinning, mirror: 'details-v2' });
    });
  });

  test('a creation is refused beside a record that cannot be read, which may be of the same service', async () => {
    const pinning = scenarios[4]!;
    pinning.prepare?.(world);
    const { input } = pinning;
    await world.pass(settleMs);
    await createTask(console, input);
    await world.untilState(console, namespace, input.name, 'Mirroring');
    const record = `mirror-console.${input.name}`;
    const { data } = world.owner.get<ConfigMap>('ConfigMap', namespace, record);
    world.owner.edit<ConfigMap>('ConfigMap', namespace, record, (map) => (map.data = { record: '{' }));
    const isSeen = () =>
      getTask(console, { namespace, name: input.name }).then(
        () => true,
        () => false,
      );
    await world.until('the console sees it', async () => !(await isSeen()));
    const everyTask = { namespace: null, states: [], q: '', sort: 'name', limit: 9, continue: null } as const;
    expect((await listTasks(console, everyTask)).problems).toEqual([
      { code: 'record_unreadable', params: { namespace, name: record } },
    ]);
    const other = { ...input, name: 'other' };
    const refusal = { reason: 'record_unreadable', name: record, namespace, service: 'details' };
    const { checks } = await planTask(console, other);
    expect(checks.filter(({ code }) => code === 'task_records')).toMatchObject([
      { severity: 'fail', params: refusal, object: { kind: 'ConfigMap', name: record } },
    ]);
    await expect(createTask(console, other)).rejects.toMatchObject({ code: 'plan_infeasible' });
    await expect(createTask(console, scenario.input)).rejects.toMatchObject({
      code: 'plan_infeasible',
      details: [{ code: 'check.task_records.fail', params: { name: record } }],
    });
    world.owner.edit<ConfigMap>('ConfigMap', namespace, record, (map) => (map.data = data));
    await world.until('the console reads it again', isSeen);
    await createTask(console, scenario.input);
    await world.untilState(console, namespace, name, 'Mirroring');
  });

  test('a creation gives way to a record that became unreadable after its plan', async () => {
    const record = `mirror-console.broken`;
    const labels = { 'app.kubernetes.io/managed-by': 'mirror-console', 'mirror-console.io/task': 'broken' };
    const late = world.console('admin', (cluster) =>
      intercepting(cluster, {
        create: (proceed, [object, options]) => {
          const isDryRun = (options as WriteOptions | undefined)?.dryRun === true;
          if (!isDryRun && (object as ConfigMap).kind === 'ConfigMap') {
            const metadata = { name: record, namespace, labels };
            world.owner.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { record: '{' } } as ConfigMap);
          }
          return proceed();
        },
      }),
    );
    await expect(createTask(late, scenario.input)).rejects.toMatchObject({
      code: 'plan_infeasible',
      details: [{ code: 'reason.record_unreadable', params: { name: record, namespace } }],
    });
    await expect(getTask(late, task)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a second verb is refused with the name of the first, whichever replica gets it', async () => {
    await running();
    await pauseTask(console, task);
    const refusal = { code: 'operation_running', params: { verb: 'pause', by: 'admin' } };
    await expect(changeTask(console, task, { percentage: 5 })).rejects.toMatchObject(refusal);
    await expect(resumeTask(world.console(), task)).rejects.toMatchObject(refusal);
    await world.untilState(console, namespace, name, 'Paused');
  });

  test('a creation is called off while it waits, by the replica that drives it', async () => {
    const before = ownersObjects(world);
    await createTask(console, brokenInput);
    await world.until('the image cannot be pulled', async () => {
      const { derived } = await getTask(console, task);
      return derived.reason?.code === 'mirror_image';
    });
    expect((await getTask(console, task)).derived.state).toBe('Degraded');
    await rollbackTask(console, task);
    await world.untilGone(console, namespace, name);
    await world.pass(2 * settleMs);
    expect(ownersObjects(world)).toEqual(before);
  });

  test('a creation is called off while it waits, by another replica', async () => {
    const before = ownersObjects(world);
    await createTask(console, brokenInput);
    await stepDone('workload');
    const other = world.console();
    const deleted = deleteTask(other, task);
    await world.until('the deletion is accepted', async () => {
      const { record } = await getTask(other, task);
      return record.operation?.verb === 'delete';
    });
    await deleted;
    await world.untilGone(other, namespace, name);
    await world.pass(2 * settleMs);
    expect(ownersObjects(world)).toEqual(before);
    expectClientsUntouched(world, scenario);
  });

  test('a creation that is called off while a write got no answer leaves nothing, however late that write lands', async () => {
    const before = ownersObjects(world);
    let land: () => Promise<unknown> = () => Promise.reject(new Error('not sent'));
    const unanswered = Promise.withResolvers<never>();
    let sent = 0;
    const console = world.console('admin', (cluster) =>
      intercepting(cluster, {
        update: (proceed, [object, options]) => {
          const isDryRun = (options as WriteOptions | undefined)?.dryRun === true;
          if (isDryRun || (object as VirtualService).kind !== 'VirtualService' || sent++ > 0) return proceed();
          land = proceed;
          return unanswered.promise;
        },
      }),
    );
    await createTask(console, scenario.input);
    await world.until('the write is under way', () => sent === 1);
    const cancel = vi.spyOn(console.running.get(`${namespace}/${name}`)!, 'cancel');
    const reader = world.console();
    const deletion = deleteTask(console, task);
    await world.until('the creation is called off', () => cancel.mock.calls.length > 0);
    unanswered.reject(new ClusterError('timeout', 'the API server did not answer in time'));
    await world.until('the deletion waits until its first write is everywhere', async () => {
      const { operation } = (await getTask(reader, task)).record;
      return operation?.verb === 'delete' && operation.steps.some(({ verb, message }) => verb === 'settle' && message);
    });
    await expect(land()).rejects.toMatchObject({ code: 'conflict' });
    await deletion;
    await world.untilGone(console, namespace, name);
    await world.pass(2 * settleMs);
    expect(ownersObjects(world)).toEqual(before);
    expectClientsUntouched(world, scenario);
  });

  test.each([
    ['lands after all: the step is done', true],
    ['never lands: the step fails once it is too old to', false],
  ] as const)('a write without an answer, after which the server refuses, that %s', async (_, lands) => {
    let land: () => Promise<unknown> = () => Promise.reject(new Error('not sent'));
    let sent = 0;
    const struck = world.console('admin', (cluster) =>
      intercepting(cluster, {
        update: async (proceed, [object, options]) => {
          const isDryRun = (options as WriteOptions | undefined)?.dryRun === true;
          if (isDryRun || (object as VirtualService).kind !== 'VirtualService') return proceed();
          if (sent++ > 0) throw new ClusterError('forbidden', 'the permission was withdrawn', { status: 403 });
          land = proceed;
          throw new ClusterError('timeout', 'the API server did not answer in time');
        },
      }),
    );
    await createTask(struck, scenario.input);
    await world.until('the refusal came', () => sent > 1);
    expect((await getTask(console, task)).derived.state).toBe('Preparing');
    if (lands) {
      await land();
      await world.untilState(console, namespace, name, 'Mirroring');
    } else {
      const { derived } = await world.untilState(console, namespace, name, 'Incomplete');
      expect(derived.reason?.params).toMatchObject({
        message: 'VirtualService demo-project/reviews: the permission was withdrawn',
      });
      expect(routes()[0]?.mirror).toBeUndefined();
    }
    expectClientsUntouched(world, scenario);
  });

  test('neither taking back nor a deletion waits for a resumption that hangs', async () => {
    const before = ownersObjects(world);
    await running();
    await pauseTask(console, task);
    await world.untilState(console, namespace, name, 'Paused');
    world.owner.edit<Deployment>('Deployment', namespace, 'reviews-v2', ({ spec }) => {
      spec.template.spec.containers[0]!.image = 'nowhere/reviews:9';
    });
    await resumeTask(console, task);
    await rollbackTask(console, task);
    const { record } = await world.untilState(console, namespace, name, 'Paused');
    expect(record.activity.slice(-3).map(({ verb, outcome }) => `${verb} ${outcome}`)).toEqual([
      'resume interrupted',
      'rollback started',
      'pause done',
    ]);
    await resumeTask(console, task);
    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
    await world.pass(2 * settleMs);
    expect(ownersObjects(world)).toEqual(before);
  });

  test('a new version that never gets ready leaves an Incomplete task, which continues once it can', async () => {
    await createTask(console, brokenInput);
    const left = await world.untilState(console, namespace, name, 'Incomplete');
    expect(left.derived.reason).toMatchObject({ code: 'mirror_image', params: { image: /nowhere\/reviews:9/ } });
    world.owner.edit<Deployment>('Deployment', namespace, 'reviews-v2', ({ spec }) => {
      spec.template.spec.containers[0]!.image = 'kubesphere/examples-bookinfo-reviews-v2:1.16.2';
    });
    await retryTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    await world.pass(settleMs);
    expect(await copiesDuring(world, scenario, 5_000)).toBeGreaterThan(0);
    expectClientsUntouched(world, scenario);
  });
});

describe('a record that somebody edited by hand', () => {
  test.each<[string, (record: TaskRecord) => void]>([
    [
      'makes its objects in another namespace',
      ({ spec }) => (spec.targets[0].deployment!.metadata.namespace = 'istio-system'),
    ],
    [
      'leaves the URL by an apiVersion',
      ({ spec }) => (spec.targets[0].deployment!.apiVersion = '../api/v1/nodes/n/proxy/run?x='),
    ],
    ['leaves the URL by Istio’s version', ({ spec }) => (spec.istioApiVersion = 'networking.istio.io/v1/../../x')],
    [
      'sends copies to a host of another choice',
      ({ spec }) => (spec.entries[0]!.destination.host = 'elsewhere.example'),
    ],
    ['calls an owner’s route a clone of ours', ({ spec }) => (spec.entries[0]!.cloneName = 'prod')],
    ['smuggles a command into a name', ({ spec }) => (spec.targets[0].workload = 'x; id #')],
    [
      'puts a destination into an owner’s route',
      ({ spec }) => Object.assign(spec.entries[0]!, { replaced: { route: [{ destination: { host: 'evil' } }] } }),
    ],
  ])('is no task any more when it %s', async (_what, tamper) => {
    await leftBefore(1);
    editRecord(tamper);
    await world.until('it is no task any more', async () =>
      getTask(console, task).then(
        () => false,
        ({ code }: { code: string }) => code === 'not_found',
      ),
    );
    await expect(retryTask(console, task)).rejects.toMatchObject({ code: 'not_found' });
    expect(world.sandbox.store.get('apps', 'Deployment', 'istio-system', 'reviews-v2')).toBeUndefined();
  });

  test('does not make whoever continues it write other objects', async () => {
    await leftBefore(1);
    editRecord(({ operation }) => {
      operation!.steps.find(({ id }) => id === 'workload')!.object!.namespace = 'istio-system';
    });
    await retryTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(world.sandbox.store.get('apps', 'Deployment', 'istio-system', 'reviews-v2')).toBeUndefined();
  });
});

describe('a creation that is continued', () => {
  const mirrorDeployment = () => world.sandbox.store.get('apps', 'Deployment', namespace, 'reviews-v2');
  const newImage = () =>
    world.owner.edit<Deployment>('Deployment', namespace, 'reviews-v1', ({ spec }) => {
      spec.template.spec.containers[0]!.env = [{ name: 'FLAG', value: 'on' }];
    });
  const expectNotAsReviewed = async (kind: string) => {
    await world.until('the plan shows it', async () => {
      const { checks } = await planVerbOnTask(console, task, { verb: 'retry' });
      return checks.some(({ severity, params }) => severity === 'fail' && params['reason'] === 'not_as_reviewed');
    });
    await retryTask(console, task);
    const left = await world.untilState(console, namespace, name, 'Incomplete');
    expect(left.derived.reason).toMatchObject({ code: 'not_as_reviewed', params: { kind, service: 'reviews' } });
  };

  test.each<[string, (record: TaskRecord) => void]>([
    [
      'another image than was asked for',
      ({ spec }) => (spec.targets[0].deployment!.spec.template.spec.containers[0]!.image = 'attacker/rootkit:1'),
    ],
    [
      'more rights than the live version',
      ({ spec }) =>
        Object.assign(spec.targets[0].deployment!.spec.template.spec, {
          hostNetwork: true,
          volumes: [{ name: 'host', hostPath: { path: '/' } }],
        }),
    ],
    [
      'labels that another Service selects',
      ({ spec }) => (spec.targets[0].deployment!.spec.template.metadata!.labels!['app'] = 'ratings'),
    ],
  ])('makes no workload that has %s because the record was edited', async (_, tamper) => {
    await leftBefore(2);
    const before = ownersObjects(world);
    editRecord(tamper);
    await expectNotAsReviewed('Deployment');
    expect(mirrorDeployment()).toBeUndefined();
    const unlike = (objects: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(objects).filter(([key]) => !key.startsWith('ConfigMap')));
    expect(unlike(ownersObjects(world))).toEqual(unlike(before));
    await rollbackTask(console, task);
    await world.untilGone(console, namespace, name);
  });

  test('makes no subset other than the plan’s because the record was edited', async () => {
    await leftBefore(1);
    editRecord(({ spec }) => (spec.subsets!.subsets[0]!.labels = { app: 'reviews' }));
    await expectNotAsReviewed('DestinationRule');
  });

  test('says so when the live version has changed meanwhile, instead of making what nobody reviewed', async () => {
    await leftBefore(2);
    newImage();
    await expectNotAsReviewed('Deployment');
    expect(mirrorDeployment()).toBeUndefined();
    await rollbackTask(console, task);
    await world.untilGone(console, namespace, name);
    await createTask(console, scenario.input);
    await world.untilState(console, namespace, name, 'Mirroring');
    expectClientsUntouched(world, scenario);
  });

  test('goes on when the live version has changed after the new one was made', async () => {
    await leftBefore(3);
    newImage();
    await retryTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    expectClientsUntouched(world, scenario);
  });
});

describe('what a form was shown', () => {
  test('and has changed since is not carried out', async () => {
    const { basis } = await planTask(console, scenario.input);
    editRoutes((http) => Object.assign(http[0]!, { timeout: '3s' }));
    const creation = createTask(console, { ...scenario.input, basis });
    await expect(creation).rejects.toMatchObject({
      code: 'precondition_failed',
      params: { object: 'VirtualService demo-project/reviews' },
    });
    const { basis: newer } = await planTask(console, scenario.input);
    await createTask(console, { ...scenario.input, basis: newer });
    await world.untilState(console, namespace, name, 'Mirroring');
  });

  test.each<[string, (basis: BasisInput) => Promise<unknown>]>([
    ['change', (basis) => changeTask(console, task, { percentage: 5, basis: [...basis] })],
    ['pause', (basis) => pauseTask(console, task, basis)],
    ['finish', (basis) => finishTask(console, task, { keepWorkload: false, basis: [...basis] })],
    ['delete', (basis) => deleteTask(console, task, basis)],
    ['restore', (basis) => restoreTask(console, task, basis)],
    ['adopt', (basis) => adoptTask(console, task, basis)],
    ['resume', (basis) => resumeTask(console, task, basis)],
    ['retry', (basis) => retryTask(console, task, basis)],
    ['rollback', (basis) => rollbackTask(console, task, basis)],
  ])('and has changed since stops %s, with every object named', async (verb, run) => {
    if (verb === 'retry' || verb === 'rollback') await leftBefore(2);
    else await running();
    if (verb === 'restore' || verb === 'adopt') {
      editRoutes((http) => Object.assign(http[0]!, { mirrorPercentage: { value: 40 } }));
      await world.untilState(console, namespace, name, 'Drifted');
    }
    if (verb === 'resume') {
      await pauseTask(console, task);
      await world.untilState(console, namespace, name, 'Paused');
    }
    const { operation } = (await getTask(console, task)).record;
    const { basis } = await planVerbOnTask(console, task, { verb: 'delete' });
    const names = basis.map((entry) => `${entry.kind} ${entry.namespace}/${entry.name}`);
    expect(names).toEqual(
      expect.arrayContaining([`VirtualService ${namespace}/reviews`, `DestinationRule ${namespace}/reviews`]),
    );
    for (const kind of ['VirtualService', 'DestinationRule'])
      world.owner.edit(kind, namespace, 'reviews', ({ metadata }) => {
        metadata.labels = { ...metadata.labels, touched: 'yes' };
      });
    const { resourceVersion } = world.owner.get<VirtualService>('VirtualService', namespace, 'reviews').metadata;
    await expect(run(basis)).rejects.toMatchObject({
      code: 'precondition_failed',
      params: {
        object: expect.stringMatching(
          /VirtualService demo-project\/reviews.*DestinationRule demo-project\/reviews|DestinationRule demo-project\/reviews.*VirtualService demo-project\/reviews/,
        ),
      },
    });
    expect(world.owner.get<VirtualService>('VirtualService', namespace, 'reviews').metadata.resourceVersion).toBe(
      resourceVersion,
    );
    expect((await getTask(console, task)).record.operation).toEqual(operation);
  });

  test('a plan writes nothing', async () => {
    const before = world.sandbox.store.revision;
    const plan = await planTask(console, scenario.input);
    expect(plan.changes.map(({ ref, before, after }) => [ref.kind, before !== null, after !== null])).toEqual([
      ['ConfigMap', false, true],
      ['AuthorizationPolicy', false, true],
      ['DestinationRule', true, true],
      ['Deployment', false, true],
      ['VirtualService', true, true],
    ]);
    expect(world.sandbox.store.revision).toBe(before);
  });

  test('shows the record that will be stored, and a record of the name that stands is not replaced', async () => {
    const planned = recordIn((await planTask(console, scenario.input)).changes);
    const { record } = await createTask(console, scenario.input);
    const { createdAt: _createdAt, ...stored } = record;
    expect(planned).toMatchObject({ spec: stored.spec, createdBy: 'admin', inputHash: stored.inputHash });
    const { changes, checks } = await planTask(console, scenario.input);
    expect(recordIn(changes)).toBeNull();
    expect(checks.filter(({ code }) => code === 'server_dry_run')).toMatchObject([{ severity: 'pass' }]);
    await world.untilState(console, namespace, name, 'Mirroring');
  });

  test('to be deleted holds while its operation is driven on: only what is changed is part of it', async () => {
    await createTask(console, brokenInput);
    await stepDone('workload');
    // Until the Deployment's status has said all that it will.
    await world.pass(20_000);
    const plan = await planVerbOnTask(console, task, { verb: 'delete' });
    expect(plan.changes.at(-1)).toMatchObject({ ref: { kind: 'ConfigMap' }, after: null });
    expect(plan.basis.map(({ kind }) => kind)).not.toContain('ConfigMap');
    // The lock is renewed meanwhile, which writes into the record.
    await world.pass(12_000);
    await deleteTask(console, task, plan.basis);
    await world.untilGone(console, namespace, name);
  });

  test('what the server would refuse is a failed check with its words, and is not begun', async () => {
    const resources = { requests: { cpu: '2' }, limits: { cpu: '1' } };
    const refused = newVersion({ namespace, name, service: 'reviews' }, [
      { name: 'reviews', image: 'reviews:2', resources },
    ]);
    const { checks } = await planTask(console, refused);
    const failed = checks.filter(({ severity }) => severity === 'fail');
    expect(failed).toMatchObject([
      { code: 'server_dry_run', params: { message: /must be less than or equal to cpu limit of 1/ } },
    ]);
    await expect(createTask(console, refused)).rejects.toMatchObject({
      code: 'plan_infeasible',
      details: [{ code: 'check.server_dry_run.fail' }],
    });
    await expect(getTask(console, task)).rejects.toMatchObject({ code: 'not_found' });
  });
});

/** The record of the one ConfigMap that a plan creates; null when it creates none. */
function recordIn(changes: Awaited<ReturnType<typeof planTask>>['changes']): TaskRecord | null {
  const made = changes.find(({ ref, before }) => ref.kind === 'ConfigMap' && before === null);
  return made ? (JSON.parse((made.after as ConfigMap).data?.['record'] ?? '') as TaskRecord) : null;
}
