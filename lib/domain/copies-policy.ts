import { findSubset, rulesOf } from './destination-rules.ts';
import type { Planned } from './planned.ts';
import { serviceTargetOf } from './targets.ts';

/** The parts of a DestinationRule's trafficPolicy that decide what becomes of copies. */
export interface TrafficPolicy {
  tls?: { mode?: string };
  connectionPool?: {
    tcp?: { maxConnections?: number };
    http?: { http1MaxPendingRequests?: number; http2MaxRequests?: number };
  };
  portLevelSettings?: ({ port?: { number?: number } } & Omit<TrafficPolicy, 'portLevelSettings'>)[];
}

/**
 * What proxies of the mesh hold to when they send copies to a port of the mirror: the policy of its host, over it that of
 * its subset. Clients whose own namespace has a rule for the host follow that one: see check `destination_rule_path`.
 */
export function policyOfCopies({ facts, spec }: Planned, port: number): TrafficPolicy {
  const { snapshot, input, rules } = facts;
  const host = spec.entries[0]?.destination.host ?? facts.host;
  const namespace = serviceTargetOf(spec)?.namespace ?? input.namespace;
  const followed =
    host === facts.host ? rules : rulesOf(host, namespace, snapshot.rootNamespace, snapshot.destinationRules);
  const mirror = spec.subsets?.subsets.find(({ role }) => role === 'mirror');
  const subset = mirror && findSubset(followed.subsets, mirror.name);
  const ofHost = (followed.own ?? followed.inherited)?.spec.trafficPolicy ?? {};
  // The API server holds both to the rule's schema.
  return [ofHost, subset?.trafficPolicy ?? {}].reduce<TrafficPolicy>(
    (base, over) => overridden(base, over as TrafficPolicy, port),
    {},
  );
}

/** Istio's merge: a field that is set takes the place of the wider one; settings of a port take the place of them all. */
function overridden(base: TrafficPolicy, over: TrafficPolicy, port: number): TrafficPolicy {
  const ofPort = over.portLevelSettings?.find((settings) => settings.port?.number === port);
  return ofPort ?? { ...base, ...over };
}
