import type { fieldMark } from '@/components/ui/focus-field';
import type { ServiceChoices, TargetChoices } from './target-choices';
import type { TargetDraft } from './target-draft';
import type { Problem } from './target-problems';

/** One target of a form, as its fields read and change it: of a task that is to be made, or of one that runs. */
export interface TargetEditing {
  /** The task's. */
  namespace: string;
  /** The service whose requests are copied, by name. */
  serviceName: string;
  around: ServiceChoices;
  target: TargetDraft;
  chosen: TargetChoices;
  update: (change: (target: TargetDraft) => TargetDraft) => void;
  /** One of its fields as it is called on the page. */
  fieldOf: (field: string) => string;
  /** Attribute that marks the control of one of its fields. */
  mark: (field: string) => ReturnType<typeof fieldMark>;
  /** The problem of one of its fields, once it may be shown. */
  problemOf: (field: string) => Problem | undefined;
  /** Nothing is wrong with it, shown or not. */
  isComplete: boolean;
  /** Another one is there: where nothing of this one is changed it is to be compared with the live version (A/A). */
  isFurther: boolean;
}
