import { finding, listText, orPass, refTo, type Check } from './check.ts';
import { copiesTo, policyOfCopies } from './copies-policy.ts';
import { isSurely } from './mutual-tls.ts';
import type { Service } from './kubernetes.ts';
import type { PlanFacts } from './plan-facts.ts';
import type { Planned } from './planned.ts';
import type { SelectingObject } from './planning-snapshot.ts';
import { selectorMatches, type Labels } from './selectors.ts';
import type { ServiceTarget } from './task.ts';
import { deploymentsBehindTarget, surroundingsOf } from './target-service.ts';
import { hiddenKinds } from './unreadable.ts';
import { podsWith, templateLabels, versionLabel } from './workloads.ts';
import { workloadOf } from './targets.ts';

/** Checks of the policies that decide whether the mirror takes the copies. */
export function checkPolicies(planned: Planned): Check[] {
  return [...checkAuthorization(planned), checkMutualTls(planned)];
}

/** AuthorizationPolicies to which sidecars of pods with these labels hold in the task's namespace. */
export function holdingPolicies({ snapshot, input }: PlanFacts, labels: Labels): SelectingObject[] {
  return policiesHolding(snapshot.authorizationPolicies, [input.namespace, snapshot.rootNamespace], labels);
}

/** `where`: the pods' namespace and the root one, whose policies are for all. */
function policiesHolding(
  policies: readonly SelectingObject[],
  where: readonly string[],
  labels: Labels,
): SelectingObject[] {
  return policies
    .filter(({ metadata }) => where.includes(metadata.namespace ?? ''))
    .filter(({ spec }) => spec?.action !== 'AUDIT' && !spec?.targetRef && !spec?.targetRefs?.length)
    .filter(({ spec }) => !spec?.selector || selectorMatches(spec.selector, labels));
}

/**
 * Copies have the callers, methods and paths of the live requests: where the same policies hold for both sides, the mirror
 * lets in what the live version does.
 */
function checkAuthorization({ facts, target, labels }: Planned): Check[] {
  const { snapshot, input, source } = facts;
  const workload = workloadOf(target);
  if (!source) return [];
  const [mirror, live] = [holdingPolicies(facts, labels), holdingPolicies(facts, templateLabels(source))];
  const names = { side: 'version', workload, pods: labelText(labels), live: source.metadata.name };
  const refusing = refusingAll(mirror);
  const hidden = hiddenKinds(snapshot, ['AuthorizationPolicy'], [input.namespace, snapshot.rootNamespace]);
  if (refusing.length > 0 && refusingAll(live).length === 0) {
    const policies = listText(refusing.map(({ metadata }) => metadata.name));
    // A policy that cannot be read may let them in.
    const isSure = !hidden || refusing.some(isDenying);
    if (isSure)
      return [finding('fail', 'authorization', refTo(refusing[0] as SelectingObject), { ...names, policies })];
  }
  const differing = [
    ...mirror.filter((policy) => !live.includes(policy)),
    ...live.filter((policy) => !mirror.includes(policy)),
  ];
  const found = differing.map((policy) =>
    finding('warn', 'authorization', refTo(policy), {
      ...names,
      reason: effectOf(policy, { mirror, live }),
      holds: mirror.includes(policy) ? 'mirror' : 'live',
      policy: policy.metadata.name,
    }),
  );
  const unknown = hidden ? [finding('unknown', 'authorization', null, { ...hidden, ...names })] : [];
  return orPass([...found, ...unknown], 'authorization', null, names);
}

/**
 * Policies before a target Service were made for its own clients: those whose requests are copied may be none of them, and
 * a proxy that refuses a copy says so to nobody.
 */
export function checkTargetAuthorization(service: Service, target: ServiceTarget, { facts }: Planned): Check[] {
  const { snapshot, input } = facts;
  const { namespace, name } = target;
  const where = [namespace, snapshot.rootNamespace];
  const known = new Set([
    ...surroundingsOf(target, snapshot, input.namespace).authorizationPolicies,
    ...snapshot.authorizationPolicies,
  ]);
  const holding = podsBehind(service, target, facts).map((labels) => policiesHolding([...known], where, labels));
  const names = { side: 'service', workload: name, pods: '' };
  const object = refTo(service);
  const hidden = hiddenKinds(snapshot, ['AuthorizationPolicy'], where);
  const refusing = holding.map(refusingAll);
  // A policy that cannot be read may let them in.
  const isSure = refusing.every((policies) => policies.some((policy) => !hidden || isDenying(policy)));
  if (isSure) {
    const policies = listText(namesOf(refusing.flat()));
    return [finding('fail', 'authorization', object, { ...names, policies })];
  }
  const choosing = holding.flatMap(choosingOf);
  const params = { ...names, reason: 'target', policies: listText(namesOf(choosing)) };
  const found = choosing.length > 0 ? [finding('warn', 'authorization', object, params)] : [];
  const unknown = hidden ? [finding('unknown', 'authorization', object, { ...hidden, ...names })] : [];
  return orPass([...found, ...unknown], 'authorization', object, names);
}

/** Labels of the pods behind a Service, of its workloads' where none can be seen. Never none: it selects some labels. */
function podsBehind(service: Service, target: ServiceTarget, { snapshot, input }: PlanFacts): Labels[] {
  const selector = service.spec.selector ?? {};
  const { pods } = surroundingsOf(target, snapshot, input.namespace);
  const seen = podsWith(selector, target.namespace, pods).map(({ metadata }) => metadata.labels ?? {});
  if (seen.length > 0) return seen;
  const workloads = deploymentsBehindTarget(target, snapshot, input.namespace).map(templateLabels);
  return workloads.length > 0 ? workloads : [selector];
}

/** Policies by which some requests are let in and others are not. */
function choosingOf(policies: readonly SelectingObject[]): SelectingObject[] {
  const refusing = policies.filter((policy) => !isAllowing(policy) && policy.spec?.rules?.length);
  const allowing = policies.filter(isAllowing);
  const letsAllIn = allowing.some(({ spec }) => spec?.rules?.some(isWithoutConditions));
  return [...refusing, ...(letsAllIn ? [] : allowing)];
}

function namesOf(policies: readonly SelectingObject[]): string[] {
  return [...new Set(policies.map(({ metadata }) => metadata.name))].toSorted();
}

/** What tells the pods from others, as people write a selector. */
function labelText(labels: Labels): string {
  const known = ['app', versionLabel].flatMap((key) => (labels[key] === undefined ? [] : [`${key}=${labels[key]}`]));
  return known.join(',');
}

/** The policies by which every request is refused: one that denies all, or such as allow and have no rule. */
function refusingAll(policies: readonly SelectingObject[]): SelectingObject[] {
  const denying = policies.filter((policy) => isDenying(policy) && policy.spec?.rules?.some(isWithoutConditions));
  if (denying.length > 0) return denying;
  const allowing = policies.filter(isAllowing);
  return allowing.every(({ spec }) => !spec?.rules?.length) ? allowing : [];
}

/** What a policy that holds for one side alone does to the copies: it may refuse them, or let in what live pods refuse. */
function effectOf(policy: SelectingObject, { mirror, live }: Record<'mirror' | 'live', SelectingObject[]>): string {
  const isOfMirror = mirror.includes(policy);
  if (!isAllowing(policy)) return isOfMirror ? 'stricter' : 'looser';
  // Where none allows, everything is allowed; beside another one it adds to what is.
  const hasOther = (isOfMirror ? live : mirror).some(isAllowing);
  return hasOther === isOfMirror ? 'looser' : 'stricter';
}

function isAllowing({ spec }: SelectingObject): boolean {
  return (spec?.action ?? 'ALLOW') === 'ALLOW';
}

function isDenying({ spec }: SelectingObject): boolean {
  return spec?.action === 'DENY';
}

function isWithoutConditions(rule: object): boolean {
  return Object.keys(rule).length === 0;
}

/** Connections that the clients' rule makes without mTLS where the mirror takes no other, or the other way round. */
function checkMutualTls(planned: Planned): Check {
  const { facts, target, labels } = planned;
  const { snapshot, input } = facts;
  const { host, ports } = copiesTo(planned);
  const modes = [...new Set(ports.map((port) => policyOfCopies(planned, port).tls?.mode ?? ''))];
  const params = { workload: workloadOf(target), host: host ?? '' };
  // Without a mode Istio finds out what each side takes.
  const named = modes.filter((mode) => mode !== '').join(', ');
  if (named === '') return finding('pass', 'mtls', null, { ...params, mode: 'empty' });
  const hidden = hiddenKinds(snapshot, ['PeerAuthentication'], [input.namespace, snapshot.rootNamespace]);
  if (hidden) return finding('unknown', 'mtls', null, { ...params, ...hidden, reason: 'unreadable', mode: named });
  const takes = (mode: 'STRICT' | 'DISABLE') => isSurely(mode, labels, input.namespace, snapshot);
  const refused = modes.find((mode) =>
    mode === 'ISTIO_MUTUAL' ? takes('DISABLE') : plainModes.has(mode) && takes('STRICT'),
  );
  if (refused !== undefined) return finding('fail', 'mtls', null, { ...params, mode: refused });
  // TLS with certificates of the clients' own is between them and the application.
  const own = modes.find((mode) => mode === 'SIMPLE' || mode === 'MUTUAL');
  return own === undefined
    ? finding('pass', 'mtls', null, { ...params, mode: named })
    : finding('unknown', 'mtls', null, { ...params, reason: 'own', mode: own });
}

/** Connections without a client's certificate. */
const plainModes = new Set(['DISABLE', 'SIMPLE']);
