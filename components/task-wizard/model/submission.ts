import { inputHash } from '@/lib/domain/record';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { Plan, Task } from '@/lib/contract/task';
import { targetField, type TargetKey } from './form-model';
import type { WizardStep } from './wizard-steps';

/**
 * True when a task that already has the name is the one that was just asked for: same creator, same request. A
 * second click, or an answer lost on the way, is then a success (design: lifecycle).
 */
export function isSameTask(task: Task, input: CreateTaskInput, user: string): boolean {
  return task.createdBy === user && task.inputHash === inputHash(input);
}

/** Checks by severity, worst first, in the order of the server within each. */
export function checksBySeverity(plan: Plan): Record<Plan['checks'][number]['severity'], Plan['checks']> {
  const only = (severity: string): Plan['checks'] => plan.checks.filter((check) => check.severity === severity);
  return { fail: only('fail'), warn: only('warn'), unknown: only('unknown'), pass: only('pass') };
}

/**
 * Where a finding of the API about the request (`details[].path`) is mended. `further`: the ids of the form's further
 * targets, in the order in which the request has them after the first.
 */
export function placeOfPath(
  path: string,
  input: CreateTaskInput,
  further: readonly string[],
): { step: WizardStep; field: string } | null {
  const [head = ''] = path.split(/[.[]/);
  if (head === 'name' || head === 'description') return { step: 'basics', field: head };
  if (head === 'service' || head === 'ports') return { step: 'service', field: head };
  if (head === 'percentage' || head === 'placement' || head === 'delivery' || head === 'safety')
    return { step: 'strategy', field: head };
  if (head === 'match')
    return { step: 'strategy', field: `match.${Number(/\[(\d+)\]/.exec(path)?.[1] ?? 0) + 1}.method` };
  if (head === 'target') return placeInTarget(path.slice('target.'.length), input.target, null);
  if (head !== 'targets') return null;
  const [, index, part = ''] = /^targets\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  const key = index === '0' ? null : further[Number(index) - 1];
  // What is wrong with the list as a whole is told beside it.
  if (index === undefined || key === undefined) return { step: 'version', field: 'further' };
  return placeInTarget(part, input.targets?.[Number(index)], key);
}

function placeInTarget(
  part: string,
  target: CreateTaskInput['target'],
  key: TargetKey,
): { step: WizardStep; field: string } {
  const [head = ''] = part.split(/[.[]/);
  if (head === 'placement' || head === 'safety') return { step: 'strategy', field: head };
  if (head === 'percentage') return { step: key === null ? 'strategy' : 'version', field: targetField(key, head) };
  return { step: 'version', field: targetField(key, fieldOfTarget(part, target)) };
}

function fieldOfTarget(part: string, target: CreateTaskInput['target']): string {
  if (target?.kind === 'external') return part === 'port' ? 'externalPort' : 'externalHost';
  if (target?.kind === 'service') return part === 'port' ? 'targetPort' : 'targetService';
  const container = /^containers\[(\d+)\]\.?(.*)$/.exec(part);
  if (container !== null) return containerField(Number(container[1]), container[2] ?? '', target);
  return part === '' ? 'version' : part;
}

function containerField(index: number, part: string, target: CreateTaskInput['target']): string {
  const name = target && 'containers' in target ? target.containers[index]?.name : undefined;
  if (name === undefined) return 'version';
  const quantity = /^resources\.(requests|limits)\.(.+)$/.exec(part);
  return `container.${name}.${quantity === null ? 'image' : `${quantity[1]}.${quantity[2]}`}`;
}
