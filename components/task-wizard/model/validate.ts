import { conditionProblems } from '@/components/request-match/condition-problems';
import { targetProblems, type Problem, type TargetBefore } from '@/components/targets/target-problems';
import { nameProblem } from '@/lib/domain/names';
import { parsePercentage } from '@/lib/domain/percentage';
import { targetIdentity } from '@/lib/domain/targets';
import { targetChoices, type WizardChoices, type WizardFacts } from './choices';
import { targetField, targetOf, type TargetKey, type WizardForm } from './form-model';
import { targetInputOf } from './to-input';
import type { WizardStep } from './wizard-steps';

export const maximumNameLength = 63;
export const maximumDescriptionLength = 1000;

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
  const problems = targetProblems({
    namespace: ownNamespace,
    serviceName: form.service,
    target: targetOf(form, key),
    chosen: targetChoices(choices, key),
    around: choices,
    facts,
    before: keysBefore(form, key).map((other) => targetBefore(other, form, choices)),
  });
  return [...problems, ...shareProblems(key, form)].map((one) => ({ ...one, field: targetField(key, one.field) }));
}

/** The task's own namespace, which the form does not name, is like no other. */
const ownNamespace = '';

function targetBefore(key: TargetKey, form: WizardForm, choices: WizardChoices): TargetBefore {
  const input = targetInputOf(form, ownNamespace, choices, key);
  const isNew = targetOf(form, key).targetKind === 'new';
  return {
    identity: input && targetIdentity(input),
    workload: isNew ? targetChoices(choices, key).workload : null,
  };
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
function shareProblems(key: TargetKey, form: WizardForm): Problem[] {
  const row = form.further.find(({ id }) => id === key);
  const share = row && parsePercentage(row.percentage);
  return share && 'problem' in share ? [problem('percentage', share.problem)] : [];
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
