import type { KubeObject } from '@/lib/domain/kubernetes';
import type { MessageRef } from '@/lib/domain/message';
import { strayCauses } from '@/lib/domain/stray-copies';
import { eachTarget, workloadOf } from '@/lib/domain/targets';
import type { OperationVerb, TaskRecord, TaskSpec } from '@/lib/domain/task';
import { mayListPods } from '@/lib/server/metrics/chart-access';
import { untoldStop, type StopEvidence } from '@/lib/server/metrics/stop-evidence';
import type { TaskContext } from '../context';
import { readEverywhere, readNamespace } from '../planning/readable';
import { rootNamespace } from '../planning/snapshot';
import { listRecords } from '../record-store';

/** Evidence of a stop, and why copies still arrive where they do, the likeliest cause first. */
export interface TaskStopView extends StopEvidence {
  causes: MessageRef[];
}

/**
 * Evidence that the copies of a paused or finished task have stopped; null while it mirrors or something runs. Where
 * the mirror's workload went with them, nothing is left that could take one.
 */
export async function stopOf(context: TaskContext, record: TaskRecord): Promise<TaskStopView | null> {
  const { spec } = record;
  if (!isStopped(record)) return null;
  const stoppedAt = stopTime(record);
  return ofAll(
    await Promise.all(eachTarget(spec).map((part) => stopOfTarget(context, { ...record, spec: part }, stoppedAt))),
  );
}

/** The same of a task with one target. */
async function stopOfTarget(context: TaskContext, record: TaskRecord, stoppedAt: string): Promise<TaskStopView> {
  const { spec } = record;
  const evidence = await evidenceOf(context, spec, stoppedAt);
  if (isGone(record)) return { ...evidence, confirmedAt: stoppedAt, reason: null, senders: [], causes: [] };
  if (evidence.reason?.code !== 'stop_still_arriving') return { ...evidence, causes: [] };
  const causes = await causesOf(context, record, evidence.senders);
  return isPromoted(record, causes) ? { ...evidence, reason: servesLive(spec), causes: [] } : { ...evidence, causes };
}

/** Copies have stopped once they have for every target; said is what stands against it first, arriving copies before all. */
function ofAll(evidence: readonly TaskStopView[]): TaskStopView {
  const [only, ...others] = evidence;
  if (only && others.length === 0) return only;
  const latest = (times: readonly (string | null)[]) =>
    times
      .filter((time) => time !== null)
      .toSorted()
      .at(-1) ?? null;
  const told =
    evidence.find(({ reason }) => reason?.code === 'stop_still_arriving') ?? evidence.find(({ reason }) => reason);
  return {
    lastCopyAt: latest(evidence.map(({ lastCopyAt }) => lastCopyAt)),
    confirmedAt: told ? null : latest(evidence.map(({ confirmedAt }) => confirmedAt)),
    reason: told?.reason ?? null,
    rate: told ? told.rate : sumOfRates(evidence.map(({ rate }) => rate)),
    senders: told?.senders ?? [],
    causes: told?.causes ?? [],
  };
}

/** Of all targets, measured at the same times; null where one of them is not. */
function sumOfRates(rates: readonly StopEvidence['rate'][]): StopEvidence['rate'] {
  const [first, ...others] = rates.filter((rate) => rate !== null);
  if (!first || others.length + 1 < rates.length) return null;
  const points = first.points.map(([at, value], index): [number, number | null] => {
    const values = [value, ...others.map(({ points }) => points[index]?.[1] ?? null)];
    return [at, values.some((one) => one === null) ? null : values.reduce<number>((sum, one) => sum + (one ?? 0), 0)];
  });
  return { stepSeconds: first.stepSeconds, points };
}

/**
 * Why a task that should copy nothing needs a person: copies arrive all the same. Null while nothing tells that they
 * do, or the user may not know. For lists: costs a share of one query for many tasks.
 */
export async function strayReason(context: TaskContext, record: TaskRecord): Promise<MessageRef | null> {
  for (const spec of eachTarget(record.spec)) {
    const reason = await strayReasonOfTarget(context, { ...record, spec });
    if (reason) return reason;
  }
  return null;
}

async function strayReasonOfTarget(context: TaskContext, record: TaskRecord): Promise<MessageRef | null> {
  if (!isStopped(record) || isGone(record)) return null;
  const { spec } = record;
  const [allowed] = await mayListPods(context.cluster, [spec.namespace]);
  if (!allowed || !(await context.areArriving(spec, stopTime(record)))) return null;
  if (record.desired === 'finished' && isPromoted(record, await causesOf(context, record, []))) return null;
  return { code: `copies_while_${record.desired}`, params: { workload: workloadOf(spec.targets[0]) } };
}

function isStopped({ desired, operation }: TaskRecord): boolean {
  return operation === null && (desired === 'paused' || desired === 'finished');
}

/** Live requests reach the workload of a finished task: it is its owner's, who may well have promoted it. */
function isPromoted({ desired }: TaskRecord, causes: readonly MessageRef[]): boolean {
  return desired === 'finished' && causes.some(({ code }) => code === 'stray_live_route' || code === 'stray_unrouted');
}

function servesLive({ targets: [target] }: TaskSpec): MessageRef {
  return { code: 'stop_serves_live', params: { workload: workloadOf(target) } };
}

/** The mirror's workload went with the copies. */
function isGone({ desired, spec, keepsWorkload = false }: TaskRecord): boolean {
  return desired === 'finished' && spec.targets[0].created && !keepsWorkload;
}

/** Requests are what pods do: their times are for who may list the pods, as in charts. */
async function evidenceOf(context: TaskContext, spec: TaskSpec, stoppedAt: string): Promise<StopEvidence> {
  const [allowed] = await mayListPods(context.cluster, [spec.namespace]);
  if (allowed) return context.stopOf(spec, stoppedAt);
  return untoldStop({ code: 'stop_forbidden', params: { namespace: spec.namespace } });
}

/** Looks for what sends them, among everything that the user may read. */
async function causesOf({ cluster, pushP99Ms }: TaskContext, record: TaskRecord, senders: readonly string[]) {
  const { spec } = record;
  const [deployments, services, virtualServices, destinationRules, envoyFilters, records, p99Ms] = await Promise.all([
    readNamespace(cluster, 'Deployment', spec.namespace),
    readNamespace(cluster, 'Service', spec.namespace),
    readEverywhere(cluster, 'VirtualService'),
    readEverywhere(cluster, 'DestinationRule'),
    readEverywhere(cluster, 'EnvoyFilter'),
    listRecords(cluster, null),
    pushP99Ms(),
  ]);
  const kinds = { deployments, services, virtualServices, destinationRules, envoyFilters };
  const copying = records.flatMap(({ record: { spec: other, desired, operation } }) => {
    const isOther = other.name !== spec.name || other.namespace !== spec.namespace;
    return isOther && (desired === 'mirroring' || operation !== null) ? [other] : [];
  });
  return strayCauses(spec, {
    deployment: deployments.items.find(({ metadata }) => metadata.name === spec.targets[0].workload) ?? null,
    services: services.items,
    virtualServices: virtualServices.items,
    destinationRules: destinationRules.items,
    // Nothing but their text is looked at.
    envoyFilters: envoyFilters.items as readonly KubeObject[],
    tasks: copying,
    rootNamespace,
    pushP99Ms: p99Ms,
    senders,
    unreadable: Object.entries(kinds).flatMap(([kind, { unreadable }]) =>
      unreadable.length > 0 ? [kindNames[kind as keyof typeof kinds]] : [],
    ),
  });
}

const kindNames = {
  deployments: 'Deployment',
  services: 'Service',
  virtualServices: 'VirtualService',
  destinationRules: 'DestinationRule',
  envoyFilters: 'EnvoyFilter',
};

/**
 * The operation that took the entries out ends when every proxy knows it. Restoring or adopting a task that has stopped
 * takes out what somebody else put in: until then copies are his.
 */
function stopTime({ activity, desiredSince }: TaskRecord): string {
  const stopping = new Set<string>(['pause', 'finish', 'restore', 'adopt'] satisfies OperationVerb[]);
  const ended = activity.findLast(({ verb, outcome }) => stopping.has(verb) && outcome === 'done');
  return ended && Date.parse(ended.at) > Date.parse(desiredSince) ? ended.at : desiredSince;
}
