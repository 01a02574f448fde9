import { conditionProblems } from '@/components/request-match/condition-problems';
import { deploymentNameFor, hostProblem, nameProblem, parsePort, versionProblem } from '@/lib/domain/names';
import { parsePercentage } from '@/lib/domain/percentage';
import type { WizardChoices, WizardFacts } from './choices';
import type { ContainerView, EnvRow } from './containers';
import type { MoreVersion, WizardForm } from './form-model';
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
      return targetProblems(form, choices, facts);
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

function targetProblems(form: WizardForm, choices: WizardChoices, facts: WizardFacts): Problem[] {
  switch (form.targetKind) {
    case 'new':
      return newVersionProblems(form, choices, facts);
    case 'existing':
      return existingProblems(form, choices);
    case 'service':
      return targetServiceProblems(form, choices, facts);
    case 'external':
      return externalProblems(form);
  }
}

function externalProblems({ externalHost, externalPort }: WizardForm): Problem[] {
  const code = hostProblem(externalHost);
  return [
    ...(code === null ? [] : [problem('externalHost', code)]),
    ...(parsePort(externalPort) === null ? [problem('externalPort', 'host_port')] : []),
  ];
}

function targetServiceProblems(form: WizardForm, choices: WizardChoices, facts: WizardFacts): Problem[] {
  const { targetService: service, targetNamespace } = form;
  if (service === null) return [problem('targetService', 'target_service_required')];
  const place = targetNamespace ?? '';
  if (facts.targetServices === undefined) return [problem('targetService', 'target_unread', { namespace: place })];
  if (choices.targetService === null)
    return [problem('targetService', 'target_service_gone', { service, namespace: place })];
  if (targetNamespace === null && service === form.service)
    return [problem('targetService', 'target_service_same', { service })];
  return choices.targetPort === null ? [problem('targetPort', 'target_port_required', { service })] : [];
}

function newVersionProblems(form: WizardForm, choices: WizardChoices, facts: WizardFacts): Problem[] {
  return [
    ...versionProblems(choices, facts),
    ...(Number.isInteger(form.replicas) && form.replicas >= 1 && form.replicas <= maximumReplicas
      ? []
      : [problem('replicas', 'replicas_range', { maximum: maximumReplicas })]),
    ...choices.containers.flatMap(containerProblems),
    ...form.moreVersions.flatMap((row) => moreVersionProblems(row, form, choices, facts)),
  ];
}

function versionProblems(choices: WizardChoices, facts: WizardFacts): Problem[] {
  const { version, workload } = choices;
  const code = versionProblem(version);
  if (code !== null) return [problem('version', code)];
  if (choices.service?.versions.includes(version)) {
    return [problem('version', 'version_taken', { version, service: choices.service.name })];
  }
  if (facts.deployments?.some((deployment) => deployment.name === workload)) {
    return [problem('version', 'workload_taken', { workload })];
  }
  return [];
}

function moreVersionProblems(
  { id, version, image, percentage }: MoreVersion,
  form: WizardForm,
  choices: WizardChoices,
  facts: WizardFacts,
): Problem[] {
  const at = (part: string): string => `more.${id}.${part}`;
  const share = parsePercentage(percentage);
  const service = choices.service?.name ?? '';
  const workload = deploymentNameFor(service, version);
  const others = [choices.version, ...form.moreVersions.flatMap((row) => (row.id === id ? [] : row.version))];
  const code = versionProblem(version);
  const isTaken = [...(choices.service?.versions ?? []), ...others].includes(version);
  const isMade =
    others.some((other) => deploymentNameFor(service, other) === workload) ||
    facts.deployments?.some(({ name }) => name === workload);
  return [
    ...(code !== null
      ? [problem(at('version'), code)]
      : isTaken
        ? [problem(at('version'), 'version_taken', { version, service })]
        : isMade
          ? [problem(at('version'), 'workload_taken', { workload })]
          : []),
    ...(image !== null && (image.trim() === '' || /\s/.test(image.trim()))
      ? [problem(at('image'), image.trim() === '' ? 'image_required' : 'image_space', { container: '' })]
      : []),
    ...('problem' in share ? [problem(at('percentage'), share.problem)] : []),
  ];
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

function existingProblems(form: WizardForm, choices: WizardChoices): Problem[] {
  if (form.existing === null) return [problem('existing', 'existing_required')];
  if (choices.existing === null) return [problem('existing', 'existing_gone', { workload: form.existing })];
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
