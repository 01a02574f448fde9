import { conditionProblems, type ConditionProblem } from '@/components/request-match/condition-problems';
import { fromMatchInput, toMatchInput } from '@/components/request-match/conditions';
import type { MatchDraft } from '@/components/request-match/match-choice';
import type { TargetFacts } from '@/components/targets/target-choices';
import type { ListedTargetDraft } from '@/components/targets/target-draft';
import type { ChangeBody } from '@/lib/client/tasks';
import type { ContainerInfo } from '@/lib/contract/inventory';
import type { Task } from '@/lib/contract/task';
import { formatPercent, parsePercentage } from '@/lib/domain/percentage';
import { safeMethods } from '@/lib/domain/request-match';
import { addedTargetOf } from './added-target-draft';
import { rampOf, type RampStepDraft } from './ramp-draft';

type Target = Task['targets'][number];
type TargetChange = Omit<NonNullable<ChangeBody['targets']>[number], 'id'>;

/**
 * What is typed of how a task is to be; null and absent: as it is, also where somebody else, or a ramp, makes it
 * otherwise meanwhile.
 */
export interface EditDraft {
  conditions: MatchDraft['conditions'] | null;
  readsOnly: boolean | null;
  /** Steps by which shares are raised, in place of those that targets get at once; null: they get those. */
  ramp: RampStepDraft[] | null;
  /** By the target's id. */
  targets: Record<string, TargetDraft>;
  /** One more target; null: none. */
  added: ListedTargetDraft | null;
}

/** What is typed of how a target is to be; null and absent: as it is. */
export interface TargetDraft {
  percentage: string | null;
  replicas: number | null;
  /** By container. */
  images: Record<string, string>;
  /** It gets no copies any more. */
  isRemoved: boolean;
}

/** One thing to mend; `target`: the id of the one whose field it is, null for what all share. */
export interface EditProblem extends ConditionProblem {
  target: string | null;
}

/** What the operator makes of a task; `problems` name what is not yet anything. */
export interface Edit {
  /** Only what differs from how the task is; empty: nothing does. */
  change: ChangeBody;
  problems: EditProblem[];
}

/** Nothing is typed yet. */
export const untouched: EditDraft = { conditions: null, readsOnly: null, ramp: null, targets: {}, added: null };
/** The same of a target. */
export const untouchedTarget: TargetDraft = { percentage: null, replicas: null, images: {}, isRemoved: false };

/** Which requests are to be copied. */
export function matchOf(
  task: Task,
  { conditions, readsOnly }: Pick<EditDraft, 'conditions' | 'readsOnly'>,
): MatchDraft {
  return {
    conditions: conditions ?? fromMatchInput(task.match),
    readsOnly: readsOnly ?? task.safety.methods !== null,
  };
}

/** What the field of a target's share holds. */
export function shareText({ percentage }: Target, typed: TargetDraft): string {
  return typed.percentage ?? formatPercent(percentage);
}

/** The share that a text says; null while it says none. */
export function percentTyped(text: string): number | null {
  const parsed = parsePercentage(text);
  return 'percent' in parsed ? parsed.percent : null;
}

/** The Deployment that the task made for a target, which is what can be edited of one; null: it made none. */
export function ownWorkloadOf({ created, workload }: Target): string | null {
  return created ? workload : null;
}

/** The share of a change that changes one share and nothing else; null: it changes more. */
export function onlyShareOf({ targets, ...change }: ChangeBody): number | null {
  const [first, ...others] = targets ?? [];
  const { id: _id, ...ofFirst } = first ?? { id: '' };
  const { percentage, ...rest }: ChangeBody = { ...change, ...ofFirst };
  return others.length === 0 && Object.keys(rest).length === 0 ? (percentage ?? null) : null;
}

/** The first shares of a change that starts a ramp and does nothing else; null: it does something else. */
export function onlyRampSharesOf({ ramp, ...rest }: ChangeBody): number[] | null {
  const { percentage, targets } = ramp?.[0] ?? {};
  if (!ramp || Object.keys(rest).length > 0) return null;
  return targets?.map((target) => target.percentage) ?? (percentage === undefined ? [] : [percentage]);
}

/** Labels of the targets that a change removes where it does nothing else; null: it does something else. */
export function onlyRemovedOf(task: Task, { targets = [], ...rest }: ChangeBody): string[] | null {
  if (Object.keys(rest).length > 0 || targets.length === 0 || !targets.every(({ remove }) => remove)) return null;
  return task.targets.filter(({ id }) => targets.some((one) => one.id === id)).map(({ label }) => label);
}

/** True for a change of where copies go. */
export function isRetargeting({ targets = [], addTargets }: ChangeBody): boolean {
  return addTargets !== undefined || targets.some(({ remove }) => remove);
}

/** True for a change by which writes begin to be copied to what is no new version of the task's own. */
export function copiesWritesAnew(task: Task, { safety, targets = [], addTargets = [] }: ChangeBody): boolean {
  const { methods } = safety ?? task.safety;
  if (methods !== null) return false;
  const isLeft = (id: string) => targets.some((one) => one.id === id && one.remove);
  const isToOthers = task.targets.some(({ id, created }) => !created && !isLeft(id));
  return addTargets.some((added) => !('version' in added)) || (safety !== undefined && isToOthers);
}

/** Targets that stay, as far as is typed. */
export function stayingOf(task: Task, { targets }: Pick<EditDraft, 'targets'>): Task['targets'] {
  return task.targets.filter(({ id }) => !targets[id]?.isRemoved);
}

/** Without the added target; those that are removed stay where that leaves none. */
export function withoutAdded(task: Task, draft: EditDraft): EditDraft {
  if (stayingOf(task, draft).length > 0) return { ...draft, added: null };
  const targets = Object.entries(draft.targets).map(([id, target]) => [id, { ...target, isRemoved: false }] as const);
  return { ...draft, added: null, targets: Object.fromEntries(targets) };
}

/**
 * True where reads alone are to be copied, as they are not yet, and some of the task's ports take gRPC calls, all of
 * them POST: none of these is copied then.
 */
export function leavesGrpcOut(task: Task, draft: EditDraft, { services }: TargetFacts): boolean {
  if (!startsReadsOnly(task, draft)) return false;
  const ports = services?.find(({ name }) => name === task.service)?.ports ?? [];
  return ports.some(({ port, protocol }) => protocol === 'grpc' && task.ports.includes(port));
}

/** True where every method is copied, and no longer is to be. */
export function startsReadsOnly(task: Task, draft: EditDraft): boolean {
  return task.safety.methods === null && matchOf(task, draft).readsOnly;
}

/** What differs between a draft and the task. `facts`: what is read of Services and Deployments. */
export function editOf(task: Task, draft: EditDraft, facts: TargetFacts): Edit {
  const { conditions, readsOnly } = matchOf(task, draft);
  const match = toMatchInput(conditions) ?? null;
  const ramp = draft.ramp && rampOf(draft.ramp, task.targets);
  const added = draft.added && addedTargetOf(task, draft.added, facts);
  const edits = task.targets.map((target) => ({ target, ...targetEdit(target, draft, facts) }));
  const changes = edits
    .filter(({ change }) => Object.keys(change).length > 0)
    .map(({ target, change }) => ({ id: target.id, ...change }));
  const isListed = task.targets.length > 1 || changes.some(({ remove }) => remove);
  const change: ChangeBody = {
    ...(isListed ? changes.length > 0 && { targets: changes } : edits[0]?.change),
    ...(added?.target && { addTargets: [added.target] }),
    ...(ramp && { ramp: ramp.ramp }),
    ...(!isSame(match, toMatchInput(fromMatchInput(task.match)) ?? null) && { match }),
    ...(readsOnly !== (task.safety.methods !== null) && {
      safety: { methods: readsOnly ? [...safeMethods] : null },
    }),
  };
  return {
    change,
    problems: [
      ...(added?.problems ?? []).map((problem) => ({ ...problem, target: null })),
      ...(isRetargeting(change) && (change.match !== undefined || change.safety || change.ramp)
        ? [{ field: 'targets', code: 'retarget_alone', params: {}, target: null }]
        : []),
      ...(ramp?.problems ?? []).map((problem) => ({ ...problem, target: null })),
      ...edits.flatMap(({ target, problems }) => problems.map((problem) => ({ ...problem, target: target.id }))),
      ...conditions.flatMap(conditionProblems).map((problem) => ({ ...problem, target: null })),
    ],
  };
}

/** Containers of a Deployment as they stand; none while they are not read. */
function containersOf(workload: string, { deployments }: TargetFacts): readonly ContainerInfo[] {
  return deployments?.find(({ name }) => name === workload)?.containers ?? [];
}

function targetEdit(
  target: Target,
  draft: EditDraft,
  facts: TargetFacts,
): { change: TargetChange; problems: ConditionProblem[] } {
  const ofTarget = draft.targets[target.id] ?? untouchedTarget;
  if (ofTarget.isRemoved) return { change: { remove: true }, problems: [] };
  // Steps say the share.
  const typed = draft.ramp ? { ...ofTarget, percentage: null } : ofTarget;
  const text = shareText(target, typed);
  const parsed = parsePercentage(text);
  const percent = percentTyped(text);
  const workload = ownWorkloadOf(target);
  const images = (workload === null ? [] : containersOf(workload, facts)).flatMap(({ name, image }) => {
    const wanted = typed.images[name]?.trim() ?? image;
    return wanted === image ? [] : [{ name, image: wanted }];
  });
  const before = target.replicas?.desired ?? null;
  return {
    problems: [
      ...('problem' in parsed ? [{ field: 'percentage', code: parsed.problem, params: {} }] : []),
      ...images.flatMap(({ name, image }) =>
        image === '' ? [{ field: `image.${name}`, code: 'image_required', params: { container: name } }] : [],
      ),
    ],
    change: {
      ...(percent !== null && percent !== target.percentage && { percentage: percent }),
      ...(typed.replicas !== null && typed.replicas !== before && { replicas: typed.replicas }),
      ...(images.length > 0 && { containers: images }),
    },
  };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
