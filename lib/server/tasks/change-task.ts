import type { ChangeTaskInput } from '@/lib/contract/create-task-input';
import { unknownContainers } from '@/lib/domain/new-deployment';
import { permissionsToChangeWorkload, permissionText } from '@/lib/domain/permissions';
import { workloadOf } from '@/lib/domain/targets';
import type { TaskSpec, WorkloadFields } from '@/lib/domain/task';
import { ownVersionOf } from '@/lib/domain/workload-change';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { ApiError } from '@/lib/server/http/api-error';
import type { TaskContext } from './context';
import { assertFeasible, planVerbOnTask } from './plan-task';
import { getTaskRecord } from './record-store';
import { runVerb, type TaskName } from './run-verb';
import type { ChangeRequest, WantedShares, WorkloadAsked } from './verb-plan';

/**
 * Changes what a task copies and what its new versions run; a paused task takes shares over when it resumes. Throws
 * plan_infeasible where the change of a workload would surely fail.
 */
export async function changeTask(context: TaskContext, task: TaskName, input: ChangeTaskInput) {
  const request = await changeRequest(context, task, input);
  if (request.workloads) assertFeasible(await planVerbOnTask(context, task, request));
  return runVerb(context, task, request, input.basis);
}

/**
 * The request to make of a task what an input says, by its workloads as they stand. Throws invalid_input where a target
 * has no workload that is the task's, or it lacks what is to be changed.
 */
export async function changeRequest(
  { cluster }: TaskContext,
  { namespace, name }: TaskName,
  input: ChangeTaskInput,
): Promise<ChangeRequest> {
  const shares = sharesWanted(input);
  const request: ChangeRequest = { verb: 'change', ...(shares !== undefined && { shares }) };
  const wanted = workloadsWanted(input);
  if (wanted.length === 0) return request;
  const { spec } = await getTaskRecord(cluster, namespace, name);
  const workloads = await Promise.all(wanted.map((one) => workloadAsked(cluster, spec, one)));
  return { ...request, workloads };
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
  await assertMayChange(cluster, spec);
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

async function assertMayChange(cluster: Cluster, spec: TaskSpec): Promise<void> {
  const needed = permissionsToChangeWorkload(spec);
  const allowed = await cluster.review(needed);
  const missing = needed.find((_, index) => !allowed[index]);
  if (missing) throw new ApiError('forbidden', { reason: permissionText(missing) });
}
