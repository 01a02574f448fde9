import { findSubset, rulesOf } from './destination-rules.ts';
import type { Planned } from './planned.ts';
import { serviceTargetOf, subsetOfTarget, targetOfEntry } from './targets.ts';

/** The parts of a DestinationRule's trafficPolicy that decide what becomes of copies. */
export interface TrafficPolicy {
  tls?: { mode?: string };
  connectionPool?: {
    tcp?: { maxConnections?: number };
    http?: { http1MaxPendingRequests?: number; http2MaxRequests?: number };
  };
  portLevelSettings?: ({ port?: { number?: number } } & Omit<TrafficPolicy, 'portLevelSettings'>)[];
}

/** Host and ports that get the target's copies; `host` null: there are none. */
export function copiesTo({ spec, target }: Planned): { host: string | null; ports: number[] } {
  const destinations = spec.entries
    .filter((entry) => targetOfEntry(spec, entry) === target)
    .map(({ destination }) => destination);
  return { host: destinations[0]?.host ?? null, ports: [...new Set(destinations.map(({ port }) => port))] };
}

/**
 * What proxies of the mesh hold to when they send copies to a port of the mirror: the policy of its host, over it that of
 * its subset. Clients whose own namespace has a rule for the host follow that one: see check `destination_rule_path`.
 */
export function policyOfCopies(planned: Planned, port: number): TrafficPolicy {
  const { facts, spec, target } = planned;
  const { snapshot, input, rules } = facts;
  const host = copiesTo(planned).host ?? facts.host;
  const namespace = serviceTargetOf(target)?.namespace ?? input.namespace;
  const followed =
    host === facts.host ? rules : rulesOf(host, namespace, snapshot.rootNamespace, snapshot.destinationRules);
  const mirror = subsetOfTarget(spec, target);
  const subset = mirror === null ? null : findSubset(followed.subsets, mirror);
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
