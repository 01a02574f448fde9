import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DestinationRule, KubeObject, VirtualService } from '@/lib/domain/kubernetes';
import { changeTask } from './change-task';
import type { TaskContext } from './context';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { restoreTask } from './restore-task';
import { resumeTask } from './resume-task';
import { intercepting } from './testing/count-calls';
import { expectClientsUntouched, scenarios } from './testing/scenarios';
import { settleMs, World } from './testing/world';

let world: World;
beforeEach(async () => {
  world = await World.start();
});
afterEach(() => world.stop());

const editors = 20;
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
    `${editors} editors, one before every write, lose nothing by any verb up to %s`,
    async (last) => {
      editor = 0;
      left = [];
      let isCrowded = false;
      const crowded: TaskContext = world.console('admin', (cluster) =>
        intercepting(cluster, {
          update: (proceed, [object, options]) => {
            const isShared = sharedKinds.some((kind) => kind === (object as KubeObject).kind);
            const isDryRun = (options as { dryRun?: boolean } | undefined)?.dryRun === true;
            if (isDryRun || !isShared) return proceed();
            // Each step meets one who was faster, and then has its turn.
            if (isCrowded && editor < editors) edit();
            isCrowded = !isCrowded;
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
      for (const [run, end] of verbs) {
        isCrowded = true;
        await run();
        await world.untilState(crowded, namespace, name, end);
      }
      await deleteTask(crowded, task);
      await world.untilGone(crowded, namespace, name);
      await world.pass(2 * settleMs);

      expect(left.length).toBeGreaterThan(0);
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
