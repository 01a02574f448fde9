import type { Check } from '@/lib/domain/check';
import type { StandingTask } from '@/lib/domain/containment';
import { editFor, type Edit } from '@/lib/domain/edit';
import type { ConfigMap, KubeObject, ObjectRef, VirtualService } from '@/lib/domain/kubernetes';
import type { Step, TargetWorkloadChange, TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { isKind, type Kind } from '@/lib/server/cluster/kinds';

/** What one object was, and would be after the steps; null where it is not there. */
export interface ObjectChange {
  ref: ObjectRef;
  before: KubeObject | null;
  after: KubeObject | null;
}

export interface DryRun {
  changes: ObjectChange[];
  /** Refusals of the server and edits that cannot be made, as failed checks. */
  checks: Check[];
  /** The objects that the steps would write, as they stand, whether something changes in them or not. */
  read: KubeObject[];
}

export interface DryRunOptions {
  cluster: Cluster;
  spec: TaskSpec;
  steps: readonly Step[];
  recordUid: string | null;
  /** The record that a creation would store; absent for verbs on a task that stands. */
  newRecord?: ConfigMap;
  /** The task as it would be planned today, where a creation is continued; null when it cannot be. */
  planned?: TaskSpec | null;
  /** What a change makes of the Deployments of new versions. */
  workloads?: readonly TargetWorkloadChange[];
  /** VirtualServices that the user can read: what they route to is not removed. */
  virtualServices?: readonly VirtualService[];
  /** What stands of the task, for a verb on one. */
  standing?: StandingTask;
  /** Kinds that the user may not write: their steps are planned and not sent. */
  isWritable(step: Step): boolean;
}

/**
 * Lets the server try every write of the steps, in their order, without storing any (dryRun=All, strict field
 * validation). Later steps on an object build on what the server answered to earlier ones.
 */
export async function dryRunSteps(options: DryRunOptions): Promise<DryRun> {
  const { recordUid, virtualServices, standing } = options;
  const changes = new Map<string, ObjectChange>();
  const checks: Check[] = [];
  for (const step of options.steps) {
    if (!step.object || !isWrite(step) || !isKind(step.object.kind)) continue;
    const { kind, namespace, name } = step.object;
    const key = `${kind}/${namespace}/${name}`;
    const change = changes.get(key) ?? (await startingFrom(options.cluster, step.object, step.object.kind));
    const anew = options.planned === undefined ? {} : { planned: options.planned };
    const routing = {
      ...(virtualServices ? { virtualServices: planned('VirtualService', virtualServices, changes) } : {}),
      ...(standing ? { standing: standingAfter(standing, changes) } : {}),
    };
    const edit =
      step.id === 'record'
        ? recordEdit(step, options, change)
        : editFor(step, options.spec, change.after, {
            recordUid,
            workloads: options.workloads ?? [],
            ...routing,
            ...anew,
          });
    if (edit.kind === 'blocked') {
      checks.push(refusal(step.object, { ...edit.reason.params, reason: edit.reason.code }));
      continue;
    }
    try {
      const after = await tryEdit(options, step, edit, change);
      changes.set(key, { ...change, after });
    } catch (error) {
      if (!isClusterError(error) || error.isTransient) throw error;
      checks.push(refusal(step.object, { message: error.message }));
      changes.set(key, { ...change, after: 'object' in edit ? edit.object : null });
    }
  }
  const all = [...changes.values()];
  return {
    changes: all.filter(({ before, after }) => before !== after),
    checks: checks.length > 0 ? checks : [passed],
    read: all.flatMap(({ before }) => before ?? []),
  };
}

/** Objects of one kind as the steps so far would leave them, with those that they would make. */
function planned<T extends KubeObject>(
  kind: T['kind'],
  objects: readonly T[],
  changes: ReadonlyMap<string, ObjectChange>,
): T[] {
  const changed = [...changes.values()].filter(({ ref }) => ref.kind === kind);
  const untouched = objects.filter(
    ({ metadata }) => !changed.some(({ ref }) => ref.namespace === metadata.namespace && ref.name === metadata.name),
  );
  // A change of this kind is of objects of this kind.
  return [...untouched, ...changed.flatMap(({ after }) => (after as T | null) ?? [])];
}

function standingAfter(standing: StandingTask, changes: ReadonlyMap<string, ObjectChange>): StandingTask {
  const { virtualServices, destinationRules } = standing;
  return {
    ...standing,
    virtualServices: planned('VirtualService', virtualServices, changes),
    destinationRules: planned('DestinationRule', destinationRules, changes),
  };
}

/** The record is written by the journal and not by a step's edit. One that stands under the name is not replaced. */
function recordEdit({ verb }: Step, { newRecord }: DryRunOptions, { before }: ObjectChange): Edit {
  if (verb === 'create') return newRecord && !before ? { kind: 'create', object: newRecord } : { kind: 'none' };
  return before ? { kind: 'delete', uid: before.metadata.uid ?? '' } : { kind: 'none' };
}

const passed: Check = { code: 'server_dry_run', severity: 'pass', params: {}, object: null };

function isWrite({ verb }: Step): boolean {
  return verb === 'create' || verb === 'update' || verb === 'delete';
}

async function startingFrom(cluster: Cluster, ref: ObjectRef, kind: Kind): Promise<ObjectChange> {
  const live: KubeObject | null = await cluster.get(kind, ref.namespace, ref.name);
  return { ref, before: live, after: live };
}

async function tryEdit(
  { cluster, isWritable }: DryRunOptions,
  step: Step,
  edit: Exclude<Edit, { kind: 'blocked' }>,
  change: ObjectChange,
): Promise<KubeObject | null> {
  switch (edit.kind) {
    case 'none':
      return change.after;
    case 'delete':
      return null;
    case 'create':
      return isWritable(step) ? (await cluster.create(edit.object, { dryRun: true })).object : edit.object;
    case 'update':
      if (!isWritable(step)) return edit.object;
      // The object is itself only planned: the server can try the whole of it as a creation.
      if (!change.before) return (await cluster.create(withoutIdentity(edit.object), { dryRun: true })).object;
      return (await cluster.update(edit.object, { dryRun: true })).object;
  }
}

function withoutIdentity(object: KubeObject): KubeObject {
  const { uid: _uid, resourceVersion: _version, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function refusal(object: ObjectRef, params: Check['params']): Check {
  const names = { kind: object.kind, name: object.name };
  return {
    code: 'server_dry_run',
    severity: 'fail',
    params: { reason: 'refused', message: '', ...names, ...params },
    object,
  };
}
