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
  /** Test file, and a part of the test's full name: a scenario's title in it is cut after 39 characters. */
  test: { file: string; name: string };
}

export const plantedFaults: readonly PlantedFault[] = [
  {
    guarantee: '0 No live request fails because of us',
    fault: 'routes are pinned before every proxy has the subset',
    file: 'lib/domain/steps.ts',
    find: ", rule), settle('settle-subsets')]",
    replace: ', rule)]',
    test: { file: 'lib/domain/guarantees.property.test.ts', name: 'from create to delete' },
  },
  {
    guarantee: '0 No live request fails because of us',
    fault: 'routes are pinned to a subset that some clients do not see',
    file: 'lib/domain/placement.ts',
    find: '    hiddenFromPinned(facts),\n',
    replace: '',
    test: { file: 'lib/domain/guarantees.property.test.ts', name: 'from create to delete' },
  },
  {
    guarantee: '1 No live request reaches a mirrored version',
    fault: 'a new version stands behind the Service before every proxy has the pins',
    file: 'lib/domain/steps.ts',
    find: "...(pins.length > 0 ? [settle('settle-pin')] : []),",
    replace: '',
    test: { file: 'lib/domain/guarantees.property.test.ts', name: 'from create to delete' },
  },
  {
    guarantee: '1 No live request reaches a mirrored version',
    fault: 'a new version whose pin is lost goes on running',
    file: 'lib/domain/containment.ts',
    find: "exposureOf(spec, deployment, live) === 'shared' ? deployment",
    replace: "exposureOf(spec, deployment, live) === 'unknown' ? deployment",
    test: { file: 'lib/server/tasks/task-drift.test.ts', name: 'scaled to none at once' },
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
    test: { file: 'lib/domain/plan-checks.test.ts', name: 'subset is refused for outside_callers' },
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
    replace: 'return live && live.kind === spec.name ?',
    test: { file: 'lib/server/tasks/task-lifecycle.test.ts', name: 'subset, VirtualService and' },
  },
  {
    guarantee: '2 The live path is left as it was found',
    fault: 'undo leaves our mirror in the route that carries it',
    file: 'lib/domain/virtual-service-edit.ts',
    find: 'removeMirror(route, entry.destination, entry.replaced, namespace)',
    replace: 'route',
    test: { file: 'lib/domain/virtual-service-edit.property.test.ts', name: '' },
  },
  {
    guarantee: '3 Nothing half-done is hidden',
    fault: 'an operation that nobody drives any more looks alive',
    file: 'lib/domain/state.ts',
    find: 'return released === true || unrenewedMs > operationStaleMs;',
    replace: 'return released === true || unrenewedMs < 0;',
    test: { file: 'lib/domain/state.test.ts', name: '' },
  },
  {
    guarantee: '4 Nobody’s edit is overwritten',
    fault: 'a write goes without the version that it was planned on',
    file: 'lib/server/cluster/kubernetes-cluster.ts',
    find: "method: 'PUT', path, query: writeQuery(options), body: object }",
    replace:
      "method: 'PUT', path, query: writeQuery(options), body: { ...object, metadata: { ...object.metadata, resourceVersion: undefined } } }",
    test: { file: 'lib/server/tasks/task-conflicts.test.ts', name: 'made between reading and writing are kept' },
  },
  {
    guarantee: '5 No number is invented',
    fault: 'a gap becomes a zero',
    file: 'lib/server/metrics/grid.ts',
    find: 'byTime.get(time) ?? null',
    replace: 'byTime.get(time) ?? 0',
    test: { file: 'lib/server/metrics/grid.test.ts', name: '' },
  },
  {
    guarantee: '3 Nothing half-done is hidden',
    fault: 'a record that was deleted by hand stays away',
    file: 'lib/server/tasks/keep-records.ts',
    find: "if (change.type !== 'DELETED' ||",
    replace: "if (change.type === 'DELETED' ||",
    test: { file: 'lib/server/tasks/task-removed.test.ts', name: 'is back as an Incomplete task: dedicated' },
  },
  {
    guarantee: '6 The console can do no more than its user',
    fault: 'a verb is started without asking whether the user may',
    file: 'lib/server/tasks/run-verb.ts',
    find: '  if (!action || action.allowed) return view;\n',
    replace: '  if (action) return view;\n',
    test: { file: 'lib/server/tasks/task-reading.test.ts', name: '' },
  },
  {
    guarantee: '6 The console can do no more than its user',
    fault: 'a task shows in a namespace that the user may not read',
    file: 'lib/server/tasks/record-store.ts',
    find: '  if (!(await cluster.isVisible(namespace))) throw notFound(name);\n',
    replace: '',
    test: { file: 'lib/server/tasks/task-reading.test.ts', name: '' },
  },
  {
    guarantee: '7 Stop means stopped',
    fault: 'no count at all is taken for a count that stands still',
    file: 'lib/server/metrics/stop-evidence.ts',
    find: 'if (!isSeen || !isSeenSince) return untold',
    replace: 'if (!isSeen && !isSeenSince) return untold',
    test: { file: 'lib/server/metrics/stop-evidence.test.ts', name: '' },
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
