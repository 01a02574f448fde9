import { finding, listText, refTo, type Check, type CheckCode } from './check.ts';
import type { Deployment } from './kubernetes.ts';
import { canRead, type PlanFacts } from './plan-facts.ts';
import type { Planned } from './planned.ts';
import { selectsReadsOnly } from './request-match.ts';
import { selects, type Labels } from './selectors.ts';
import { portProtocol } from './service-ports.ts';
import { targetText, workloadOf } from './targets.ts';
import type { TaskPolicies } from './task.ts';
import { hasSidecar, podsOf, podsWith, templateLabels, versionLabel } from './workloads.ts';

/**
 * The policies that the mirror's pods get. Writes are denied unless the operator says otherwise, where that loses
 * nothing but writes: to a new version, by HTTP. An existing workload is somebody's: it is asked for there.
 */
export function planPolicies(facts: PlanFacts, deployment: Deployment | null): TaskPolicies | null {
  const { wish, existing, snapshot } = facts;
  const denyWrites = wish.safety?.denyWrites ?? (existing === null && grpcPorts(facts).length === 0);
  const marker = wish.safety?.marker ?? false;
  const { securityApiVersion } = snapshot;
  return denyWrites || marker
    ? { denyWrites, marker, selector: selectorOf(existing, deployment), securityApiVersion }
    : null;
}

/** What the policies would do, and to whom. Nothing is said of what is switched off. */
export function checkProtection(planned: Planned): Check[] {
  const { policies } = planned.target;
  return [
    ...(policies?.denyWrites ? told('deny_writes', planned, [...aimProblems(planned), ...grpcProblems(planned)]) : []),
    ...(policies?.marker ? told('marker', planned, aimProblems(planned)) : []),
  ];
}

/** Whether anything keeps copied writes from being carried out: the choice of requests, or the mirror's proxies. */
export function checkWrites({ facts: { input }, target }: Planned): Check[] {
  const isOfReads = input.selection !== undefined && selectsReadsOnly(input.selection);
  const reason = isOfReads ? 'reads' : target.policies?.denyWrites ? 'denied' : '';
  return [finding(reason === '' ? 'warn' : 'pass', 'writes_copied', null, { target: targetText(target), reason })];
}

type Problem = Pick<Check, 'severity' | 'params'>;

function told(code: CheckCode, { facts, target }: Planned, problems: readonly Problem[]): Check[] {
  const { existing, source } = facts;
  const model = existing ?? source;
  const object = model && refTo(model);
  const names = { workload: workloadOf(target), reason: '', others: '', ports: '', pods: 0, without: 0 };
  if (problems.length === 0) return [finding('pass', code, object, names)];
  return problems.map(({ severity, params }) => finding(severity, code, object, { ...names, ...params }));
}

/** What they reach beside the mirror, and whether they work there at all. */
function aimProblems({ facts, target }: Planned): Problem[] {
  const { existing, snapshot, input, source } = facts;
  const selector = target.policies?.selector ?? {};
  const others = Object.keys(selector).length === 0 ? ['*'] : othersSelected(facts, selector);
  if (others.length > 0) return [{ severity: 'fail', params: { reason: 'others', others: listText(others) } }];
  const model = existing ?? source;
  if (!model) return [];
  if (!canRead(facts, 'Pod'))
    return [{ severity: 'unknown', params: { reason: 'unreadable', namespace: input.namespace } }];
  const pods = podsWith(model.spec.selector.matchLabels ?? templateLabels(model), input.namespace, snapshot.pods);
  const without = pods.filter((pod) => !hasSidecar(pod)).length;
  const params = { reason: 'sidecar', pods: pods.length, without };
  return [
    ...(without > 0 ? [{ severity: without === pods.length ? 'fail' : 'warn', params } as const] : []),
    ...(existing ? [{ severity: 'warn', params: { reason: 'existing' } } as const] : []),
  ];
}

/** A gRPC request is a POST, whatever it does. */
function grpcProblems({ facts }: Planned): Problem[] {
  const ports = grpcPorts(facts);
  if (ports.length === 0) return [];
  const severity = ports.length === facts.ports.length ? 'fail' : 'warn';
  return [{ severity, params: { reason: 'grpc', ports: listText(ports.map(String)) } }];
}

function grpcPorts({ service, ports }: PlanFacts): number[] {
  return (service.spec.ports ?? [])
    .filter((port) => ports.includes(port.port) && portProtocol(port) === 'grpc')
    .map(({ port }) => port);
}

/** Labels of the mirror's pods and of no others: a new version's selector, an existing one's with its version. */
function selectorOf(existing: Deployment | null, deployment: Deployment | null): Labels {
  if (!existing) return { ...deployment?.spec.selector.matchLabels };
  const version = templateLabels(existing)[versionLabel];
  return { ...existing.spec.selector.matchLabels, ...(version === undefined ? {} : { [versionLabel]: version }) };
}

/** Workloads and pods of the namespace, other than the mirror's, that a policy with this selector would act on. */
function othersSelected({ snapshot, input, existing }: PlanFacts, selector: Labels): string[] {
  const isHere = ({ metadata }: { metadata: { namespace?: string } }) => metadata.namespace === input.namespace;
  const workloads = [
    ...snapshot.deployments.filter((deployment) => selects(selector, templateLabels(deployment))),
    ...[...snapshot.statefulSets, ...snapshot.daemonSets].filter(({ spec }) =>
      selects(selector, spec?.template?.metadata?.labels ?? {}),
    ),
  ].filter((workload) => isHere(workload) && workload !== existing);
  if (workloads.length > 0) return workloads.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const own = new Set(existing ? podsOf(existing, snapshot.pods) : []);
  return podsWith(selector, input.namespace, snapshot.pods)
    .filter((pod) => !own.has(pod))
    .map(({ metadata }) => `Pod ${metadata.name}`);
}
