import type { MessageRef } from '@/lib/domain/message';
import type { Step } from '@/lib/domain/task';
import { isClusterError } from '@/lib/server/cluster/cluster-error';

/** A step that cannot go on, with what to tell the operator. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly reason: MessageRef;

  constructor(reason: MessageRef, cause?: unknown) {
    super(reason.code, { cause });
    this.reason = reason;
  }
}

/** This process no longer holds the task's lock (taken over, record gone), or was asked to stop driving. */
export class OperationEnded extends Error {
  override readonly name = 'OperationEnded';
}

/** What went wrong, in words for the step on an object; Kubernetes' own where it spoke. */
export function reasonOf(error: unknown, object: Step['object']): MessageRef {
  if (error instanceof StepFailure) return error.reason;
  if (!isClusterError(error)) return { code: 'step_internal', params: {} };
  const params = { message: naming(object, error.message) };
  if (error.code === 'forbidden' || error.code === 'unauthorized') return { code: 'step_forbidden', params };
  if (error.code === 'unreachable' || error.code === 'timeout') return { code: 'step_unreachable', params };
  if (error.code === 'conflict' || error.code === 'alreadyExists') return { code: 'step_conflict', params };
  return { code: 'step_refused', params };
}

/** Words of the server, with the object before them where they do not name it. */
function naming(object: Step['object'], words: string): string {
  if (!object || words.includes(object.name)) return words;
  return `${object.kind} ${object.namespace}/${object.name}: ${words}`;
}
