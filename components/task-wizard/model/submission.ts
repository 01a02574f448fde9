import { inputHash } from '@/lib/domain/record';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { Plan, Task } from '@/lib/contract/task';
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

/** Where a finding of the API about the request (`details[].path`) is mended. */
export function placeOfPath(path: string, input: CreateTaskInput): { step: WizardStep; field: string } | null {
  const [head = ''] = path.split(/[.[]/);
  if (head === 'name' || head === 'description') return { step: 'basics', field: head };
  if (head === 'service' || head === 'ports') return { step: 'service', field: head };
  if (head === 'percentage' || head === 'placement' || head === 'delivery' || head === 'safety')
    return { step: 'strategy', field: head };
  if (head === 'match')
    return { step: 'strategy', field: `match.${Number(/\[(\d+)\]/.exec(path)?.[1] ?? 0) + 1}.method` };
  if (head === 'targets') return { step: 'version', field: 'version' };
  if (head !== 'target') return null;
  const container = /^target\.containers\[(\d+)\]\.?(.*)$/.exec(path);
  if (container !== null)
    return { step: 'version', field: containerField(Number(container[1]), container[2] ?? '', input) };
  const [, part = 'version'] = path.split('.');
  return { step: 'version', field: targetField(part, input) };
}

function targetField(part: string, { target }: CreateTaskInput): string {
  if (target?.kind === 'external') return part === 'port' ? 'externalPort' : 'externalHost';
  return target?.kind === 'service' ? (part === 'port' ? 'targetPort' : 'targetService') : part;
}

function containerField(index: number, part: string, input: CreateTaskInput): string {
  const name = input.target && 'containers' in input.target ? input.target.containers[index]?.name : undefined;
  if (name === undefined) return 'version';
  const quantity = /^resources\.(requests|limits)\.(.+)$/.exec(part);
  return `container.${name}.${quantity === null ? 'image' : `${quantity[1]}.${quantity[2]}`}`;
}
