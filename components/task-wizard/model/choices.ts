import {
  portsOf,
  readService,
  readTarget,
  type ServiceChoices,
  type TargetChoices,
  type TargetFacts,
} from '@/components/targets/target-choices';
import type { TargetDraft } from '@/components/targets/target-draft';
import type { ServiceInfo } from '@/lib/contract/inventory';
import { deploymentNameFor } from '@/lib/domain/names';
import type { TargetKey, WizardForm } from './form-model';

/** What the server knows, as far as it has answered. */
export interface WizardFacts extends TargetFacts {
  /** A task of this name exists in the namespace. */
  nameTaken: boolean;
}

/** The form read together with what the server knows; of its targets the first, the others by their rows' ids. */
export interface WizardChoices extends ServiceChoices, TargetChoices {
  /** HTTP and gRPC ports of the service. */
  mirrorablePorts: number[];
  /** Versions that answer clients. */
  liveVersions: string[];
  further: Readonly<Record<string, TargetChoices>>;
}

/** Reads the form: suggested versions where none was typed, live containers with the changes on top. */
export function readChoices(form: WizardForm, facts: WizardFacts): WizardChoices {
  const around = readService(form.service, facts);
  const { service } = around;
  const named: string[] = [];
  const read = (target: TargetDraft): TargetChoices => {
    const chosen = readTarget(target, around, facts, named);
    if (target.targetKind === 'new') named.push(chosen.version);
    return chosen;
  };
  return {
    ...around,
    mirrorablePorts: service === null ? [] : portsOf(service),
    liveVersions: service === null ? [] : liveVersionsOf(service),
    ...read(form),
    further: Object.fromEntries(form.further.map((row) => [row.id, read(row)])),
  };
}

/** What was read of one of the form's targets. */
export function targetChoices(choices: WizardChoices, key: TargetKey): TargetChoices {
  return (key === null ? undefined : choices.further[key]) ?? choices;
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

/** Versions of the workloads that answer a service's clients. */
export function liveVersionsOf(service: ServiceInfo): string[] {
  const live = service.workloads.filter((workload) => service.live.includes(workload.name));
  return [...new Set(live.flatMap((workload) => workload.version ?? []))];
}
