import type { DeploymentInfo, ServiceInfo } from '@/lib/contract/inventory';
import { deploymentNameFor, suggestVersion } from '@/lib/domain/names';
import { prepareContainers, type ContainerView } from './containers';
import type { TargetDraft } from './target-draft';

/** What the server knows, as far as it has answered. */
export interface TargetFacts {
  services: readonly ServiceInfo[] | undefined;
  deployments: readonly DeploymentInfo[] | undefined;
  /** Services of the other namespaces that targets are to be in, by namespace. */
  targetServices?: Readonly<Record<string, readonly ServiceInfo[] | undefined>>;
}

/** The service whose requests are copied, read together with what the server knows. */
export interface ServiceChoices {
  service: ServiceInfo | null;
  /** The live workload that a new version is copied from. */
  source: DeploymentInfo | null;
  /** Deployments to choose the mirror from. */
  candidates: DeploymentInfo[];
}

/** One target read together with what the server knows. */
export interface TargetChoices {
  existing: DeploymentInfo | null;
  /** Another service that is to get the copies. */
  targetService: ServiceInfo | null;
  /** Its port: as chosen, or the only one. */
  targetPort: number | null;
  version: string;
  /** Name of the Deployment that will be made. */
  workload: string;
  containers: ContainerView[];
}

/** How the protocols are written. */
export const protocolNames = { http: 'HTTP', grpc: 'gRPC', other: 'TCP' } as const;

/** What there is to choose from beside a service, of this name. */
export function readService(name: string | null, facts: TargetFacts): ServiceChoices {
  const service = facts.services?.find((candidate) => candidate.name === name) ?? null;
  const deployments = facts.deployments ?? [];
  return {
    service,
    source: deployments.find((deployment) => deployment.name === service?.live[0]) ?? null,
    candidates: service === null ? [] : candidatesFor(service, deployments),
  };
}

/**
 * Reads a target: a suggested version where none was typed, the live containers with the changes on top. `others`:
 * versions that other targets are to have.
 */
export function readTarget(
  target: TargetDraft,
  around: ServiceChoices,
  facts: TargetFacts,
  others: readonly string[] = [],
): TargetChoices {
  const { service, source } = around;
  const suggested = () => (service && source ? freeVersion(service, source, facts.deployments ?? [], others) : '');
  const version = target.version ?? suggested();
  const targetService = servicesFor(target, facts)?.find(({ name }) => name === target.targetService) ?? null;
  return {
    existing: facts.deployments?.find(({ name }) => name === target.existing) ?? null,
    targetService,
    targetPort: targetService === null ? null : portOf(targetService, target.targetPort),
    version,
    workload: service === null || version === '' ? '' : deploymentNameFor(service.name, version),
    containers: source === null ? [] : prepareContainers(source.containers, target),
  };
}

/** The services among which a target is chosen; undefined while they are not read. */
export function servicesFor(
  { targetNamespace }: Pick<TargetDraft, 'targetNamespace'>,
  facts: TargetFacts,
): readonly ServiceInfo[] | undefined {
  return targetNamespace === null ? facts.services : facts.targetServices?.[targetNamespace];
}

/** Namespaces beside the task's own in which services that are to get copies stand. */
export function namespacesOfTargets(targets: readonly TargetDraft[]): string[] {
  const named = targets.flatMap(({ targetKind, targetNamespace }) =>
    targetKind === 'service' && targetNamespace !== null ? [targetNamespace] : [],
  );
  return [...new Set(named)];
}

/** The chosen port while the service has it, else its only one. */
function portOf(service: ServiceInfo, chosen: number | null): number | null {
  const ports = portsOf(service);
  if (chosen !== null && ports.includes(chosen)) return chosen;
  return ports.length === 1 ? (ports[0] ?? null) : null;
}

/** HTTP and gRPC ports of a service. */
export function portsOf(service: ServiceInfo): number[] {
  return service.ports.filter((port) => port.protocol !== 'other').map((port) => port.port);
}

/**
 * The next version that no other target is to have and whose Deployment does not stand yet; empty when the live one has
 * no number to raise.
 */
function freeVersion(
  service: ServiceInfo,
  source: DeploymentInfo,
  deployments: readonly DeploymentInfo[],
  others: readonly string[],
): string {
  if (source.version === null) return '';
  const taken = [source.version, ...service.versions, ...others];
  for (;;) {
    const version = suggestVersion(taken);
    if (version === null) return '';
    if (!deployments.some((deployment) => deployment.name === deploymentNameFor(service.name, version))) return version;
    taken.push(version);
  }
}

/** Those behind the service first: they are most likely meant. */
function candidatesFor(service: ServiceInfo, deployments: readonly DeploymentInfo[]): DeploymentInfo[] {
  const isBehind = (deployment: DeploymentInfo): boolean => deployment.services.includes(service.name);
  return deployments.toSorted((a, b) => Number(isBehind(b)) - Number(isBehind(a)));
}
