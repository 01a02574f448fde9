import { toMatchInput } from '@/components/request-match/conditions';
import { toTargetInput } from '@/components/targets/target-input';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import { nameProblem } from '@/lib/domain/names';
import { parsePercentage } from '@/lib/domain/percentage';
import { targetChoices, type WizardChoices } from './choices';
import { leftAsTheyAre, placedKind, targetOf, type TargetKey, type WizardForm } from './form-model';
import { toMethodsInput, toProtectionInput } from './safety';

type Target = NonNullable<CreateTaskInput['target']>;

/** A target with its share, in percent. */
interface Wish {
  target: Target;
  percentage: number;
}

/**
 * The form as POST /api/tasks takes it. Null while it is not complete enough to be asked about: no service, or a target
 * that is not named or has no percentage.
 */
export function toCreateTaskInput(form: WizardForm, namespace: string, choices: WizardChoices): CreateTaskInput | null {
  const wishes = toWishes(form, namespace, choices);
  if (choices.service === null || wishes === null) return null;
  const match = toMatchInput(form.conditions);
  const methods = toMethodsInput(form, choices);
  const ofPods = toPodsInput(form);
  const isOfAll = leftAsTheyAre(form).length === 0;
  const { placement, safety: protection } = isOfAll ? ofPods : {};
  const safety = { ...protection, ...methods };
  const allPorts = form.ports === null || choices.mirrorablePorts.every((port) => form.ports?.includes(port));
  return {
    namespace,
    name: form.name,
    description: form.description.trim(),
    service: choices.service.name,
    ...toTargets(wishes, isOfAll ? {} : ofPods),
    ...(match && { match }),
    ...(form.routes && form.routes.length > 0 && { routes: form.routes }),
    ...(allPorts || form.ports === null ? {} : { ports: form.ports.toSorted((a, b) => a - b) }),
    ...(placement && { placement }),
    ...(form.delivery === 'patch' ? { delivery: 'patch' as const } : {}),
    ...(Object.keys(safety).length > 0 && { safety }),
  };
}

/**
 * The same request as a question about the service and one target alone: percentage, choice of routes and protection are
 * left out, so that moving the slider asks nothing, and a name that is not typed yet is stood in for.
 */
export function toProbeInput(
  form: WizardForm,
  namespace: string,
  choices: WizardChoices,
  key: TargetKey,
  placement: WizardForm['placement'] = null,
): CreateTaskInput | null {
  const unprotected = { denyWrites: false, marker: false, readsOnly: false };
  const asked = {
    ...form,
    ...targetOf(form, key),
    percentage: '100',
    conditions: [],
    further: [],
    routes: null,
    placement,
    description: '',
    ...unprotected,
  };
  const input = toCreateTaskInput(asked, namespace, { ...choices, ...targetChoices(choices, key) });
  return input === null || nameProblem(input.name) === null ? input : { ...input, name: 'unnamed' };
}

function toWishes(form: WizardForm, namespace: string, choices: WizardChoices): [Wish, ...Wish[]] | null {
  const toWish = (key: TargetKey, percentage: string): Wish | null => {
    const target = targetInputOf(form, namespace, choices, key);
    const share = parsePercentage(percentage);
    return target === null || 'problem' in share ? null : { target, percentage: share.percent };
  };
  const first = toWish(null, form.percentage);
  const others = form.further.flatMap(({ id, percentage }) => toWish(id, percentage) ?? []);
  return first === null || others.length < form.further.length ? null : [first, ...others];
}

type OfPods = Pick<CreateTaskInput, 'placement' | 'safety'>;

/** What was chosen for the mirror's pods. */
function toPodsInput(form: WizardForm): OfPods {
  const protection = toProtectionInput(form);
  return {
    ...(placedKind(form) !== null && form.placement !== null && { placement: form.placement }),
    ...(protection && { safety: protection }),
  };
}

/** The only target, or the list of several; there new versions say what is chosen for their pods alone. */
function toTargets([first, ...others]: [Wish, ...Wish[]], ofNew: OfPods): Partial<CreateTaskInput> {
  if (others.length === 0) return first;
  return {
    targets: [first, ...others].map(({ target, percentage }) => ({
      ...target,
      percentage,
      ...('version' in target && ofNew),
    })),
  };
}

/** One of the form's targets as the API takes it; null while it is not named. */
export function targetInputOf(
  form: WizardForm,
  namespace: string,
  choices: WizardChoices,
  key: TargetKey,
): Target | null {
  return toTargetInput(targetOf(form, key), targetChoices(choices, key), choices, namespace);
}
