import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import { safeMethods } from '@/lib/domain/request-match';
import type { WizardChoices } from './choices';
import { placedKind, type WizardForm } from './form-model';

/** Why writes are not denied unless that is asked for; null: they are, unless the operator says otherwise. */
export type DenyWritesCaveat = 'grpc' | 'existing';

/** True where a target is a version of the service: the task may give policies to the proxies of no other one. */
export function isProtectable(form: WizardForm): boolean {
  return placedKind(form) !== null;
}

/** As the API has it where nothing is asked for: see `planPolicies`. */
export function denyWritesCaveat(form: WizardForm, choices: WizardChoices): DenyWritesCaveat | null {
  if (placedKind(form) === 'existing') return 'existing';
  const ports = (choices.service?.ports ?? []).filter(({ port }) => form.ports === null || form.ports.includes(port));
  return ports.some(({ protocol }) => protocol === 'grpc') ? 'grpc' : null;
}

/** True when the mirror's proxies will refuse writes. */
export function deniesWrites(form: WizardForm, choices: WizardChoices): boolean {
  return isProtectable(form) && (form.denyWrites ?? denyWritesCaveat(form, choices) === null);
}

type Safety = NonNullable<CreateTaskInput['safety']>;

/** What the operator decided about the mirror's proxies, as the API takes it; null when it was left as proposed. */
export function toProtectionInput(form: WizardForm): Pick<Safety, 'denyWrites' | 'marker'> | null {
  const { denyWrites, marker } = form;
  if (!isProtectable(form) || (denyWrites === null && !marker)) return null;
  return { ...(denyWrites !== null && { denyWrites }), ...(marker && { marker }) };
}

/** The methods of which requests are copied, where not of every one. */
export function toMethodsInput({ readsOnly }: WizardForm): Pick<Safety, 'methods'> {
  return readsOnly ? { methods: [...safeMethods] } : {};
}
