import { fieldMark } from '@/components/ui/focus-field';
import type { TargetEditing } from '@/components/targets/target-editing';
import { targetChoices } from './model/choices';
import { targetField, targetOf, withTarget, type TargetKey } from './model/form-model';
import { problemsOfTarget } from './model/validate';
import type { Wizard } from './use-wizard';

/** What edits one of the form's targets; `key` null: the first. */
export function editingOf(wizard: Wizard, key: TargetKey): TargetEditing {
  const { namespace, form, choices, facts } = wizard;
  const fieldOf = (field: string) => targetField(key, field);
  return {
    namespace,
    serviceName: form.service ?? '',
    around: choices,
    target: targetOf(form, key),
    chosen: targetChoices(choices, key),
    update: (change) => wizard.update((current) => withTarget(current, key, change)),
    fieldOf,
    mark: (field) => fieldMark(fieldOf(field)),
    problemOf: (field) => wizard.problemOf(fieldOf(field)),
    isComplete: problemsOfTarget(key, form, choices, facts).length === 0,
    isFurther: key !== null,
  };
}
