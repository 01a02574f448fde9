import { canRead, type PlanFacts } from './plan-facts.ts';
import type { SelectingObject } from './planning-snapshot.ts';
import { selectorMatches, type Labels } from './selectors.ts';
import { hasSidecar, podsWith, templateLabels } from './workloads.ts';

/**
 * Callers without a proxy of the mesh: they follow no route, so a Service leads them to any pod that it selects.
 * `refused`: the mirror's proxies take mTLS only · `none`: there are none · `quiet`: they run and did not call ·
 * `seen`: they called in the last day · `possible`: they run and nobody measures · `unknown`: nobody can tell.
 */
export type OutsideCallers =
  | { kind: 'refused' | 'none' | 'unknown' }
  | { kind: 'quiet' | 'possible'; workloads: string[] }
  | { kind: 'seen'; requests: number };

/** What is known of callers outside the mesh; `labels`: those of the mirror's pods. */
export function outsideCallers(facts: PlanFacts, labels: Labels): OutsideCallers {
  const { snapshot } = facts;
  if (takesOnlyMutualTls(facts, labels)) return { kind: 'refused' };
  const requests = snapshot.requestsFromOutside;
  if (requests !== null && requests > 0) return { kind: 'seen', requests };
  if (!canRead(facts, 'Pod')) return { kind: requests === null ? 'unknown' : 'none' };
  const workloads = withoutSidecar(facts);
  if (workloads.length === 0) return { kind: 'none' };
  return { kind: requests === null ? 'possible' : 'quiet', workloads };
}

/** True when such callers could reach the mirror if the Service selected it. */
export function canReachMirror({ kind }: OutsideCallers): boolean {
  return kind === 'seen' || kind === 'possible';
}

function withoutSidecar({ snapshot, input }: PlanFacts): string[] {
  const pods = snapshot.pods.filter(
    (pod) => pod.metadata.namespace === input.namespace && pod.status?.phase === 'Running' && !hasSidecar(pod),
  );
  return [...new Set(pods.map(({ metadata }) => metadata.labels?.app ?? metadata.name))];
}

/**
 * True when the mirror's pods will have proxies and PeerAuthentication holds those to STRICT: the policy that
 * selects them, else their namespace's, else the mesh's, as far as each names a mode.
 */
function takesOnlyMutualTls(facts: PlanFacts, labels: Labels): boolean {
  const { snapshot, input, existing, source } = facts;
  const model = existing ?? source;
  const areKnown = !snapshot.unreadable.some(
    ({ kind, namespace }) =>
      kind === 'PeerAuthentication' && (namespace === input.namespace || namespace === snapshot.rootNamespace),
  );
  if (!model || !areKnown || !canRead(facts, 'Pod')) return false;
  const pods = podsWith(model.spec.selector.matchLabels ?? templateLabels(model), input.namespace, snapshot.pods);
  if (pods.length === 0 || !pods.every(hasSidecar)) return false;
  const { peerAuthentications, rootNamespace } = snapshot;
  const of = (namespace: string) => peerAuthentications.filter(({ metadata }) => metadata.namespace === namespace);
  const selecting = of(input.namespace).filter(({ spec }) => spec?.selector && selectorMatches(spec.selector, labels));
  const wide = (namespace: string) => of(namespace).filter(({ spec }) => !spec?.selector);
  const levels = [selecting, wide(input.namespace), wide(rootNamespace)];
  const hasException = selecting.some(({ spec }) =>
    Object.values(spec?.portLevelMtls ?? {}).some((port) => modeOf(port) !== null && modeOf(port) !== 'STRICT'),
  );
  // Of several policies of one level Istio takes the oldest; all of them have to agree here.
  const named = levels.map((policies) => policies.flatMap((policy) => modeOf(policy.spec?.mtls) ?? []));
  const deciding = named.find((modes) => modes.length > 0) ?? [];
  return !hasException && deciding.length > 0 && deciding.every((mode) => mode === 'STRICT');
}

/** The mode that a policy names; null where it leaves it to the level above. */
function modeOf(mtls: NonNullable<SelectingObject['spec']>['mtls']): string | null {
  return mtls?.mode === undefined || mtls.mode === 'UNSET' ? null : mtls.mode;
}
