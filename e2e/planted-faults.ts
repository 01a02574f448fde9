import path from 'node:path';
import type { Plugin } from 'vite';

/** One line of the code made wrong, and the test that must notice. */
export interface PlantedFault {
  /** What the fault breaks: number and words of the guarantee in the design. */
  guarantee: string;
  /** What goes wrong. */
  fault: string;
  file: string;
  find: string;
  replace: string;
  /**
   * Test file, and a part of the full name of the one test: a scenario's title in it is cut after 39 characters. `says`:
   * a part of what that says when it fails, where it is no comparison that fails.
   */
  test: { file: string; name: string; says?: string };
}

export const plantedFaults: readonly PlantedFault[] = [
  {
    guarantee: '0 No live request fails because of us',
    fault: 'routes are pinned before every proxy has the subset',
    file: 'lib/domain/steps.ts',
    find: ", rule), settle('settle-subsets')]",
    replace: ', rule)]',
    test: {
      file: 'lib/domain/guarantees.property.test.ts',
      name: 'from create to delete',
      says: 'a live request from shop fails',
    },
  },
  {
    guarantee: '0 No live request fails because of us',
    fault: 'routes are pinned to a subset that some clients do not see',
    file: 'lib/domain/placement.ts',
    find: '    hiddenFromPinned(facts),\n',
    replace: '',
    test: {
      file: 'lib/domain/guarantees.property.test.ts',
      name: 'from create to delete',
      says: 'a live request from other fails',
    },
  },
  {
    guarantee: '1 No live request reaches a mirrored version',
    fault: 'a new version stands behind the Service before every proxy has the pins',
    file: 'lib/domain/steps.ts',
    find: "    ...(pins.length > 0 ? [settle('settle-pin')] : []),\n    ...onWorkloads('workload', 'create', spec, isAmong),",
    replace: "    ...onWorkloads('workload', 'create', spec, isAmong),",
    test: {
      file: 'lib/domain/guarantees.property.test.ts',
      name: 'from create to delete',
      says: 'a live request from shop reaches the mirror',
    },
  },
  {
    guarantee: '1 No live request reaches a mirrored version',
    fault: 'a new version whose pin is lost goes on running',
    file: 'lib/domain/containment.ts',
    find: "exposureOf(spec, deployment, live) === 'shared' ? deployment",
    replace: "exposureOf(spec, deployment, live) === 'unknown' ? deployment",
    test: { file: 'lib/server/tasks/task-drift.test.ts', name: 'own has the new version scaled to none' },
  },
  {
    guarantee: '0 No live request fails because of us',
    fault: 'a new version is stopped that somebody sends clients to on purpose',
    file: 'lib/domain/containment.ts',
    find: 'return ways.every(',
    replace: 'return ways.length > 0 || ways.every(',
    test: { file: 'lib/server/tasks/task-drift.test.ts', name: 'on purpose: they would fail' },
  },
  {
    guarantee: '1 No live request reaches a mirrored version',
    fault: 'callers that follow no route are not looked for',
    file: 'lib/domain/outside-callers.ts',
    find: "return kind === 'seen' || kind === 'possible';",
    replace: 'return kind.length === 0;',
    test: { file: 'lib/domain/plan-checks.test.ts', name: 'subset is refused for outside_callers, and' },
  },
  {
    guarantee: '1 No live request reaches a mirrored version',
    fault: 'a task that never began takes the pins of another one out',
    file: 'lib/server/tasks/verb-plan.ts',
    find: 'leaves && !hasBegun(record)',
    replace: 'leaves && record.schemaVersion !== 2',
    test: { file: 'lib/server/tasks/task-conflicts.test.ts', name: 'taken back without touching the other' },
  },
  {
    guarantee: '2 The live path is left as it was found',
    fault: 'the entry in managedFields stays behind',
    file: 'lib/domain/edit.ts',
    find: 'return live && hasOurManagedFields(live) ?',
    replace: "return live && live.kind === '' ?",
    test: { file: 'lib/server/tasks/task-lifecycle.test.ts', name: 'subset, VirtualService and DestinationR' },
  },
  {
    guarantee: '2 The live path is left as it was found',
    fault: 'undo leaves our mirror in the route that carries it',
    file: 'lib/domain/virtual-service-edit.ts',
    find: 'removeMirror(route, entry.destination, entry.replaced, namespace)',
    replace: 'route',
    test: {
      file: 'lib/domain/virtual-service-edit.property.test.ts',
      name: 'undo gives every object back as it was',
    },
  },
  {
    guarantee: '3 Nothing half-done is hidden',
    fault: 'an operation that nobody drives any more looks alive',
    file: 'lib/domain/state.ts',
    find: 'return released === true || unrenewedMs > operationStaleMs;',
    replace: 'return released === true || unrenewedMs < 0;',
    test: { file: 'lib/domain/state.test.ts', name: 'nobody was seen to renew the lock for 30 s' },
  },
  {
    guarantee: '4 Nobody’s edit is overwritten',
    fault: 'a write that was overtaken is sent again with the version that stands now',
    file: 'lib/server/tasks/operations/write-step.ts',
    find: '      await cluster.update(edit.object);\n',
    replace: `
      await cluster.update(edit.object).catch(async () => {
        const { kind, namespace, name } = objectOf(step);
        const live = await cluster.get(kind, namespace, name);
        const { resourceVersion } = live!.metadata;
        await cluster.update({ ...edit.object, metadata: { ...edit.object.metadata, resourceVersion } });
      });
`,
    test: { file: 'lib/server/tasks/task-conflicts.test.ts', name: 'made between reading and writing are kept' },
  },
  {
    guarantee: '5 No number is invented',
    fault: 'a gap becomes a zero',
    file: 'lib/server/metrics/grid.ts',
    find: 'byTime.get(time) ?? null',
    replace: 'byTime.get(time) ?? 0',
    test: { file: 'lib/server/metrics/grid.test.ts', name: 'is a gap, never zero' },
  },
  {
    guarantee: '3 Nothing half-done is hidden',
    fault: 'a record that was deleted by hand stays away',
    file: 'lib/server/tasks/keep-records.ts',
    find: "if (change.type !== 'DELETED' ||",
    replace: "if (change.type === 'DELETED' ||",
    test: {
      file: 'lib/server/tasks/task-removed.test.ts',
      name: 'is back as an Incomplete task: dedicated',
      says: 'not_found',
    },
  },
  {
    guarantee: '6 The console can do no more than its user',
    fault: 'a verb is started without asking whether the user may',
    file: 'lib/server/tasks/run-verb.ts',
    find: '  if (!action || action.allowed) return view;\n',
    replace: '  if (action) return view;\n',
    test: { file: 'lib/server/tasks/task-reading.test.ts', name: 'is refused every verb, and nothing is written' },
  },
  {
    guarantee: '6 The console can do no more than its user',
    fault: 'a task shows in a namespace that the user may not read',
    file: 'lib/server/tasks/record-store.ts',
    find: '  if (!(await cluster.isVisible(namespace))) throw notFound(name);\n',
    replace: '',
    test: { file: 'lib/server/tasks/task-reading.test.ts', name: 'does not exist for who may not look there' },
  },
  {
    guarantee: '7 Stop means stopped',
    fault: 'no count at all is taken for a count that stands still',
    file: 'lib/server/metrics/stop-evidence.ts',
    find: 'if (!isSeen || !isSeenSince) return untold',
    replace: 'if (!isSeen && !isSeenSince) return untold',
    test: { file: 'lib/server/metrics/stop-evidence.test.ts', name: 'none for the last minutes is no evidence' },
  },
  {
    guarantee: '2 The live path is left as it was found',
    fault: 'undo puts back what stood before, instead of an inverse edit on what stands',
    file: 'lib/domain/virtual-service-edit.ts',
    find: `
  return { http };
}

/** Takes a task's entries out of today's routes, wherever they stand now; idempotent. */
export function takeEntries(object: VirtualService, spec: TaskSpec): HttpRoute[] {
  return sweepCopies(undoEntries(object, spec), object, spec);
`,
    replace: `
  copies.set(object.metadata.name, copies.get(object.metadata.name) ?? object.spec.http ?? []);
  return { http };
}

const copies = new Map<string, HttpRoute[]>();

export function takeEntries(object: VirtualService, spec: TaskSpec): HttpRoute[] {
  return clone(copies.get(object.metadata.name) ?? undoEntries(object, spec));
`,
    test: { file: 'lib/server/tasks/task-conflicts.test.ts', name: 'are still there when it has gone' },
  },
  {
    guarantee: '2 The live path is left as it was found',
    fault: 'the subsets that a task made stay behind',
    file: 'lib/domain/destination-rule-edit.ts',
    find: 'if (!object.spec.subsets?.some(({ name }) => made.has(name))) return object;',
    replace: 'if (made.size > 0) return object;',
    test: { file: 'lib/server/tasks/task-lifecycle.test.ts', name: 'subset, VirtualService and DestinationR' },
  },
  {
    guarantee: '2 The live path is left as it was found',
    fault: 'an object that becomes its owner’s keeps our label',
    file: 'lib/domain/ownership.ts',
    find: '  delete labels[taskLabel];\n',
    replace: '',
    test: { file: 'lib/server/tasks/task-lifecycle.test.ts', name: 'outlives a pause, and the task copies again' },
  },
  {
    guarantee: '3 Nothing half-done is hidden',
    fault: 'something is made before the record says so',
    file: 'lib/server/tasks/create-task.ts',
    find: '  const stored = await store(context,',
    replace: '  await cluster.create(plan.spec.targets[0].deployment!);\n  const stored = await store(context,',
    test: { file: 'lib/server/tasks/task-lifecycle.test.ts', name: 'record cannot be stored has written nothing' },
  },
  {
    guarantee: '3 Nothing half-done is hidden',
    fault: 'a verb begins though another console’s has ended since it was allowed',
    file: 'lib/server/tasks/run-verb.ts',
    find: ' : sameJson(latest, before);',
    replace: ' : latest !== null;',
    test: { file: 'lib/server/tasks/task-races.test.ts', name: 'end of finish before the other’s finish' },
  },
  {
    guarantee: '3 Nothing half-done is hidden',
    fault: 'a pause calls off a deletion that another console began since it was allowed',
    file: 'lib/server/tasks/operations/start-operation.ts',
    find: ' || !isSameOperation(operation, record.operation)',
    replace: '',
    test: { file: 'lib/server/tasks/task-races.test.ts', name: 'of which one stops what a third drives' },
  },
  {
    guarantee: '3 Nothing half-done is hidden',
    fault: 'a write that the server keeps failing is tried for ever',
    file: 'lib/server/tasks/operations/write-step.ts',
    find: 'if (unanswered && clock.now() >= deadline)',
    replace: 'if (unanswered && clock.now() >= deadline + 600_000)',
    test: {
      file: 'lib/server/tasks/task-edits.test.ts',
      name: 'into the VirtualService for longer than two minutes, because the server has an error',
    },
  },
  {
    guarantee: '4 Nobody’s edit is overwritten',
    fault: 'an object is deleted whoever has put it there meanwhile',
    file: 'lib/server/cluster/kubernetes-cluster.ts',
    find: 'const preconditions = { uid, ...(resourceVersion ? { resourceVersion } : {}) };',
    replace: 'const preconditions = {};',
    test: { file: 'lib/server/tasks/task-conflicts.test.ts', name: 'just before that is deleted, stays' },
  },
  {
    guarantee: '4 Nobody’s edit is overwritten',
    fault: 'what the form was shown is not compared with what stands',
    file: 'lib/server/tasks/planning/basis.ts',
    find: '(basis ?? []).map(',
    replace: '(basis ?? []).slice(0, 0).map(',
    test: { file: 'lib/server/tasks/task-conflicts.test.ts', name: 'has changed since is not carried out' },
  },
  {
    guarantee: '4 Nobody’s edit is overwritten',
    fault: 'a record that another console has stored is taken for ours',
    file: 'lib/server/tasks/create-task.ts',
    find: 'if (found && sameJson(found.record, record)) return found;',
    replace: 'if (found) return found;',
    test: { file: 'lib/server/tasks/task-conflicts.test.ts', name: 'also when both were sent together' },
  },
  {
    guarantee: '4 Nobody’s edit is overwritten',
    fault: 'somebody’s object of a name that the task wanted is taken for ours',
    file: 'lib/domain/edit.ts',
    find: '  if (live && !isOurs(live, spec)) return foreign(live);\n',
    replace: '',
    test: { file: 'lib/server/tasks/task-safety.test.ts', name: 'of the policy’s name is left alone' },
  },
  {
    guarantee: '5 No number is invented',
    fault: 'a coverage that cannot be told is zero',
    file: 'lib/server/metrics/coverage.ts',
    find: 'return { value: null, low: null, high: null, ...rates',
    replace: 'return { value: 0, low: null, high: null, ...rates',
    test: { file: 'lib/server/metrics/coverage.test.ts', name: 'of a mirror that nobody scrapes is not told' },
  },
  {
    guarantee: '6 The console can do no more than its user',
    fault: 'numbers of requests show to who may not list the pods',
    file: 'lib/server/tasks/view/task-view.ts',
    find: 'namespaces.filter((_, index) => allowed[index])',
    replace: 'namespaces.filter((_, index) => allowed.length > index)',
    test: {
      file: 'lib/server/tasks/task-reading.test.ts',
      name: 'who may see the tasks and not list the pods',
      says: 'asked for',
    },
  },
  {
    guarantee: '7 Stop means stopped',
    fault: 'copies that still arrive raise no alarm in the list',
    file: 'lib/server/tasks/view/stop-view.ts',
    find: '    if (reason) return reason;\n',
    replace: '',
    test: { file: 'lib/server/tasks/task-stop.test.ts', name: 'still arrive after a pause are shouted about' },
  },
];

/** Makes the line wrong while the file is read; a fault whose line is gone must be planted anew. */
export function plantFault({ file, find, replace }: PlantedFault): Plugin {
  const target = path.resolve(import.meta.dirname, '..', file);
  return {
    name: 'planted-fault',
    enforce: 'pre',
    transform(code, id) {
      if (id.split('?')[0] !== target) return null;
      if (!code.includes(find)) throw new Error(`${file} has no line ${JSON.stringify(find)} to make wrong`);
      return { code: code.replace(find, () => replace), map: null };
    },
  };
}
