import type { DeploymentInfo, ServiceInfo } from '@/lib/contract/inventory';
import { deploymentNameFor, suggestVersion } from '@/lib/domain/names';
import { prepareContainers, type ContainerView } from './containers';
import type { WizardForm } from './form-model';

/** What the server knows, as far as it has answered. */
export interface WizardFacts {
  services: readonly ServiceInfo[] | undefined;
  deployments: readonly DeploymentInfo[] | undefined;
  /** Services of the namespace that the target is to be in. */
  targetServices?: readonly ServiceInfo[] | undefined;
  /** A task of this name exists in the namespace. */
  nameTaken: boolean;
}

/** The form read together with what the server knows. */
export interface WizardChoices {
  service: ServiceInfo | null;
  /** HTTP and gRPC ports of the service. */
  mirrorablePorts: number[];
  /** Versions that answer clients. */
  liveVersions: string[];
  /** The live workload that a new version is copied from. */
  source: DeploymentInfo | null;
  /** Deployments to choose the mirror from. */
  candidates: DeploymentInfo[];
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

/** Reads the form: suggested version where none was typed, live containers with the changes on top. */
export function readChoices(form: WizardForm, facts: WizardFacts): WizardChoices {
  const service = facts.services?.find((candidate) => candidate.name === form.service) ?? null;
  const deployments = facts.deployments ?? [];
  const source = deployments.find((deployment) => deployment.name === service?.live[0]) ?? null;
  const targetService = facts.targetServices?.find((candidate) => candidate.name === form.targetService) ?? null;
  const version = form.version ?? (service && source ? freeVersion(service, source, deployments) : '');
  return {
    service,
    mirrorablePorts: service === null ? [] : portsOf(service),
    liveVersions: service === null ? [] : liveVersionsOf(service),
    source,
    candidates: service === null ? [] : candidatesFor(service, deployments),
    existing: deployments.find((deployment) => deployment.name === form.existing) ?? null,
    targetService,
    targetPort: targetService === null ? null : portOf(targetService, form.targetPort),
    version,
    workload: service === null || version === '' ? '' : deploymentNameFor(service.name, version),
    containers: source === null ? [] : prepareContainers(source.containers, form),
  };
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

/** The next version whose Deployment does not stand yet; empty when the live one has no number to raise. */
function freeVersion(service: ServiceInfo, source: DeploymentInfo, deployments: readonly DeploymentInfo[]): string {
  if (source.version === null) return '';
  const taken = [source.version, ...service.versions];
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

/** Versions of the workloads that answer a service's clients. */
export function liveVersionsOf(service: ServiceInfo): string[] {
  const live = service.workloads.filter((workload) => service.live.includes(workload.name));
  return [...new Set(live.flatMap((workload) => workload.version ?? []))];
}
