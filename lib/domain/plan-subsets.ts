import type { Deployment } from './kubernetes.ts';
import { leadsTo, mirrorAppLabel, subsetNameFor } from './names.ts';
import { isBehind, versionText, type PlanFacts } from './plan-facts.ts';
import { mirrorPoliciesOf } from './route-mirror.ts';
import { subsetSelects, type Labels } from './selectors.ts';
import type { SubsetPlan } from './task.ts';
import { templateLabels, versionLabel, versionOf } from './workloads.ts';

type PlannedSubset = SubsetPlan['subsets'][number];

/** A mirror's pods in subset placement. */
export interface MirrorPods {
  labels: Labels;
  version: string;
  /** The workload that stands already; null for a new version. */
  existing: Deployment | null;
}

/**
 * The subsets that a task in subset placement needs: the mirrors', and the live one where routes have to be pinned.
 * Subsets of the owner that already select just these pods are used as they are.
 */
export function planSubsets(facts: PlanFacts, mirrors: readonly MirrorPods[], pins: boolean): SubsetPlan {
  const { rules, input, host, source } = facts;
  const primary = pins && source ? [primarySubset(facts, source)] : [];
  const subsets = [...primary];
  for (const mirror of mirrors) {
    const taken = [...takenNames(facts), ...subsets.map(({ name }) => name)];
    subsets.push(mirrorSubset(facts, mirror, taken));
  }
  const { own, inherited } = rules;
  return {
    destinationRule: {
      namespace: input.namespace,
      name: own?.metadata.name ?? mirrorAppLabel(input.service, input.name),
    },
    created: own === null,
    hadSubsets: own?.spec.subsets !== undefined,
    host: own?.spec.host ?? host,
    subsets,
    trafficPolicy: own ? null : (inherited?.spec.trafficPolicy ?? null),
  };
}

/** The subset of the live version: the owner's when it selects just the live pods, else one of ours. */
export function primarySubset(facts: PlanFacts, source: Deployment): PlannedSubset {
  const { rules, live } = facts;
  const found = versionOf(templateLabels(source));
  const labels = found ? { [found.label]: found.version } : {};
  const reusable = rules.subsets.find(
    (subset) =>
      sameLabels(subset.labels, labels) &&
      live.every((deployment) => subsetSelects(subset.labels, templateLabels(deployment))),
  );
  if (reusable) return { name: reusable.name, labels: { ...reusable.labels }, role: 'primary', created: false };
  return { name: subsetNameFor(versionText(source), takenNames(facts)), labels, role: 'primary', created: true };
}

function mirrorSubset(
  facts: PlanFacts,
  { labels, version, existing }: MirrorPods,
  taken: readonly string[],
): PlannedSubset {
  const selectsJustMirror = (subset: Labels) =>
    subsetSelects(subset, labels) && selectedBeside(facts, existing, subset).length === 0;
  const reusable = facts.rules.subsets.find(
    (subset) => Object.keys(subset.labels ?? {}).length > 0 && selectsJustMirror(subset.labels ?? {}),
  );
  if (reusable) return { name: reusable.name, labels: { ...reusable.labels }, role: 'mirror', created: false };
  const own = mirrorSubsetLabels(facts, { labels, version, existing });
  return { name: subsetNameFor(version, taken), labels: own, role: 'mirror', created: true };
}

/** What tells the mirror's pods from the Service's others: their version, and their workload's selector where another one has it too. */
export function mirrorSubsetLabels(facts: PlanFacts, { labels, version, existing }: MirrorPods): Labels {
  const key = labels[versionLabel] === undefined ? (versionOf(labels)?.label ?? versionLabel) : versionLabel;
  const byVersion = { [key]: version };
  const isAlone = selectedBeside(facts, existing, byVersion).length === 0;
  return isAlone ? byVersion : { ...existing?.spec.selector.matchLabels, ...byVersion };
}

/** Deployments behind the Service, other than the mirror's, that a subset with these labels would select. */
export function selectedBeside(
  { service, snapshot }: PlanFacts,
  existing: Deployment | null,
  subset: Labels,
): Deployment[] {
  return snapshot.deployments.filter(
    (deployment) =>
      deployment !== existing && isBehind(service, deployment) && subsetSelects(subset, templateLabels(deployment)),
  );
}

/** Names that rules have or routes use: one that a route uses in vain would start to work, and stop again. */
function takenNames({ rules, paths, snapshot, host }: PlanFacts): string[] {
  const mirrored = snapshot.virtualServices.flatMap(({ metadata, spec }) =>
    (spec.http ?? [])
      .flatMap(mirrorPoliciesOf)
      .filter(({ destination }) => leadsTo(destination, metadata.namespace ?? '', host))
      .flatMap(({ destination }) => destination.subset ?? []),
  );
  const routed = paths.flatMap(({ destination }) => destination.destination.subset ?? []);
  return [...rules.subsets.map(({ name }) => name), ...routed, ...mirrored];
}

function sameLabels(a: Labels | undefined, b: Labels): boolean {
  return (
    Object.keys(b).length > 0 && Object.keys(a ?? {}).length === Object.keys(b).length && subsetSelects(b, a ?? {})
  );
}
