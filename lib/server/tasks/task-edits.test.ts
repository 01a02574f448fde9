import { beforeEach, describe, expect } from 'vitest';
import type { DestinationRule, KubeObject, VirtualService } from '@/lib/domain/kubernetes';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import { changeTask } from './change-task';
import type { TaskContext } from './context';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { restoreTask } from './restore-task';
import { resumeTask } from './resume-task';
import { retryTask } from './retry-task';
import { retryBoundMs } from './operations/write-step';
import { intercepting } from './testing/count-calls';
import { expectClientsUntouched, scenarios } from './testing/scenarios';
import { test, world } from './testing/in-world';
import { settleMs, strideMs } from './testing/world';

const editors = 20;
/** How many are faster than each step before it has its turn: so that so many come in every kind of task. */
const editorsPerStep = 4;
const sharedKinds = ['VirtualService', 'DestinationRule'] as const;
type Shared = (typeof sharedKinds)[number];

/** Every kind of task that edits an object of its owner's, or makes one that others come to edit. */
describe.each(scenarios.filter(({ title }) => !title.includes('existing')))('$title', ({ prepare, ...scenario }) => {
  const { namespace, name, service } = scenario.input;
  const task = { namespace, name };

  /** Objects that the task shares; those of its own come when it makes them. */
  const stands = (kind: Shared): KubeObject[] =>
    world.sandbox.store.list('networking.istio.io', kind).filter(({ metadata, spec }) => {
      const { hosts = [], host = '' } = spec as { hosts?: string[]; host?: string };
      return metadata.namespace === namespace && [...hosts, host].some((one) => one.split('.')[0] === service);
    }) as unknown as KubeObject[];

  let editor: number;
  /** What each editor left in which object. */
  let left: { kind: Shared; object: string; editor: number }[];
  /** The next editor labels what stands, and puts a route and a subset of his own into it. */
  function edit(): void {
    if (sharedKinds.every((kind) => stands(kind).length === 0)) return;
    editor += 1;
    const mark = `editor-${editor}`;
    const label = ({ metadata }: KubeObject) => {
      metadata.labels = { ...metadata.labels, [mark]: 'was-here' };
    };
    for (const kind of sharedKinds) {
      for (const { metadata } of stands(kind)) {
        left.push({ kind, object: metadata.name, editor });
        world.owner.edit<VirtualService & DestinationRule>(kind, namespace, metadata.name, (object) => {
          label(object);
          if (kind === 'DestinationRule') {
            object.spec.subsets = [...(object.spec.subsets ?? []), { name: mark, labels: { version: 'v1' } }];
          } else {
            object.spec.http?.unshift({
              name: mark,
              match: [{ uri: { prefix: `/${mark}` } }],
              // One that leads to no pod: those that could reach the mirror are told (task-exposed, task-drift).
              redirect: { uri: '/elsewhere' },
            });
          }
        });
      }
    }
  }

  test.each(['delete', 'finish'] as const)(
    `${editors} editors, some before every write, lose nothing by any verb up to %s`,
    async (last) => {
      editor = 0;
      left = [];
      /** How many more are faster than the step that writes now. */
      let faster = 0;
      const crowded: TaskContext = world.console('admin', (cluster) =>
        intercepting(cluster, {
          update: (proceed, [object, options]) => {
            const isShared = sharedKinds.some((kind) => kind === (object as KubeObject).kind);
            const isDryRun = (options as { dryRun?: boolean } | undefined)?.dryRun === true;
            if (isDryRun || !isShared) return proceed();
            if (faster > 0) {
              edit();
              faster -= 1;
            } else {
              faster = editorsPerStep;
            }
            return proceed();
          },
        }),
      );
      prepare?.(world);
      await world.pass(settleMs);
      const drift = async () => {
        const { record } = await getTask(crowded, task);
        const [entry] = record.spec.entries;
        world.owner.edit<VirtualService>('VirtualService', namespace, entry!.virtualService.name, ({ spec }) => {
          for (const route of spec.http ?? []) {
            if (route.mirror?.host === entry!.destination.host) route.mirrorPercentage = { value: 40 };
          }
        });
        await world.untilState(crowded, namespace, name, 'Drifted');
        return restoreTask(crowded, task);
      };
      const verbs: [() => Promise<unknown>, 'Mirroring' | 'Paused' | 'Finished'][] = [
        [() => createTask(crowded, scenario.input), 'Mirroring'],
        [() => changeTask(crowded, task, { percentage: 25 }), 'Mirroring'],
        [() => pauseTask(crowded, task), 'Paused'],
        [() => resumeTask(crowded, task), 'Mirroring'],
        [drift, 'Mirroring'],
      ];
      if (last === 'finish') verbs.push([() => finishTask(crowded, task, { keepWorkload: false }), 'Finished']);
      let beforeTheLast = 0;
      for (const [run, end] of verbs) {
        beforeTheLast = editor;
        faster = editorsPerStep;
        await run();
        await world.untilState(crowded, namespace, name, end);
      }
      if (last === 'delete') beforeTheLast = editor;
      faster = editorsPerStep;
      await deleteTask(crowded, task);
      await world.untilGone(crowded, namespace, name);
      await world.pass(2 * settleMs);

      expect(editor).toBeGreaterThanOrEqual(editors);
      expect(editor).toBeGreaterThan(beforeTheLast);
      expect(new Set(left.map((one) => one.editor)).size).toBe(editor);
      for (const { kind, object, editor: who } of left) {
        const { metadata, spec } = world.owner.get<VirtualService & DestinationRule>(kind, namespace, object);
        expect(metadata.labels, `${kind} ${object}`).toMatchObject({ [`editor-${who}`]: 'was-here' });
        const names = (kind === 'DestinationRule' ? spec.subsets : spec.http)?.map((item) => item.name);
        expect(names, `${kind} ${object}`).toContain(`editor-${who}`);
      }
      // Nothing of the task is left in them.
      for (const kind of sharedKinds) {
        for (const object of stands(kind)) {
          expect(JSON.stringify((object as VirtualService | DestinationRule).spec)).not.toMatch(
            /"mirror|mirror-console|"v2"/,
          );
          expect(object.metadata.labels ?? {}).not.toHaveProperty(['mirror-console.io/task']);
        }
      }
      expectClientsUntouched(world, scenario);
    },
  );
});

describe('a step whose write is not taken', () => {
  const scenario = scenarios[0]!;
  const { namespace, name } = scenario.input;
  const task = { namespace, name };
  let edits = 0;
  let isStruck: (nth: number) => boolean;
  let refusal: ClusterError | null;
  beforeEach(() => {
    edits = 0;
    isStruck = () => true;
    refusal = null;
  });

  /** A console whose writes of a kind are each overtaken by an edit of its owner's, or refused, while `isStruck`. */
  const striking = (kind: Shared): TaskContext =>
    world.console('admin', (cluster) =>
      intercepting(cluster, {
        update: async (proceed, [object, options]) => {
          const isDryRun = (options as { dryRun?: boolean } | undefined)?.dryRun === true;
          if (isDryRun || (object as KubeObject).kind !== kind || !isStruck(edits)) return proceed();
          edits += 1;
          if (refusal) throw refusal;
          world.owner.edit<KubeObject>(kind, namespace, 'reviews', ({ metadata }) => {
            metadata.labels = { ...metadata.labels, [`edit-${edits}`]: 'was-here' };
          });
          return proceed();
        },
      }),
    );
  const specOf = (kind: Shared) => world.owner.get<VirtualService & DestinationRule>(kind, namespace, 'reviews').spec;
  const expectEdits = (kind: Shared) => {
    const { labels = {} } = world.owner.get<KubeObject>(kind, namespace, 'reviews').metadata;
    expect(Object.keys(labels).filter((label) => label.startsWith('edit-'))).toHaveLength(edits);
  };

  test.each(sharedKinds)('because of 20 edits in a row of the %s has its turn in the end', async (kind) => {
    isStruck = (nth) => nth < editors;
    const console = striking(kind);
    await createTask(console, scenario.input);
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(edits).toBe(editors);
    expectEdits(kind);
    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
    expectEdits(kind);
    expectClientsUntouched(world, scenario);
  });

  test.each([
    ['DestinationRule', 'somebody keeps editing it', null, 'step_conflict'],
    ['VirtualService', 'somebody keeps editing it', null, 'step_conflict'],
    ['DestinationRule', 'the server has an error', new ClusterError('other', 'etcd', { status: 500 }), 'step_refused'],
    ['VirtualService', 'the server has an error', new ClusterError('other', 'etcd', { status: 500 }), 'step_refused'],
  ] as const)(
    'into the %s for longer than two minutes, because %s, leaves an Incomplete task that names it and can be continued',
    async (kind, _why, error, code) => {
      refusal = error;
      const before = structuredClone(specOf(kind));
      const console = striking(kind);
      await createTask(console, scenario.input);
      await world.until('its first write is not taken', () => edits > 0);
      const begin = world.clock.now();
      const { derived } = await world.untilState(console, namespace, name, 'Incomplete');
      const lasted = world.clock.now() - begin;
      expect(lasted).toBeGreaterThanOrEqual(retryBoundMs - strideMs);
      // A write that had no clear answer is given time to land.
      expect(lasted).toBeLessThan(retryBoundMs + 60_000);
      expect(derived.reason).toMatchObject({ code, params: { message: expect.stringContaining('reviews') } });
      expect(specOf(kind)).toEqual(before);
      if (!error) expectEdits(kind);

      isStruck = () => false;
      await retryTask(console, task);
      await world.untilState(console, namespace, name, 'Mirroring');
      if (!error) expectEdits(kind);
      expect(specOf(kind)).not.toEqual(before);
      expectClientsUntouched(world, scenario);
    },
  );
});
