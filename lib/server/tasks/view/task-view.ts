import { awaitingOf } from '@/lib/domain/awaiting';
import { deriveState, isAbandoned, type ActionState, type DerivedState } from '@/lib/domain/state';
import { stillCopiesEveryRequest, type StandingRules } from '@/lib/domain/copied-requests';
import { countedClones, type CountedClone } from '@/lib/domain/counted-clones';
import { adoptionOf, isAdoption } from '@/lib/domain/drift-answers';
import type { Deployment } from '@/lib/domain/kubernetes';
import type { MessageRef } from '@/lib/domain/message';
import { beforeJoining } from '@/lib/domain/retarget';
import { stopCommand } from '@/lib/domain/stop-command';
import { sameJson } from '@/lib/domain/structure';
import { eachTarget, externalTargetOf, serviceTargetOf, targetText, workloadOf } from '@/lib/domain/targets';
import { deploymentOf } from '@/lib/domain/drift';
import type { TargetInput, TaskRecord, TaskReport, TaskSpec, TaskTarget } from '@/lib/domain/task';
import { isPodReady } from '@/lib/domain/workloads';
import { mayListPods } from '@/lib/server/metrics/chart-access';
import { untoldCoverage, type MeasuredCoverage } from '@/lib/server/metrics/coverage';
import type { TaskContext } from '../context';
import { hasFailed } from '../operations/lock';
import { LiveObjects, type LiveView } from './live-objects';
import { rampHeld, type RampHeld } from './ramp-held';
import { reportOf } from './report-view';
import { strayReason, type TaskStopView } from './stop-view';
import { actionsOf } from './task-actions';

/** How a task stands: what a list counts and sorts by. */
export interface TaskStanding {
  record: TaskRecord;
  derived: DerivedState;
  /** Of each target, in their order; null while nothing is to be told. */
  coverage: readonly MeasuredCoverage[] | null;
  live: LiveView;
}

/** Everything that a task's answer says, before its texts are put into a language. */
export interface TaskView extends Omit<TaskStanding, 'live'> {
  actions: ActionState[];
  /** Where it was asked for, of a task that is paused or finished. */
  stop: TaskStopView | null;
  report: TaskReport | null;
  /** The running or interrupted operation was left by its driver. */
  isStale: boolean;
  primary: WorkloadView[];
  /** In the order of the task's targets. */
  targets: TargetView[];
  stopCommand: string;
  /** Finished, with the new version's workload left standing. */
  keepsWorkload: boolean;
  /** Why its ramp stands still; null: it does not, or there is none. */
  rampHeld: RampHeld | null;
  /** What adopting would make of a drifted task; null where it is not offered. */
  adoption: MessageRef | null;
}

export interface TargetView extends Omit<WorkloadView, 'workload'> {
  kind: TargetInput['kind'];
  /** The Deployment, the Service, or the host. */
  name: string;
  /** How people call it: its version, or the name with its namespace. */
  label: string;
  /** Null for a host outside. */
  namespace: string | null;
  /** Port that gets every copy; null for a version: the port that its request came for. */
  port: number | null;
  /** Deployment of the service that gets the copies; null where they go elsewhere. */
  workload: string | null;
}

export interface WorkloadView {
  workload: string;
  version: string;
  /** Image of the container that differs between the versions, else of the first; null when unknown. */
  image: string | null;
  replicas: { ready: number; desired: number } | null;
}

/** A task as it stands, from its record and the watch cache. */
export async function viewTask(
  context: TaskContext,
  record: TaskRecord,
  stop: TaskStopView | null = null,
): Promise<TaskView> {
  const [standing] = await taskStandings(context, [record]);
  if (!standing) throw new Error(`no standing of ${record.spec.name}`);
  return viewStanding(context, standing, stop);
}

/** The part of their views that lists need of every task. */
export async function taskStandings(context: TaskContext, records: readonly TaskRecord[]): Promise<TaskStanding[]> {
  const namespaces = [...new Set(records.map(({ spec }) => spec.namespace))];
  const allowed = await mayListPods(context.cluster, namespaces);
  const measured = new Set(namespaces.filter((_, index) => allowed[index]));
  const views = await new LiveObjects(context.cluster).ofAll(records.map(({ spec }) => spec));
  const look: Look = { views, nowMs: context.clock.now(), measured };
  return together(records.map((record) => taskStanding(context, record, look)));
}

/** Waits for those parts that have to be waited for. */
function together<T extends object>(parts: readonly (Promise<T> | T)[]): Promise<T[]> | T[] {
  const known = parts.filter((part): part is T => !(part instanceof Promise));
  return known.length === parts.length ? known : Promise.all(parts);
}

/** What all tasks of one look share. */
interface Look {
  views: ReadonlyMap<TaskSpec, LiveView>;
  nowMs: number;
  /** Namespaces whose requests the user may see numbers of. */
  measured: ReadonlySet<string>;
}

/** What is known is not waited for: of a thousand tasks nearly all is. */
function taskStanding(context: TaskContext, record: TaskRecord, look: Look): Promise<TaskStanding> | TaskStanding {
  const live = look.views.get(record.spec);
  if (!live) throw new Error(`no view of ${record.spec.name}`);
  const copying = copyingSpec(record, live);
  const told = copying && together(eachTarget(copying).map((part) => coverageOf(context, part, record, live, look)));
  const standing = (coverage: readonly MeasuredCoverage[] | null) => {
    const derived = withCoverage(stateOf(context, record, live), coverage, record);
    const isStopped = derived.state === 'Paused' || derived.state === 'Finished';
    return isStopped
      ? withStrays(context, derived, record).then((strayed) => ({ record, derived: strayed, coverage, live }))
      : { record, derived, coverage, live };
  };
  return told instanceof Promise ? told.then(standing) : standing(told);
}

/** The spec by which the task copies now; null while nothing can be told of that. */
function copyingSpec(record: TaskRecord, live: LiveView): TaskSpec | null {
  if (record.operation === null) return record.desired === 'mirroring' ? record.spec : null;
  const awaiting = awaitingOf(record, live);
  return awaiting?.copiesAsBefore ? awaiting.standing.spec : null;
}

const restingStates = new WeakMap<TaskRecord, { live: LiveView; state: DerivedState }>();

/** Of a task at rest the state depends on nothing but its record and objects: worked out once while they are the same. */
function stateOf({ locks }: TaskContext, record: TaskRecord, live: LiveView): DerivedState {
  if (record.operation !== null) return deriveState(record, { ...live, unrenewedMs: locks.unrenewedMs(record) });
  const known = restingStates.get(record);
  if (known?.live === live) return known.state;
  const state = deriveState(record, { ...live, unrenewedMs: 0 });
  restingStates.set(record, { live, state });
  return state;
}

/** The rest of it, for those that are shown. */
export async function viewStanding(
  context: TaskContext,
  standing: TaskStanding,
  stop: TaskStopView | null = null,
): Promise<TaskView> {
  const { record, derived, coverage, live } = standing;
  const { operation, spec } = record;
  return {
    record,
    derived,
    coverage,
    stop,
    report: await reportOf(context.cluster, record),
    actions: await actionsOf(context.cluster, record, derived.state, live),
    isStale: operation !== null && !hasFailed(operation) && isAbandoned(operation, context.locks.unrenewedMs(record)),
    primary: spec.primary.map((side) => workloadView(side, live.primary.find(named(side.workload)))),
    targets: spec.targets.map((target) => targetView(target, spec, live)),
    // Before it is sure that no other task stands there, what is named for targets that come is that one's.
    stopCommand: stopCommand(beforeJoining(record).spec, live.virtualServices),
    keepsWorkload: record.desired === 'finished' && (record.keepsWorkload ?? false),
    rampHeld: rampHeld(context, record),
    adoption: derived.state === 'Drifted' && operation === null ? adoptionText(record, live) : null,
  };
}

function adoptionText(record: TaskRecord, live: LiveView): MessageRef | null {
  const answer = adoptionOf(record, live);
  return isAdoption(answer) ? answer.text : null;
}

/** Requests are what pods do: their numbers are for who may list the pods, as in charts. */
function coverageOf(
  context: TaskContext,
  spec: TaskSpec,
  { percentageSince }: TaskRecord,
  live: LiveView,
  { measured, nowMs }: Look,
): Promise<MeasuredCoverage> | MeasuredCoverage {
  const { namespace } = spec;
  if (!measured.has(namespace)) return untoldCoverage({ code: 'coverage_forbidden', params: { namespace } });
  const { copied, clones, clonesSince } = asCopied(spec, live, nowMs);
  // What others' clones counted before counts no more: nothing before the change says anything about now.
  const since = clonesSince === null ? percentageSince : latest(percentageSince, new Date(clonesSince).toISOString());
  return context.coverageOf(copied, since, { otherPorts: live.otherPorts, clones });
}

interface Copied {
  /** The spec, with `copiesEveryRequest` as the routes are today. */
  copied: TaskSpec;
  clones: CountedClone[] | null;
  /** When this process saw the clones change, in Unix milliseconds; null: it never did. */
  clonesSince: number | null;
}

const specsAsCopied = new WeakMap<TaskSpec, Copied & { live: LiveView; madeOf: readonly unknown[] }>();

/** Which requests are copied as the routes are today: the same objects while they are the same. */
function asCopied(spec: TaskSpec, live: LiveView, nowMs: number): Copied {
  const known = specsAsCopied.get(spec);
  if (known?.live === live) return known;
  const { service, virtualServices, destinationRules, rootNamespace } = live;
  if (!service) return { copied: spec, clones: null, clonesSince: null };
  const madeOf = [service, ...virtualServices, ...destinationRules];
  const isSame = known?.madeOf.length === madeOf.length && known.madeOf.every((part, index) => part === madeOf[index]);
  const standing = { service, virtualServices, destinationRules, rootNamespace };
  const now = isSame ? known : copiedToday(spec, standing);
  const isChange = known !== undefined && !sameJson(known.clones, now.clones);
  const clonesSince = isChange ? nowMs : (known?.clonesSince ?? null);
  const seen = { copied: now.copied, clones: now.clones, clonesSince, live, madeOf };
  specsAsCopied.set(spec, seen);
  return seen;
}

function latest(a: string, b: string): string {
  return Date.parse(a) > Date.parse(b) ? a : b;
}

function copiedToday(spec: TaskSpec, standing: StandingRules): Pick<Copied, 'copied' | 'clones'> {
  const clones = countedClones(spec, standing.service, standing.virtualServices);
  if (clones || spec.copiesEveryRequest === false) return { copied: spec, clones };
  return { copied: { ...spec, copiesEveryRequest: stillCopiesEveryRequest(spec, standing) }, clones };
}

/** A task that surely loses copies is Degraded, though every object stands as it should. */
function withCoverage(
  derived: DerivedState,
  coverage: readonly MeasuredCoverage[] | null,
  record: TaskRecord,
): DerivedState {
  const lost = coverage?.find(({ finding }) => finding === 'lost');
  if (derived.state !== 'Mirroring' || !lost) return derived;
  const percent = Math.round((lost.value ?? 0) * 1000) / 10;
  return { state: 'Degraded', since: record.percentageSince, reason: { code: 'copies_lost', params: { percent } } };
}

/** Copies that arrive though they were stopped: the state stays what it is, with a reason for a person to look. */
async function withStrays(context: TaskContext, derived: DerivedState, record: TaskRecord): Promise<DerivedState> {
  const reason = await strayReason(context, record);
  return reason ? { ...derived, reason } : derived;
}

function targetView(target: TaskTarget, { namespace: own }: TaskSpec, live: LiveView): TargetView {
  const label = targetText(target);
  const service = serviceTargetOf(target);
  if (service) {
    const { kind, namespace, name, port } = service;
    const pods = live.targetServices?.find((one) => one.target === target.id)?.pods ?? null;
    const replicas = pods && { ready: pods.filter(isPodReady).length, desired: pods.length };
    return { kind, name, label, namespace, port, workload: null, version: '', image: null, replicas };
  }
  const outside = externalTargetOf(target);
  if (outside) {
    const { kind, host: name, port } = outside;
    return { kind, name, label, namespace: null, port, workload: null, version: '', image: null, replicas: null };
  }
  const { version } = target;
  const view = workloadView({ workload: workloadOf(target), version }, deploymentOf(target, live) ?? undefined, live);
  return { ...view, kind: 'version', name: view.workload, label, namespace: own, port: null };
}

function workloadView(
  { workload, version }: { workload: string; version: string },
  deployment: Deployment | undefined,
  live?: LiveView,
): WorkloadView {
  if (!deployment) return { workload, version, image: null, replicas: null };
  const { spec, status } = deployment;
  const primary = live?.primary[0]?.spec.template.spec.containers ?? [];
  const { containers } = spec.template.spec;
  const changed = containers.find(({ name, image }) => primary.some((one) => one.name === name && one.image !== image));
  return {
    workload,
    version,
    image: (changed ?? containers[0])?.image ?? null,
    replicas: { ready: status?.readyReplicas ?? 0, desired: spec.replicas ?? 1 },
  };
}

function named(name: string) {
  return ({ metadata }: Deployment) => metadata.name === name;
}
