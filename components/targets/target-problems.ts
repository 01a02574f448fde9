import { hostProblem, parsePort, versionProblem } from '@/lib/domain/names';
import { targetIdentity } from '@/lib/domain/targets';
import type { ContainerView, EnvRow } from './containers';
import { servicesFor, type ServiceChoices, type TargetChoices, type TargetFacts } from './target-choices';
import type { TargetDraft, TargetKind } from './target-draft';
import { toTargetInput } from './target-input';

/** One thing to mend: `field` is also the mark of the control (see `fieldMark`). */
export interface Problem {
  field: string;
  code: string;
  params: Record<string, string | number>;
}

const envNamePattern = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const quantityPattern = /^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

export const maximumReplicas = 100;

/** A target under scrutiny. */
export interface TargetAsked {
  /** The task's. */
  namespace: string;
  /** The service whose requests are copied, by name; null: none is chosen. */
  serviceName: string | null;
  target: TargetDraft;
  chosen: TargetChoices;
  around: ServiceChoices;
  facts: TargetFacts;
  before: readonly TargetBefore[];
}

/** A target that is there before another one. */
export interface TargetBefore {
  /** See `targetIdentity`; null: it is not named. */
  identity: string | null;
  /** Deployment that is to be made for it; null: none. */
  workload: string | null;
}

/** Everything that is wrong with a target, share aside; text `target.problem.<code>`. */
export function targetProblems(asked: TargetAsked): Problem[] {
  const ofKind = kindProblems(asked);
  return ofKind.length === 0 ? twiceProblems(asked) : ofKind;
}

/** A field nobody has come to yet, or nothing is known about yet, is not wrong until somebody wants to go on. */
export function isMissing({ code }: Pick<Problem, 'code'>): boolean {
  return code.endsWith('_required') || code.endsWith('_unread');
}

function kindProblems(asked: TargetAsked): Problem[] {
  switch (asked.target.targetKind) {
    case 'new':
      return newVersionProblems(asked);
    case 'existing':
      return existingProblems(asked);
    case 'service':
      return targetServiceProblems(asked);
    case 'external':
      return externalProblems(asked.target);
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
function twiceProblems({ namespace, target, chosen, around, before }: TargetAsked): Problem[] {
  const input = toTargetInput(target, chosen, around, namespace);
  const own = input && targetIdentity(input);
  const isTwice = own !== null && before.some(({ identity }) => identity === own);
  return isTwice ? [problem(namingFields[target.targetKind], 'target_twice')] : [];
}

function externalProblems({ externalHost, externalPort }: TargetDraft): Problem[] {
  const code = hostProblem(externalHost);
  return [
    ...(code === null ? [] : [problem('externalHost', code)]),
    ...(parsePort(externalPort) === null ? [problem('externalPort', 'host_port')] : []),
  ];
}

function targetServiceProblems({ target, chosen, serviceName, facts }: TargetAsked): Problem[] {
  const { targetService: service, targetNamespace } = target;
  if (service === null) return [problem('targetService', 'target_service_required')];
  const where = { place: targetNamespace === null ? 'own' : 'other', namespace: targetNamespace ?? '' };
  if (servicesFor(target, facts) === undefined) return [problem('targetService', 'target_unread', where)];
  if (chosen.targetService === null) return [problem('targetService', 'target_service_gone', { service, ...where })];
  if (targetNamespace === null && service === serviceName)
    return [problem('targetService', 'target_service_same', { service })];
  return chosen.targetPort === null ? [problem('targetPort', 'target_port_required', { service })] : [];
}

function newVersionProblems(asked: TargetAsked): Problem[] {
  const { target, chosen } = asked;
  return [
    ...versionProblems(asked),
    ...(Number.isInteger(target.replicas) && target.replicas >= 1 && target.replicas <= maximumReplicas
      ? []
      : [problem('replicas', 'replicas_range', { maximum: maximumReplicas })]),
    ...chosen.containers.flatMap(containerProblems),
  ];
}

function versionProblems({
  chosen: { version, workload },
  around: { service },
  before,
  facts,
}: TargetAsked): Problem[] {
  const code = versionProblem(version);
  if (code !== null) return [problem('version', code)];
  if (service?.versions.includes(version)) {
    return [problem('version', 'version_taken', { version, service: service.name })];
  }
  if (facts.deployments?.some(({ name }) => name === workload)) {
    return [problem('version', 'workload_taken', { workload })];
  }
  // Of two versions one Deployment's name may be made.
  return before.some((other) => other.workload === workload) ? [problem('version', 'target_twice')] : [];
}

function existingProblems({ target, chosen }: TargetAsked): Problem[] {
  if (target.existing === null) return [problem('existing', 'existing_required')];
  if (chosen.existing === null) return [problem('existing', 'existing_gone', { workload: target.existing })];
  return [];
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

function problem(field: string, code: string, params: Problem['params'] = {}): Problem {
  return { field, code, params };
}
