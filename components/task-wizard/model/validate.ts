import { conditionProblems } from '@/components/request-match/condition-problems';
import { hostProblem, nameProblem, parsePort, versionProblem } from '@/lib/domain/names';
import { parsePercentage } from '@/lib/domain/percentage';
import { targetIdentity } from '@/lib/domain/targets';
import { servicesFor, targetChoices, type TargetChoices, type WizardChoices, type WizardFacts } from './choices';
import type { ContainerView, EnvRow } from './containers';
import {
  targetField,
  targetOf,
  type TargetDraft,
  type TargetKey,
  type TargetKind,
  type WizardForm,
} from './form-model';
import { toTargetInput } from './to-input';
import type { WizardStep } from './wizard-steps';

/** One thing to mend: `field` is also the id of the control (see field-ids.ts); text `wizard.problem.<code>`. */
export interface Problem {
  field: string;
  code: string;
  params: Record<string, string | number>;
}

const envNamePattern = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const quantityPattern = /^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

export const maximumNameLength = 63;
export const maximumDescriptionLength = 1000;
export const maximumReplicas = 100;

/** Everything that keeps a step from being complete, in the order of its fields. */
export function problemsOf(step: WizardStep, form: WizardForm, choices: WizardChoices, facts: WizardFacts): Problem[] {
  switch (step) {
    case 'basics':
      return basicsProblems(form, facts);
    case 'service':
      return serviceProblems(form, choices, facts);
    case 'version':
      return targetsProblems(form, choices, facts);
    case 'strategy':
      return strategyProblems(form);
    case 'review':
      return [];
  }
}

function basicsProblems(form: WizardForm, facts: WizardFacts): Problem[] {
  const problems: Problem[] = [];
  const code = nameProblem(form.name);
  if (code !== null) problems.push(problem('name', code));
  else if (facts.nameTaken) problems.push(problem('name', 'name_taken', { name: form.name }));
  if (form.description.length > maximumDescriptionLength) {
    problems.push(problem('description', 'description_long', { maximum: maximumDescriptionLength }));
  }
  return problems;
}

function serviceProblems(form: WizardForm, choices: WizardChoices, facts: WizardFacts): Problem[] {
  if (form.service === null) return [problem('service', 'service_required')];
  if (facts.services === undefined || facts.deployments === undefined) return [problem('service', 'service_unread')];
  if (choices.service === null) return [problem('service', 'service_gone', { service: form.service })];
  if (!choices.service.eligible) return [problem('service', 'service_unfit', { service: form.service })];
  if (form.ports !== null && form.ports.length === 0) return [problem('ports', 'ports_required')];
  return [];
}

/** Everything that is wrong with the targets, in their order. */
function targetsProblems(form: WizardForm, choices: WizardChoices, facts: WizardFacts): Problem[] {
  return [null, ...form.further.map(({ id }) => id)].flatMap((key) => problemsOfTarget(key, form, choices, facts));
}

/** Everything that is wrong with one target. */
export function problemsOfTarget(
  key: TargetKey,
  form: WizardForm,
  choices: WizardChoices,
  facts: WizardFacts,
): Problem[] {
  const asked = { key, target: targetOf(form, key), chosen: targetChoices(choices, key), form, choices, facts };
  const ofKind = kindProblems(asked);
  const problems = [...(ofKind.length === 0 ? twiceProblems(asked) : ofKind), ...shareProblems(asked)];
  return problems.map((one) => ({ ...one, field: targetField(key, one.field) }));
}

/** A target under scrutiny. */
interface Asked {
  key: TargetKey;
  target: TargetDraft;
  chosen: TargetChoices;
  form: WizardForm;
  choices: WizardChoices;
  facts: WizardFacts;
}

function kindProblems(asked: Asked): Problem[] {
  switch (asked.target.targetKind) {
    case 'new':
      return newVersionProblems(asked);
    case 'existing':
      return existingProblems(asked);
    case 'service':
      return targetServiceProblems(asked);
    case 'external':
      return externalProblems(asked);
  }
}

/** The field that says which one of its kind a target is. */
const namingFields = {
  new: 'version',
  existing: 'existing',
  service: 'targetService',
  external: 'externalHost',
} as const satisfies Record<TargetKind, string>;

/** What a target before this one is already. */
function twiceProblems({ key, target, form, choices }: Asked): Problem[] {
  // The task's own namespace, which the form does not name, is like no other.
  const identity = (one: TargetKey): string | null => {
    const input = toTargetInput(form, '', choices, one);
    return input && targetIdentity(input);
  };
  const own = identity(key);
  const isTwice = own !== null && keysBefore(form, key).some((other) => identity(other) === own);
  return isTwice ? [problem(namingFields[target.targetKind], 'target_twice')] : [];
}

/** The targets above one, the first of all first. */
function keysBefore({ further }: WizardForm, key: TargetKey): TargetKey[] {
  if (key === null) return [];
  return [
    null,
    ...further
      .slice(
        0,
        further.findIndex(({ id }) => id === key),
      )
      .map(({ id }) => id),
  ];
}

/** The first target's share is a matter of the next step. */
function shareProblems({ key, form }: Asked): Problem[] {
  const row = form.further.find(({ id }) => id === key);
  const share = row && parsePercentage(row.percentage);
  return share && 'problem' in share ? [problem('percentage', share.problem)] : [];
}

function externalProblems({ target: { externalHost, externalPort } }: Asked): Problem[] {
  const code = hostProblem(externalHost);
  return [
    ...(code === null ? [] : [problem('externalHost', code)]),
    ...(parsePort(externalPort) === null ? [problem('externalPort', 'host_port')] : []),
  ];
}

function targetServiceProblems({ target, chosen, form, facts }: Asked): Problem[] {
  const { targetService: service, targetNamespace } = target;
  if (service === null) return [problem('targetService', 'target_service_required')];
  const place = targetNamespace ?? '';
  if (servicesFor(target, facts) === undefined)
    return [problem('targetService', 'target_unread', { namespace: place })];
  if (chosen.targetService === null)
    return [problem('targetService', 'target_service_gone', { service, namespace: place })];
  if (targetNamespace === null && service === form.service)
    return [problem('targetService', 'target_service_same', { service })];
  return chosen.targetPort === null ? [problem('targetPort', 'target_port_required', { service })] : [];
}

function newVersionProblems(asked: Asked): Problem[] {
  const { target, chosen } = asked;
  return [
    ...versionProblems(asked),
    ...(Number.isInteger(target.replicas) && target.replicas >= 1 && target.replicas <= maximumReplicas
      ? []
      : [problem('replicas', 'replicas_range', { maximum: maximumReplicas })]),
    ...chosen.containers.flatMap(containerProblems),
  ];
}

function versionProblems({ key, chosen: { version, workload }, form, choices, facts }: Asked): Problem[] {
  const before = keysBefore(form, key).flatMap((other) =>
    targetOf(form, other).targetKind === 'new' ? [targetChoices(choices, other)] : [],
  );
  const service = choices.service?.name ?? '';
  const code = versionProblem(version);
  if (code !== null) return [problem('version', code)];
  if (choices.service?.versions.includes(version)) return [problem('version', 'version_taken', { version, service })];
  if (facts.deployments?.some(({ name }) => name === workload)) {
    return [problem('version', 'workload_taken', { workload })];
  }
  // Of two versions one Deployment's name may be made.
  return before.some((other) => other.workload === workload) ? [problem('version', 'target_twice')] : [];
}

function containerProblems(view: ContainerView): Problem[] {
  const problems: Problem[] = [];
  const at = (part: string): string => `container.${view.name}.${part}`;
  const image = view.image.trim();
  if (image === '') problems.push(problem(at('image'), 'image_required', { container: view.name }));
  else if (/\s/.test(image)) problems.push(problem(at('image'), 'image_space', { container: view.name }));
  problems.push(...envProblems(view));
  for (const side of ['requests', 'limits'] as const) {
    for (const [resource, quantity] of Object.entries(view.draft[side])) {
      if (quantity.trim() !== '' && !quantityPattern.test(quantity.trim())) {
        problems.push(problem(at(`${side}.${resource}`), 'quantity_pattern', { quantity }));
      }
    }
  }
  return problems;
}

function envProblems(view: ContainerView): Problem[] {
  const kept = view.env.filter((row) => row.state !== 'removed');
  const seen = new Set<string>();
  return kept.flatMap((row): Problem[] => {
    const twice = seen.has(row.name);
    seen.add(row.name);
    const nameField = envField(view.name, row, 'name');
    if (row.id !== null && row.name === '') return [problem(nameField, 'env_name_required')];
    if (row.id !== null && !envNamePattern.test(row.name)) return [problem(nameField, 'env_name_pattern')];
    if (row.id !== null && twice) return [problem(nameField, 'env_twice', { name: row.name })];
    if (mustBeTypedAgain(row)) return [problem(envField(view.name, row, 'value'), 'env_again', { name: row.name })];
    return [];
  });
}

/** A value that was left out of the draft because its name says that it is secret. */
function mustBeTypedAgain(row: EnvRow): boolean {
  return row.value === null && (row.state === 'changed' || row.state === 'added');
}

/** Field of a variable's name or value. */
export function envField(container: string, row: EnvRow, part: 'name' | 'value'): string {
  return `container.${container}.env.${row.key}.${part}`;
}

function existingProblems({ target, chosen }: Asked): Problem[] {
  if (target.existing === null) return [problem('existing', 'existing_required')];
  if (chosen.existing === null) return [problem('existing', 'existing_gone', { workload: target.existing })];
  return [];
}

function strategyProblems(form: WizardForm): Problem[] {
  const parsed = parsePercentage(form.percentage);
  return [
    ...(form.routes?.length === 0 ? [problem('routes', 'routes_required')] : []),
    ...form.conditions.flatMap(conditionProblems),
    ...('problem' in parsed ? [problem('percentage', parsed.problem)] : []),
  ];
}

function problem(field: string, code: string, params: Problem['params'] = {}): Problem {
  return { field, code, params };
}
