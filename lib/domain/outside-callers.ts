import { isSurely } from './mutual-tls.ts';
import { canRead, type PlanFacts } from './plan-facts.ts';
import type { Labels } from './selectors.ts';
import { hasSidecar, podsWith, templateLabels } from './workloads.ts';

/**
 * Callers without a proxy of the mesh: they follow no route, so a Service leads them to any pod that it selects.
 * `refused`: proxies of both sides take mTLS only · `none`: all pods of the namespace have proxies, and no such call was
 * measured · `quiet`: some have none, and no such call was measured · `seen`: there were calls · `possible`: some have
 * none, and nobody measures · `unmeasured`: nobody measures, so callers from elsewhere cannot be told.
 */
export type OutsideCallers =
  | { kind: 'refused' | 'none' | 'seen' | 'unmeasured' }
  | { kind: 'quiet' | 'possible'; workloads: string[] };

/** What is known of callers outside the mesh; `labels`: those of the mirror's pods. */
export function outsideCallers(facts: PlanFacts, labels: Labels): OutsideCallers {
  const { requestsFromOutside } = facts.snapshot;
  if (isClosedToThem(facts, labels)) return { kind: 'refused' };
  if (requestsFromOutside !== null && requestsFromOutside > 0) return { kind: 'seen' };
  const workloads = canRead(facts, 'Pod') ? withoutSidecar(facts) : [];
  if (requestsFromOutside === null)
    return workloads.length > 0 ? { kind: 'possible', workloads } : { kind: 'unmeasured' };
  return workloads.length > 0 ? { kind: 'quiet', workloads } : { kind: 'none' };
}

/** True when such callers are known, or likely, to reach the mirror if the Service selects it. */
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
 * True when PeerAuthentication holds the proxies of the mirror and of every live version to STRICT. Of the live ones
 * too: a caller whom they answer today would be refused by the mirror, for his share of the requests.
 */
function isClosedToThem(facts: PlanFacts, labels: Labels): boolean {
  const { snapshot, input, existing, source, live } = facts;
  const model = existing ?? source;
  const areKnown = !snapshot.unreadable.some(
    ({ kind, namespace }) =>
      kind === 'PeerAuthentication' && (namespace === input.namespace || namespace === snapshot.rootNamespace),
  );
  if (!model || !areKnown || !canRead(facts, 'Pod')) return false;
  const pods = podsWith(model.spec.selector.matchLabels ?? templateLabels(model), input.namespace, snapshot.pods);
  if (pods.length === 0 || !pods.every(hasSidecar)) return false;
  return [labels, ...live.map(templateLabels)].every((side) => isSurely('STRICT', side, input.namespace, snapshot));
}
