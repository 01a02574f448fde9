import type { DeploymentInfo, ServiceInfo } from '@/lib/contract/inventory';
import { deploymentNameFor, suggestVersion } from '@/lib/domain/names';
import { prepareContainers, type ContainerView } from './containers';
import type { TargetDraft, TargetKey, WizardForm } from './form-model';

/** What the server knows, as far as it has answered. */
export interface WizardFacts {
  services: readonly ServiceInfo[] | undefined;
  deployments: readonly DeploymentInfo[] | undefined;
  /** Services of the other namespaces that targets are to be in, by namespace. */
  targetServices?: Readonly<Record<string, readonly ServiceInfo[] | undefined>>;
  /** A task of this name exists in the namespace. */
  nameTaken: boolean;
}

/** The form read together with what the server knows; of its targets the first, the others by their rows' ids. */
export interface WizardChoices extends TargetChoices {
  service: ServiceInfo | null;
  /** HTTP and gRPC ports of the service. */
  mirrorablePorts: number[];
  /** Versions that answer clients. */
  liveVersions: string[];
  /** The live workload that a new version is copied from. */
  source: DeploymentInfo | null;
  /** Deployments to choose the mirror from. */
  candidates: DeploymentInfo[];
  further: Readonly<Record<string, TargetChoices>>;
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

/** Reads the form: suggested versions where none was typed, live containers with the changes on top. */
export function readChoices(form: WizardForm, facts: WizardFacts): WizardChoices {
  const service = facts.services?.find((candidate) => candidate.name === form.service) ?? null;
  const deployments = facts.deployments ?? [];
  const source = deployments.find((deployment) => deployment.name === service?.live[0]) ?? null;
  const named: string[] = [];
  const read = (target: TargetDraft): TargetChoices => {
    const version = target.version ?? (service && source ? freeVersion(service, source, deployments, named) : '');
    if (target.targetKind === 'new') named.push(version);
    return readTarget(target, version, { service, source }, facts);
  };
  return {
    service,
    mirrorablePorts: service === null ? [] : portsOf(service),
    liveVersions: service === null ? [] : liveVersionsOf(service),
    source,
    candidates: service === null ? [] : candidatesFor(service, deployments),
    ...read(form),
    further: Object.fromEntries(form.further.map((row) => [row.id, read(row)])),
  };
}

/** What was read of one of the form's targets. */
export function targetChoices(choices: WizardChoices, key: TargetKey): TargetChoices {
  return (key === null ? undefined : choices.further[key]) ?? choices;
}

function readTarget(
  target: TargetDraft,
  version: string,
  { service, source }: Pick<WizardChoices, 'service' | 'source'>,
  facts: WizardFacts,
): TargetChoices {
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
  facts: WizardFacts,
): readonly ServiceInfo[] | undefined {
  return targetNamespace === null ? facts.services : facts.targetServices?.[targetNamespace];
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

/** True for a version that runs behind the service, or whose Deployment stands already. */
export function isVersionTaken(
  version: string,
  { service }: Pick<WizardChoices, 'service'>,
  { deployments }: Pick<WizardFacts, 'deployments'>,
): boolean {
  if (service === null) return false;
  const workload = deploymentNameFor(service.name, version);
  return service.versions.includes(version) || (deployments ?? []).some(({ name }) => name === workload);
}

/** Those behind the service first: they are most likely meant. */
function candidatesFor(service: ServiceInfo, deployments: readonly DeploymentInfo[]): DeploymentInfo[] {
  const isBehind = (deployment: DeploymentInfo): boolean => deployment.services.includes(service.name);
  return deployments.toSorted((a, b) => Number(isBehind(b)) - Number(isBehind(a)));
}

/** Versions of the workloads that answer a service's clients. */
export function liveVersionsOf(service: ServiceInfo): string[] {
  const live = service.workloads.filter((workload) => service.live.includes(workload.name));
  return [...new Set(live.flatMap((workload) => workload.version ?? []))];
}
