import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import { hostProblem, nameProblem, parsePort, versionProblem } from '@/lib/domain/names';
import { parsePercentage } from '@/lib/domain/percentage';
import type { WizardChoices } from './choices';
import { toMatchInput } from '@/components/request-match/conditions';
import { toContainerInput } from './containers';
import type { WizardForm } from './form-model';
import { toSafetyInput } from './safety';

type Target = NonNullable<CreateTaskInput['target']>;

/**
 * The form as POST /api/tasks takes it. Null while it is not complete enough to be asked about: no service, no
 * target or no percentage.
 */
export function toCreateTaskInput(form: WizardForm, namespace: string, choices: WizardChoices): CreateTaskInput | null {
  const percentage = parsePercentage(form.percentage);
  const target = toTarget(form, namespace, choices);
  if (choices.service === null || target === null || 'problem' in percentage) return null;
  const match = toMatchInput(form.conditions);
  const safety = toSafetyInput(form);
  const further = target.kind === 'version' && 'version' in target ? moreTargets(form, choices) : [];
  if (further === null) return null;
  const allPorts = form.ports === null || choices.mirrorablePorts.every((port) => form.ports?.includes(port));
  return {
    namespace,
    name: form.name,
    description: form.description.trim(),
    service: choices.service.name,
    ...(further.length === 0
      ? { target, percentage: percentage.percent }
      : { targets: [{ ...target, percentage: percentage.percent }, ...further] }),
    ...(match && { match }),
    ...(form.routes && form.routes.length > 0 && { routes: form.routes }),
    ...(allPorts || form.ports === null ? {} : { ports: form.ports.toSorted((a, b) => a - b) }),
    ...(form.placement === null ? {} : { placement: form.placement }),
    ...(form.delivery === 'patch' ? { delivery: 'patch' as const } : {}),
    ...(safety ? { safety } : {}),
  };
}

/**
 * The same request as a question about service and target alone: percentage, choice of routes and protection are left out, so that
 * moving the slider asks nothing, and a name that is not typed yet is stood in for.
 */
export function toProbeInput(
  form: WizardForm,
  namespace: string,
  choices: WizardChoices,
  placement: WizardForm['placement'] = null,
): CreateTaskInput | null {
  const unprotected = { denyWrites: false, marker: false, readsOnly: false };
  const asked = {
    ...form,
    percentage: '100',
    conditions: [],
    moreVersions: [],
    routes: null,
    placement,
    description: '',
    ...unprotected,
  };
  const input = toCreateTaskInput(asked, namespace, choices);
  return input === null || nameProblem(input.name) === null ? input : { ...input, name: 'unnamed' };
}

/** The further versions, copied from the live workload as the first is; null while one is not complete. */
function moreTargets(form: WizardForm, choices: WizardChoices): NonNullable<CreateTaskInput['targets']> | null {
  const container = choices.containers.find(({ init }) => !init);
  const rows = form.moreVersions.map(({ version, image, percentage }) => {
    const share = parsePercentage(percentage);
    if (versionProblem(version) !== null || 'problem' in share) return null;
    const containers = image === null || !container ? [] : [{ name: container.name, image: image.trim() }];
    return { kind: 'version' as const, version, replicas: 1, containers, percentage: share.percent };
  });
  const complete = rows.filter((row) => row !== null);
  return complete.length < rows.length ? null : complete;
}

function toTarget(form: WizardForm, namespace: string, choices: WizardChoices): Target | null {
  if (form.targetKind === 'external') return toExternal(form);
  if (form.targetKind === 'service') {
    const { targetService, targetPort } = choices;
    if (targetService === null || targetPort === null) return null;
    const place = form.targetNamespace ?? namespace;
    return { kind: 'service', namespace: place, name: targetService.name, port: targetPort };
  }
  if (form.targetKind === 'existing') {
    return form.existing === null ? null : { kind: 'version', existing: form.existing };
  }
  if (choices.version === '' || choices.source === null) return null;
  return {
    kind: 'version',
    version: choices.version,
    replicas: form.replicas,
    containers: choices.containers.flatMap((view) => toContainerInput(view) ?? []),
  };
}

function toExternal({ externalHost: host, externalPort, externalTls: tls }: WizardForm): Target | null {
  const port = parsePort(externalPort);
  return port === null || hostProblem(host) !== null ? null : { kind: 'external', host, port, tls };
}
