import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import { hostProblem, parsePort } from '@/lib/domain/names';
import { toContainerInput } from './containers';
import type { ServiceChoices, TargetChoices } from './target-choices';
import type { TargetDraft } from './target-draft';

type TargetInput = NonNullable<CreateTaskInput['target']>;

/** A target as the API takes it; null while it is not named. `namespace`: the task's. */
export function toTargetInput(
  target: TargetDraft,
  { targetService, targetPort, version, containers }: TargetChoices,
  { source }: Pick<ServiceChoices, 'source'>,
  namespace: string,
): TargetInput | null {
  switch (target.targetKind) {
    case 'external':
      return toExternal(target);
    case 'service':
      if (targetService === null || targetPort === null) return null;
      return {
        kind: 'service',
        namespace: target.targetNamespace ?? namespace,
        name: targetService.name,
        port: targetPort,
      };
    case 'existing':
      return target.existing === null ? null : { kind: 'version', existing: target.existing };
    case 'new':
      if (version === '' || source === null) return null;
      return {
        kind: 'version',
        version,
        replicas: target.replicas,
        containers: containers.flatMap((view) => toContainerInput(view) ?? []),
      };
  }
}

function toExternal({ externalHost: host, externalPort, externalTls: tls }: TargetDraft): TargetInput | null {
  const port = parsePort(externalPort);
  return port === null || hostProblem(host) !== null ? null : { kind: 'external', host, port, tls };
}
