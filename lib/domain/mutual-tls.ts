import type { PlanningSnapshot, SelectingObject } from './planning-snapshot.ts';
import { selectorMatches, type Labels } from './selectors.ts';

type PolicySnapshot = Pick<PlanningSnapshot, 'peerAuthentications' | 'rootNamespace'>;

/**
 * True when every PeerAuthentication that may decide has pods with these labels accept connections only (`STRICT`) or
 * never (`DISABLE`) as mTLS. The policy that selects them decides, else their namespace's, else the mesh's, as far as
 * each names a mode.
 */
export function isSurely(
  mode: 'STRICT' | 'DISABLE',
  labels: Labels,
  namespace: string,
  { peerAuthentications, rootNamespace }: PolicySnapshot,
): boolean {
  const of = (where: string) => peerAuthentications.filter(({ metadata }) => metadata.namespace === where);
  const selecting = of(namespace).filter(({ spec }) => spec?.selector && selectorMatches(spec.selector, labels));
  const wide = (where: string) => of(where).filter(({ spec }) => !spec?.selector);
  const hasException = selecting.some(({ spec }) =>
    Object.values(spec?.portLevelMtls ?? {}).some((port) => modeOf(port) !== null && modeOf(port) !== mode),
  );
  // Of several policies of one level Istio takes the oldest; all of them have to agree here.
  const levels = [selecting, wide(namespace), wide(rootNamespace)];
  const named = levels.map((policies) => policies.flatMap((policy) => modeOf(policy.spec?.mtls) ?? []));
  const deciding = named.find((modes) => modes.length > 0) ?? [];
  return !hasException && deciding.length > 0 && deciding.every((found) => found === mode);
}

/** The mode that a policy names; null where it leaves it to the level above. */
function modeOf(mtls: NonNullable<SelectingObject['spec']>['mtls']): string | null {
  return mtls?.mode === undefined || mtls.mode === 'UNSET' ? null : mtls.mode;
}
