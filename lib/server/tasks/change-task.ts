import type { ChangeTaskInput } from '@/lib/contract/create-task-input';
import { changedSelection } from '@/lib/contract/request-selection';
import { unknownContainers } from '@/lib/domain/new-deployment';
import { permissionsToChangeWorkload } from '@/lib/domain/permissions';
import { targetsMax, type PlanningInput } from '@/lib/domain/planning-snapshot';
import { reselected } from '@/lib/domain/reselect';
import { idsOfStaying, withLeaving } from '@/lib/domain/retarget';
import { sameJson } from '@/lib/domain/structure';
import { targetIdentity, workloadOf } from '@/lib/domain/targets';
import type { TaskRecord, TaskSpec, WorkloadFields } from '@/lib/domain/task';
import { ownVersionOf } from '@/lib/domain/workload-change';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { ApiError } from '@/lib/server/http/api-error';
import { actorOf } from './actor';
import type { TaskContext } from './context';
import { driveRamp } from './drive-ramp';
import { assertMay } from './missing-permission';
import { assertFeasible, planVerbOnTask } from './plan-task';
import { planTaskAnew, planTaskWith } from './planning/plan-anew';
import { getTaskRecord } from './record-store';
import { runVerb, type TaskName } from './run-verb';
import type { ChangeRequest, Retargeted, WantedShares, WorkloadAsked } from './verb-plan';
import { rampUnrenewedMs } from './view/ramp-held';

/**
 * Changes what a task copies and what its new versions run; a paused task takes the former over when it resumes. Throws
 * plan_infeasible where more than another share would surely fail.
 */
export async function changeTask(context: TaskContext, task: TaskName, input: ChangeTaskInput) {
  const request = await changeRequest(context, task, input);
  if (request.workloads || request.selected || request.retargeted)
    assertFeasible(await planVerbOnTask(context, task, request));
  const view = await runVerb(context, task, request, input.basis);
  const { ramp } = view.record;
  if (ramp && !ramp.held && ramp.holder === context.holder) driveRamp(context, task);
  return view;
}

/**
 * The request to make of a task what an input says, by what stands now. Throws invalid_input where a target has no
 * workload that is the task's, or it lacks what is to be changed; plan_infeasible where what is selected cannot be copied.
 */
export async function changeRequest(
  context: TaskContext,
  { namespace, name }: TaskName,
  input: ChangeTaskInput,
): Promise<ChangeRequest> {
  const shares = sharesWanted(input);
  const wanted = workloadsWanted(input);
  const record = await getTaskRecord(context.cluster, namespace, name);
  const { spec } = record;
  const selected = await selectionAsked(context, spec, input);
  const retargeted = await retargetingAsked(context, spec, input);
  const workloads = await Promise.all(wanted.map((one) => workloadAsked(context.cluster, spec, one)));
  return {
    verb: 'change',
    ...(shares !== undefined && { shares }),
    ...(selected && { selected }),
    ...(retargeted && { retargeted }),
    ...(workloads.length > 0 && { workloads }),
    ...(await rampBy(context, input, record)),
  };
}

async function rampBy(
  context: TaskContext,
  { ramp, rampHeld }: ChangeTaskInput,
  record: TaskRecord,
): Promise<Pick<ChangeRequest, 'ramp'>> {
  if (ramp === null) return { ramp: { kind: 'stop' } };
  if (rampHeld === true) return { ramp: { kind: 'hold', reason: { code: 'ramp_on_demand', params: {} } } };
  if (ramp === undefined && rampHeld === undefined) return {};
  const driver = { holder: context.holder, startedBy: await actorOf(context.cluster) };
  if (ramp) return { ramp: { kind: 'start', steps: ramp, ...driver } };
  return { ramp: { kind: 'continue', unrenewedMs: rampUnrenewedMs(context, record), ...driver } };
}

/** Throws plan_infeasible where the task could not be created with the targets that it is to have. */
async function retargetingAsked(
  context: TaskContext,
  spec: TaskSpec,
  { targets = [], addTargets = [] }: ChangeTaskInput,
): Promise<Retargeted | null> {
  const removed = targets.filter(({ remove }) => remove).map(({ id }) => id);
  if (removed.length + addTargets.length === 0) return null;
  if (spec.delivery === 'patch') throw new ApiError('not_possible', { verb: 'change' }, [retargetByPatch]);
  const standing = idsOfStaying(spec);
  if (addTargets.length === 0 && standing.every((id) => removed.includes(id))) throw refused('targets', 'target_last');
  // A target that leaves stands until those that come are there.
  const room = targetsMax - spec.targets.length;
  if (addTargets.length > room) throw refused('addTargets', 'targets_most', { most: targetsMax, room });
  const known = new Set(spec.targets.map(({ input }) => targetIdentity(input)));
  const twice = addTargets.findIndex((target) => known.has(targetIdentity(target)));
  if (twice !== -1) throw refused(`addTargets[${twice}]`, 'target_twice');
  const planned = addTargets.length > 0 ? await planWith(context, withLeaving(spec, removed), addTargets) : null;
  return { planned: planned?.spec ?? null, removed, standing, found: planned?.ofMore ?? [] };
}

async function planWith(context: TaskContext, spec: TaskSpec, more: NonNullable<ChangeTaskInput['addTargets']>) {
  // What a request says of references is JSON, as a Deployment's is.
  const planned = await planTaskWith(context, spec, more as NonNullable<PlanningInput['targets']>);
  assertFeasible(planned);
  return planned;
}

const retargetByPatch = { path: '', code: 'reason.retarget_patch', params: {} };
const reselectByPatch = { path: '', code: 'reason.reselect_patch', params: {} };

async function selectionAsked(
  context: TaskContext,
  spec: TaskSpec,
  input: ChangeTaskInput,
): Promise<ChangeRequest['selected'] | null> {
  const { selection: before, ...rest } = spec;
  const selection = changedSelection(before, input);
  if (sameJson(selection ?? null, before ?? null)) return null;
  // Who applies a patch in the owner's place may put the new entries in and leave the old.
  if (spec.delivery === 'patch') throw new ApiError('not_possible', { verb: 'change' }, [reselectByPatch]);
  const { spec: planned, checks } = await planTaskAnew(context, { ...rest, ...(selection && { selection }) });
  assertFeasible({ checks });
  if (planned && reselected(spec, planned)) return { planned };
  const { service } = spec;
  const reason = { code: 'reason.reselect_besides', params: { service: service.name } };
  throw new ApiError('not_possible', { verb: 'change' }, [{ path: '', ...reason }]);
}

/** What a request says of the shares: of a task's only target, or of some by their ids. */
function sharesWanted({ percentage, targets }: ChangeTaskInput): WantedShares | undefined {
  return targets ?? percentage;
}

interface WantedWorkload {
  /** Of the target; null: of the task's only one. */
  id: string | null;
  /** Where the request says it. */
  path: string;
  replicas?: ChangeTaskInput['replicas'];
  containers?: ChangeTaskInput['containers'];
}

function workloadsWanted({ replicas, containers, targets }: ChangeTaskInput): WantedWorkload[] {
  const ofTargets = targets?.map((target, index) => ({ ...target, path: `targets[${index}].` }));
  const all = ofTargets ?? [{ id: null, path: '', replicas, containers }];
  return all.filter((one) => one.replicas !== undefined || one.containers !== undefined);
}

async function workloadAsked(
  cluster: Cluster,
  spec: TaskSpec,
  { id, path, replicas, containers = [] }: WantedWorkload,
): Promise<WorkloadAsked> {
  const field = path + (replicas === undefined ? 'containers' : 'replicas');
  const target = spec.targets.find((one) => one.id === (id ?? spec.targets[0].id));
  if (id === null && spec.targets.length > 1) throw refused(field, 'change_of_each');
  if (!target) throw refused(`${path}id`, 'target_unknown');
  const workload = workloadOf(target);
  if (!ownVersionOf(target)) {
    throw refused(field, target.workload === null ? 'change_elsewhere' : 'change_existing', { workload });
  }
  await assertMay(cluster, permissionsToChangeWorkload(spec));
  const live = await cluster.get('Deployment', spec.namespace, workload);
  if (!live) throw refused(field, 'change_workload_gone', { workload });
  const unknown = unknownContainers(live, containers)[0];
  if (unknown !== undefined) {
    const index = containers.findIndex((one) => one.name === unknown);
    throw refused(`${path}containers[${index}].name`, 'change_container', { workload, container: unknown });
  }
  // What a request says of references is JSON, as a Deployment's is.
  const asked = { ...(replicas !== undefined && { replicas }), containers } as WorkloadFields;
  return { target: target.id, asked, live };
}

function refused(path: string, code: string, params = {}): ApiError {
  return new ApiError('invalid_input', {}, [{ path, code, params }]);
}
