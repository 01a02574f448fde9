import type { DeploymentInfo, ServiceInfo } from '@/lib/contract/inventory';
import { deploymentNameFor } from '@/lib/domain/names';
import { prepareContainers, type ContainerView } from './containers';
import type { WizardForm } from './form-model';

/** What the server knows, as far as it has answered. */
export interface WizardFacts {
  services: readonly ServiceInfo[] | undefined;
  deployments: readonly DeploymentInfo[] | undefined;
  /** A task of this name exists in the namespace. */
  nameTaken: boolean;
}

/** The form read together with what the server knows. */
export interface WizardChoices {
  service: ServiceInfo | null;
  /** HTTP and gRPC ports of the service. */
  mirrorablePorts: number[];
  /** Versions that answer clients, as far as the inventory tells: neither a task's own nor the chosen mirror. */
  liveVersions: string[];
  /** The live workload that a new version is copied from. */
  source: DeploymentInfo | null;
  /** Deployments that could become the mirror. */
  candidates: DeploymentInfo[];
  existing: DeploymentInfo | null;
  version: string;
  /** Name of the Deployment that will be made. */
  workload: string;
  containers: ContainerView[];
}

/** Reads the form: suggested version where none was typed, live containers with the changes on top. */
export function readChoices(form: WizardForm, facts: WizardFacts): WizardChoices {
  const service = facts.services?.find((candidate) => candidate.name === form.service) ?? null;
  const deployments = facts.deployments ?? [];
  const source = service === null ? null : sourceOf(service, deployments);
  const version = form.version ?? source?.suggestedVersion ?? '';
  return {
    service,
    mirrorablePorts: service === null ? [] : portsOf(service),
    liveVersions: service === null ? [] : liveVersionsOf(service, deployments, form),
    source,
    candidates: deployments.filter((deployment) => deployment.name !== source?.name),
    existing: deployments.find((deployment) => deployment.name === form.existing) ?? null,
    version,
    workload: service === null || version === '' ? '' : deploymentNameFor(service.name, version),
    containers: source === null ? [] : prepareContainers(source.containers, form),
  };
}

function portsOf(service: ServiceInfo): number[] {
  return service.ports.filter((port) => port.protocol !== 'other').map((port) => port.port);
}

function liveVersionsOf(service: ServiceInfo, deployments: readonly DeploymentInfo[], form: WizardForm): string[] {
  const mirrors = deployments.filter(
    (deployment) => deployment.task !== null || (form.targetKind === 'existing' && deployment.name === form.existing),
  );
  return service.versions.filter(
    (version) => !mirrors.some((mirror) => mirror.version === version && mirror.services.includes(service.name)),
  );
}

/** The oldest Deployment behind the service that is not a task's own: the one that clients got used to. */
function sourceOf(service: ServiceInfo, deployments: readonly DeploymentInfo[]): DeploymentInfo | null {
  const behind = deployments.filter((deployment) => deployment.services.includes(service.name));
  const live = behind.filter((deployment) => deployment.task === null);
  return (live.length > 0 ? live : behind).toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))[0] ?? null;
}
