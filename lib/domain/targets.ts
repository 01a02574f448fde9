import { serviceHost } from './names.ts';
import type {
  ExistingWorkloadTarget,
  ExternalTarget,
  MirrorEntry,
  NewVersionTarget,
  ServiceTarget,
  TargetInput,
  TaskSpec,
  TaskTarget,
  TaskTargets,
  VersionTarget,
} from './task.ts';

type TargetIdentity =
  | ServiceTarget
  | Pick<ExternalTarget, 'kind' | 'host'>
  | ExistingWorkloadTarget
  | Pick<NewVersionTarget, 'kind' | 'version'>;

/**
 * True for a target that is a version of the service itself. Only of these the console knows that no client calls them:
 * what arrives there are copies.
 */
export function isVersionTarget(target: TargetInput): target is VersionTarget {
  return target.kind === 'version';
}

/** The Service that gets copies beside its own clients' requests; null for another kind of target. */
export function serviceTargetOf({ input }: Pick<TaskTarget, 'input'>): ServiceTarget | null {
  return input.kind === 'service' ? input : null;
}

/** The host outside the mesh that gets copies; null for another kind of target. */
export function externalTargetOf({ input }: Pick<TaskTarget, 'input'>): ExternalTarget | null {
  return input.kind === 'external' ? input : null;
}

/** Host that mirror entries name for a target outside the service; null for a version of it: its placement decides. */
export function hostOfTarget(target: TargetInput): string | null {
  if (target.kind === 'external') return target.host;
  return target.kind === 'service' ? serviceHost(target.name, target.namespace) : null;
}

/** What two targets of a task must not share; of hosts outside the port does not matter: one entry makes a host known. */
export function targetIdentity(target: TargetIdentity): string {
  if (target.kind === 'external') return `external ${target.host}`;
  if (target.kind === 'service') return `service ${target.namespace}/${target.name}:${target.port}`;
  return 'existing' in target ? `existing ${target.existing}` : `version ${target.version}`;
}

/** Deployment of the service that gets the copies; empty where there is none. */
export function workloadOf({ workload }: Pick<TaskTarget, 'workload'>): string {
  return workload ?? '';
}

/** How people call what gets the copies: `v2`, `httpbin.demo-project`. */
export function targetText({ input, workload, version }: Pick<TaskTarget, 'input' | 'workload' | 'version'>): string {
  if (input.kind === 'service') return `${input.name}.${input.namespace}`;
  if (input.kind === 'external') return input.host;
  return version === '' ? (workload ?? '') : version;
}

/** The same targets, each changed; a task keeps at least one. */
export function mapTargets(
  targets: TaskTargets,
  change: (target: TaskTarget, index: number) => TaskTarget,
): TaskTargets {
  const [first, ...others] = targets;
  return [change(first, 0), ...others.map((target, index) => change(target, index + 1))];
}

/** Share of the selected requests that each target gets, in the order of the targets. */
export function percentagesOf({ targets }: Pick<TaskSpec, 'targets'>): number[] {
  return targets.map(({ percentage }) => percentage);
}

/** The spec with other shares, in the order of its targets; one that is missing stays. */
export function withPercentages(spec: TaskSpec, percentages: readonly number[]): TaskSpec {
  const targets = mapTargets(spec.targets, (target, index) => ({
    ...target,
    percentage: percentages[index] ?? target.percentage,
  }));
  return { ...spec, targets };
}

/** The target whose copies an entry makes. */
export function targetOfEntry(
  { targets }: Pick<TaskSpec, 'targets'>,
  { target }: Pick<MirrorEntry, 'target'>,
): TaskTarget {
  return targets.find(({ id }) => id === target) ?? targets[0];
}

/**
 * What the task's own objects for a target are named after: the task, and the target where it is not the only one, for
 * what all of them share bears the task's name.
 */
export function ownNameOf(
  { name, targets }: Pick<TaskSpec, 'name' | 'targets'>,
  { id, hasTaskName = targets.length === 1 }: Pick<TaskTarget, 'id' | 'hasTaskName'>,
): string {
  return ownName(name, hasTaskName ? null : id);
}

/** `ownNameOf` while the task is planned; `id` null: the only target. */
export function ownName(task: string, id: string | null): string {
  return id === null ? task : `${task}-${id}`;
}

/** Subset that a target's entries name, also those that leave; null where they name none. */
export function subsetOfTarget(
  spec: Pick<TaskSpec, 'targets' | 'entries' | 'leaving'>,
  target: TaskTarget,
): string | null {
  const entries = [...spec.entries, ...(spec.leaving ?? [])];
  return entries.find((entry) => targetOfEntry(spec, entry) === target)?.destination.subset ?? null;
}

/** Where the task's first mirror stands that is placed at all, and why; else why none is. */
export function placementOf({ targets }: Pick<TaskSpec, 'targets'>): Pick<TaskTarget, 'placement' | 'placementReason'> {
  const { placement, placementReason } = targets.find((target) => target.placement !== null) ?? targets[0];
  return { placement, placementReason };
}

/** The shares as an entry of a task's activity notes them: those of all where there are several. */
export function sharesOf(spec: Pick<TaskSpec, 'targets'>): { percentage: number; percentages?: number[] } {
  const percentages = percentagesOf(spec);
  return { percentage: spec.targets[0].percentage, ...(percentages.length > 1 && { percentages }) };
}

const tasksOfOne = new WeakMap<TaskSpec, readonly TaskSpec[]>();

/**
 * Each target with its copies as if it were the task's only one: what is measured is measured of each. The same specs
 * for the same spec, since what was measured last is kept by them; of a task with one target the spec itself.
 */
export function eachTarget(spec: TaskSpec): readonly TaskSpec[] {
  const known = tasksOfOne.get(spec);
  if (known) return known;
  const parts =
    spec.targets.length === 1
      ? [spec]
      : spec.targets.map((target): TaskSpec => {
          const entries = spec.entries.filter((entry) => targetOfEntry(spec, entry) === target);
          return { ...spec, targets: [target], entries };
        });
  tasksOfOne.set(spec, parts);
  return parts;
}
