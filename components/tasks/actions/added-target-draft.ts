import type { ConditionProblem } from '@/components/request-match/condition-problems';
import {
  readService,
  readTarget,
  type ServiceChoices,
  type TargetChoices,
  type TargetFacts,
} from '@/components/targets/target-choices';
import { emptyTarget, type ListedTargetDraft } from '@/components/targets/target-draft';
import { toTargetInput } from '@/components/targets/target-input';
import { targetProblems, type Problem, type TargetBefore } from '@/components/targets/target-problems';
import type { ChangeBody } from '@/lib/client/tasks';
import type { Task } from '@/lib/contract/task';
import { parsePercentage } from '@/lib/domain/percentage';
import { targetIdentity } from '@/lib/domain/targets';

export type AddedTarget = NonNullable<ChangeBody['addTargets']>[number];

/** Nothing is typed yet of a target that a running task is to get; a share that costs little. */
export const newTarget: ListedTargetDraft = { ...emptyTarget, percentage: '1' };

/** Field of the added target, in problems and on the page. */
export function addedField(field: string): string {
  return `added.${field}`;
}

/** The added target read together with what the server knows. */
export function readAdded(
  task: Task,
  draft: ListedTargetDraft,
  facts: TargetFacts,
): { around: ServiceChoices; chosen: TargetChoices } {
  const around = readService(task.service, facts);
  const versions = task.targets.map(({ version }) => version);
  return { around, chosen: readTarget(draft, around, facts, versions) };
}

/** The draft with the version that is suggested: it must not move on under who reads what would change. */
export function withShownVersion(task: Task, draft: ListedTargetDraft, facts: TargetFacts): ListedTargetDraft {
  if (draft.targetKind !== 'new' || draft.version !== null) return draft;
  const { version } = readAdded(task, draft, facts).chosen;
  return version === '' ? draft : { ...draft, version };
}

/** The target that a draft says; null while it says none. */
export function addedTargetOf(
  task: Task,
  draft: ListedTargetDraft,
  facts: TargetFacts,
): { target: AddedTarget | null; problems: ConditionProblem[] } {
  const { namespace, service: serviceName } = task;
  const { around, chosen } = readAdded(task, draft, facts);
  const share = parsePercentage(draft.percentage);
  const before = task.targets.map(standingBefore);
  const asked = { namespace, serviceName, target: draft, chosen, around, facts, before };
  const ofShare = 'problem' in share ? [problem('percentage', share.problem)] : [];
  const found = [...ofShare, ...targetProblems(asked).map(asStanding)];
  const input = toTargetInput(draft, chosen, around, namespace);
  if ('percent' in share && found.length === 0 && input !== null) {
    return { target: { ...input, percentage: share.percent }, problems: [] };
  }
  // Nobody could say of which containers a new version would be while what it is copied from is not read.
  const problems = found.length > 0 ? found : [problem('version', 'source_unread')];
  return { target: null, problems: problems.map((one) => ({ ...one, field: addedField(one.field) })) };
}

/** It stands before the change: also where that removes it, both at once are refused. */
function asStanding(one: Problem): Problem {
  return one.code === 'target_twice' ? { ...one, code: 'target_stands' } : one;
}

/** A target that the task has. */
function standingBefore({ kind, name, namespace, port, version, created }: Task['targets'][number]): TargetBefore {
  const identityOf = () => {
    if (kind === 'external') return targetIdentity({ kind, host: name });
    if (kind === 'service') return targetIdentity({ kind, namespace: namespace ?? '', name, port: port ?? 0 });
    return targetIdentity(created ? { kind, version } : { kind, existing: name });
  };
  // Its Deployment stands.
  return { identity: identityOf(), workload: null };
}

function problem(field: string, code: string): Problem {
  return { field, code, params: {} };
}
