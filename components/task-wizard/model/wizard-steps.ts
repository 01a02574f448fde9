/** The steps in their order; also the values of `?step=`. */
export const wizardSteps = ['basics', 'service', 'version', 'strategy', 'review'] as const;
export type WizardStep = (typeof wizardSteps)[number];

/** The step that the address names; the first one for anything else. */
export function stepFromAddress(value: string): WizardStep {
  return wizardSteps.find((step) => step === value) ?? 'basics';
}

/** The step that can be shown: the asked one when every earlier step is valid, else the first invalid one. */
export function reachableStep(asked: WizardStep, isValid: (step: WizardStep) => boolean): WizardStep {
  const earlier = wizardSteps.slice(0, wizardSteps.indexOf(asked));
  return earlier.find((step) => !isValid(step)) ?? asked;
}

export function stepAfter(step: WizardStep): WizardStep | null {
  return wizardSteps[wizardSteps.indexOf(step) + 1] ?? null;
}

export function stepBefore(step: WizardStep): WizardStep | null {
  return wizardSteps[wizardSteps.indexOf(step) - 1] ?? null;
}

/** The step on which a failed check is mended; null when that is outside the wizard. */
export function stepOfCheck(code: string): WizardStep | null {
  return checkSteps[code] ?? null;
}

const checkSteps: Record<string, WizardStep | undefined> = {
  service: 'service',
  http_port: 'service',
  port_exists: 'service',
  sidecar_primary: 'service',
  version_primary: 'service',
  version_new: 'version',
  containers: 'version',
  workload_exists: 'version',
  target_serves_live: 'version',
  external_entry: 'version',
  external_tls: 'version',
  external_called: 'version',
  external_reach: 'version',
  external_leaves: 'version',
  target_service: 'version',
  target_port: 'version',
  target_visible: 'version',
  target_pods: 'version',
  target_own_traffic: 'version',
  sidecar_mirror: 'version',
  shared_state: 'version',
  quota: 'version',
  selected_by_accident: 'strategy',
  virtual_service_routes: 'strategy',
  subset_exists: 'strategy',
  destination_rule_path: 'strategy',
  placement_subset: 'strategy',
  owner_tool: 'strategy',
  ambient: 'strategy',
  clusters: 'strategy',
  limits: 'strategy',
  slo_pollution: 'strategy',
  writes_copied: 'strategy',
  deny_writes: 'strategy',
  marker: 'strategy',
};
