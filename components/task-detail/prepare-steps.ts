import type { Message, Task } from '@/lib/contract/task';

export type StepProgress = 'done' | 'running' | 'waiting' | 'failed';

export interface PreparedStep {
  id: string;
  /** Key of its text: the id without the object that it may carry (`mirror:NAMESPACE/NAME`). */
  code: string;
  params: Record<string, string>;
  object: Task['steps'][number]['object'];
  progress: StepProgress;
  message: Message | null;
}

/** Orders nothing, hides nothing: says of each step how far it is. The first one that is not done runs now. */
export function prepareSteps(
  steps: Task['steps'],
  running: boolean,
): { steps: PreparedStep[]; done: number; failed: number } {
  const current = running ? steps.findIndex((step) => step.state === 'pending') : -1;
  const prepared = steps.map((step, index): PreparedStep => ({
    id: step.id,
    code: step.id.split(':')[0] ?? step.id,
    params: {
      kind: step.object?.kind ?? '',
      name: step.object?.name ?? '',
      namespace: step.object?.namespace ?? '',
      object: step.object ? `${step.object.kind} ${step.object.name}` : '',
    },
    object: step.object,
    progress: step.state === 'pending' ? (index === current ? 'running' : 'waiting') : step.state,
    message: step.message,
  }));
  const count = (progress: StepProgress) => prepared.filter((step) => step.progress === progress).length;
  return { steps: prepared, done: count('done'), failed: count('failed') };
}
