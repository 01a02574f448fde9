import { fieldMark } from './focus-field';
import { targetChoices, type TargetChoices } from './model/choices';
import { targetField, targetOf, withTarget, type TargetDraft, type TargetKey } from './model/form-model';
import { problemsOfTarget, type Problem } from './model/validate';
import type { Wizard } from './use-wizard';

/** One target of the form, as its fields read and change it: the first and the further ones have the same. */
export interface TargetEditing {
  wizard: Wizard;
  key: TargetKey;
  target: TargetDraft;
  chosen: TargetChoices;
  update: (change: (target: TargetDraft) => TargetDraft) => void;
  /** Attribute that marks the control of one of its fields. */
  mark: (field: string) => ReturnType<typeof fieldMark>;
  /** The problem of one of its fields, once it may be shown. */
  problemOf: (field: string) => Problem | undefined;
  /** Nothing is wrong with it, shown or not. */
  isComplete: boolean;
}

/** What edits one of the form's targets; `key` null: the first. */
export function editingOf(wizard: Wizard, key: TargetKey): TargetEditing {
  const { form, choices, facts } = wizard;
  return {
    wizard,
    key,
    target: targetOf(form, key),
    chosen: targetChoices(choices, key),
    update: (change) => wizard.update((current) => withTarget(current, key, change)),
    mark: (field) => fieldMark(targetField(key, field)),
    problemOf: (field) => wizard.problemOf(targetField(key, field)),
    isComplete: problemsOfTarget(key, form, choices, facts).length === 0,
  };
}
