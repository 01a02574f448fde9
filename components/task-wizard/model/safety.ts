import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import { safeMethods } from '@/lib/domain/request-match';
import type { WizardChoices } from './choices';
import type { WizardForm } from './form-model';

/** Why writes are not denied unless that is asked for; null: they are, unless the operator says otherwise. */
export type DenyWritesCaveat = 'grpc' | 'existing';

/** True for a target whose proxies the task may give policies to. */
export function isProtectable({ targetKind }: WizardForm): boolean {
  return targetKind !== 'service';
}

/** As the API has it where nothing is asked for: see `planPolicies`. */
export function denyWritesCaveat(form: WizardForm, choices: WizardChoices): DenyWritesCaveat | null {
  if (form.targetKind === 'existing') return 'existing';
  const ports = (choices.service?.ports ?? []).filter(({ port }) => form.ports === null || form.ports.includes(port));
  return ports.some(({ protocol }) => protocol === 'grpc') ? 'grpc' : null;
}

/** True when the mirror's proxies will refuse writes. */
export function deniesWrites(form: WizardForm, choices: WizardChoices): boolean {
  return isProtectable(form) && (form.denyWrites ?? denyWritesCaveat(form, choices) === null);
}

/** What the operator decided, as the API takes it; null when everything was left as proposed. */
export function toSafetyInput(form: WizardForm): CreateTaskInput['safety'] | null {
  const { denyWrites, marker, readsOnly } = form;
  const ofMirror = isProtectable(form)
    ? { ...(denyWrites === null ? {} : { denyWrites }), ...(marker ? { marker } : {}) }
    : {};
  const safety = { ...ofMirror, ...(readsOnly ? { methods: [...safeMethods] } : {}) };
  return Object.keys(safety).length === 0 ? null : safety;
}
