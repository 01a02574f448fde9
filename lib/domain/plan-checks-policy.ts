import { finding, listText, orPass, refTo, type Check } from './check.ts';
import { copiesTo, policyOfCopies } from './copies-policy.ts';
import { isSurely } from './mutual-tls.ts';
import type { PlanFacts } from './plan-facts.ts';
import type { Planned } from './planned.ts';
import type { SelectingObject } from './planning-snapshot.ts';
import { selectorMatches, type Labels } from './selectors.ts';
import { hiddenKinds } from './unreadable.ts';
import { templateLabels, versionLabel } from './workloads.ts';
import { workloadOf } from './targets.ts';

/** Checks of the policies that decide whether the mirror takes the copies. */
export function checkPolicies(planned: Planned): Check[] {
  return [...checkAuthorization(planned), checkMutualTls(planned)];
}

/** AuthorizationPolicies to which sidecars of pods with these labels hold; the root namespace's are for all. */
export function holdingPolicies({ snapshot, input }: PlanFacts, labels: Labels): SelectingObject[] {
  const where = [input.namespace, snapshot.rootNamespace];
  return snapshot.authorizationPolicies
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
  const names = { workload, pods: labelText(labels), live: source.metadata.name };
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
