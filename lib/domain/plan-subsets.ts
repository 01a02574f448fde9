import type { Deployment } from './kubernetes.ts';
import { leadsTo, mirrorAppLabel, subsetNameFor } from './names.ts';
import { versionText, type PlanFacts } from './plan-facts.ts';
import { mirrorPoliciesOf } from './route-mirror.ts';
import { subsetSelects, type Labels } from './selectors.ts';
import type { SubsetPlan } from './task.ts';
import { deploymentsBehind, templateLabels, versionLabel, versionOf } from './workloads.ts';

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
  const { rules, service, snapshot } = facts;
  const others = deploymentsBehind(service, snapshot.deployments)
    .filter((deployment) => deployment !== existing)
    .map(templateLabels);
  const selectsJustMirror = (subset: Labels) =>
    subsetSelects(subset, labels) && !others.some((other) => subsetSelects(subset, other));
  const reusable = rules.subsets.find(
    (subset) => Object.keys(subset.labels ?? {}).length > 0 && selectsJustMirror(subset.labels ?? {}),
  );
  if (reusable) return { name: reusable.name, labels: { ...reusable.labels }, role: 'mirror', created: false };
  const key = labels[versionLabel] === undefined ? (versionOf(labels)?.label ?? versionLabel) : versionLabel;
  return { name: subsetNameFor(version, taken), labels: { [key]: version }, role: 'mirror', created: true };
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
