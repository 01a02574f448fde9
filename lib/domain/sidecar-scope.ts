import type { PlanningSnapshot, SelectingObject } from './planning-snapshot.ts';
import { subsetSelects, type Labels } from './selectors.ts';

/**
 * The Sidecars that proxies of a namespace go by, as istiod chooses: of those of the namespace the one that selects the
 * Pod, else the one for all of them, else that of the root namespace; of several the oldest. `pods`: labels of those that
 * are asked for; null: which there are is not known, so that each of the namespace's that selects some is taken to hold.
 */
export function sidecarsHolding(
  namespace: string,
  pods: readonly Labels[] | null,
  { sidecars, rootNamespace }: Pick<PlanningSnapshot, 'sidecars' | 'rootNamespace'>,
): SelectingObject[] {
  const among = (where: string) => sidecars.filter(({ metadata }) => metadata.namespace === where).toSorted(byAge);
  const selecting = among(namespace).filter(selectsPods);
  const forAll = [...among(namespace), ...among(rootNamespace)].find((sidecar) => !selectsPods(sidecar));
  const held = (labels: Labels) =>
    selecting.find(({ spec }) => subsetSelects(spec?.workloadSelector?.labels, labels)) ?? forAll;
  const holding = pods ? pods.map(held) : [...selecting, forAll];
  return [...new Set(holding.filter((sidecar) => sidecar !== undefined))];
}

function selectsPods({ spec }: SelectingObject): boolean {
  return spec?.workloadSelector !== undefined;
}

function byAge({ metadata: a }: SelectingObject, { metadata: b }: SelectingObject): number {
  return (a.creationTimestamp ?? '').localeCompare(b.creationTimestamp ?? '');
}
