/** What the destination's proxy lets in: AuthorizationPolicy and PeerAuthentication. */
import type { KubeObject } from '../core/objects.ts';
import { rootNamespace } from './hosts.ts';
import { selects, type RequestSpec } from './objects.ts';
import type { PodView } from './pods.ts';
import type { PoliciesSnapshot } from './snapshots.ts';

interface Operation {
  methods?: string[];
  notMethods?: string[];
  paths?: string[];
  notPaths?: string[];
  hosts?: string[];
  notHosts?: string[];
  ports?: string[];
  notPorts?: string[];
}

interface Source {
  principals?: string[];
  notPrincipals?: string[];
  namespaces?: string[];
  notNamespaces?: string[];
}

interface Rule {
  from?: { source?: Source }[];
  to?: { operation?: Operation }[];
  when?: unknown[];
}

export interface Caller {
  /** Undefined = no mutual TLS, so no identity. */
  identity: { namespace: string; principal: string } | undefined;
}

/** Whether the workload's policies let the request in: any DENY that fits refuses it, then some ALLOW must fit if there is one. */
export function isAllowed(policies: PoliciesSnapshot, target: PodView, caller: Caller, request: RequestSpec): boolean {
  const relevant = policies.authorization.filter((policy) => appliesTo(policy, target));
  const fits = (policy: KubeObject): boolean =>
    ((policy['spec']?.rules ?? []) as Rule[]).some((rule) => ruleFits(rule, caller, request));
  const action = (policy: KubeObject): string => policy['spec']?.action ?? 'ALLOW';
  if (relevant.some((policy) => action(policy) === 'DENY' && fits(policy))) return false;
  const allows = relevant.filter((policy) => action(policy) === 'ALLOW');
  return allows.length === 0 || allows.some(fits);
}

/** Whether the workload refuses connections without mutual TLS: its own PeerAuthentication, its namespace's, the mesh's. */
export function requiresMutualTls(policies: PoliciesSnapshot, target: PodView): boolean {
  const relevant = policies.peerAuthentication.filter((policy) => appliesTo(policy, target));
  const own = relevant.find((policy) => policy['spec']?.selector);
  const namespaceWide = relevant.find(({ metadata }) => metadata.namespace === target.namespace);
  for (const policy of [own, namespaceWide, relevant[0]]) {
    const mode: string | undefined = policy?.['spec']?.mtls?.mode;
    if (mode && mode !== 'UNSET') return mode === 'STRICT';
  }
  return false;
}

function appliesTo(policy: KubeObject, target: PodView): boolean {
  const { namespace } = policy.metadata;
  if (namespace !== target.namespace && namespace !== rootNamespace) return false;
  return selects(policy['spec']?.selector?.matchLabels ?? {}, target.labels);
}

function ruleFits(rule: Rule, caller: Caller, request: RequestSpec): boolean {
  // Conditions (`when`) are not modelled: a rule with any never fits.
  if (rule.when?.length) return false;
  const fromFits = !rule.from?.length || rule.from.some(({ source }) => sourceFits(source ?? {}, caller));
  const toFits = !rule.to?.length || rule.to.some(({ operation }) => operationFits(operation ?? {}, request));
  return fromFits && toFits;
}

function operationFits(operation: Operation, request: RequestSpec): boolean {
  const path = request.path.split('?')[0] ?? '';
  const host = (request.headers['host'] ?? `${request.host}:${request.port}`).toLowerCase();
  return (
    fits(operation.methods, operation.notMethods, request.method) &&
    fits(operation.paths, operation.notPaths, path) &&
    fits(operation.hosts, operation.notHosts, host) &&
    fits(operation.ports, operation.notPorts, String(request.port))
  );
}

function sourceFits(source: Source, { identity }: Caller): boolean {
  return (
    fits(source.principals, source.notPrincipals, identity?.principal ?? '') &&
    fits(source.namespaces, source.notNamespaces, identity?.namespace ?? '')
  );
}

function fits(wanted: string[] | undefined, unwanted: string[] | undefined, value: string): boolean {
  if (wanted?.length && !wanted.some((pattern) => covers(pattern, value))) return false;
  return !unwanted?.some((pattern) => covers(pattern, value));
}

/** Exact, `prefix*`, `*suffix`, or `*` for any value that is there. */
function covers(pattern: string, value: string): boolean {
  if (pattern === '*') return value !== '';
  if (pattern.startsWith('*')) return value.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}
