import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import { safeMethods } from '@/lib/domain/request-match';
import type { WizardChoices } from './choices';
import { hasUnguarded, placedKind, type WizardForm } from './form-model';

/** Why writes are not denied unless that is asked for; null: they are, unless the operator says otherwise. */
export type DenyWritesCaveat = 'grpc' | 'existing';

/** True where a target is a version of the service: the task may give policies to the proxies of no other one. */
export function isProtectable(form: WizardForm): boolean {
  return placedKind(form) !== null;
}

/** As the API has it where nothing is asked for: see `planPolicies`. */
export function denyWritesCaveat(form: WizardForm, choices: WizardChoices): DenyWritesCaveat | null {
  if (placedKind(form) === 'existing') return 'existing';
  return takesGrpc(form, choices) ? 'grpc' : null;
}

/** gRPC calls are all POST. */
export function takesGrpc(form: Pick<WizardForm, 'ports'>, choices: WizardChoices): boolean {
  return copiedPorts(form, choices).some(({ protocol }) => protocol === 'grpc');
}

/** True where nothing but gRPC calls is copied: no read is among them. */
export function takesGrpcAlone(form: Pick<WizardForm, 'ports'>, choices: WizardChoices): boolean {
  return takesGrpc(form, choices) && copiedPorts(form, choices).every(({ protocol }) => protocol === 'grpc');
}

function copiedPorts({ ports: chosen }: Pick<WizardForm, 'ports'>, { service, mirrorablePorts }: WizardChoices) {
  const copied = chosen ?? mirrorablePorts;
  return (service?.ports ?? []).filter(({ port }) => copied.includes(port));
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

/**
 * True where only reads are copied unless the operator says otherwise: some target is no version of the task's own, and
 * nothing keeps writes from it unless that is asked for. Of gRPC alone nothing would be copied then.
 */
export function proposesReadsOnly(form: WizardForm, choices: WizardChoices): boolean {
  return hasUnguarded(form) && !takesGrpcAlone(form, choices);
}

/** True where reads alone are copied and some ports have none: nothing that comes to these is copied. */
export function leavesGrpcOut(form: WizardForm, choices: WizardChoices): boolean {
  return copiesReadsOnly(form, choices) && takesGrpc(form, choices);
}

/** True when only requests that change nothing are copied. */
export function copiesReadsOnly(form: WizardForm, choices: WizardChoices): boolean {
  return form.readsOnly ?? proposesReadsOnly(form, choices);
}

/** The methods of which requests are copied, where not of every one. */
export function toMethodsInput(form: WizardForm, choices: WizardChoices): Pick<Safety, 'methods'> {
  return copiesReadsOnly(form, choices) ? { methods: [...safeMethods] } : {};
}
