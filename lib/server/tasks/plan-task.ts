import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import { toSelection } from '@/lib/contract/request-selection';
import { finding, orPass, type Check } from '@/lib/domain/check';
import { isHeldToPlan, movesPods } from '@/lib/domain/edit';
import type { KubeObject } from '@/lib/domain/kubernetes';
import { permissionsNeeded, permissionsToRetarget } from '@/lib/domain/permissions';
import { deliveryOf } from '@/lib/domain/delivery';
import { patchesOf } from '@/lib/domain/owner-patch';
import { planCreate } from '@/lib/domain/plan-create';
import { wishesOf, type PlanningSnapshot } from '@/lib/domain/planning-snapshot';
import { stepsFor } from '@/lib/domain/steps';
import { placementOf, serviceTargetOf, workloadOf } from '@/lib/domain/targets';
import type { Step, TaskRecord, TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { isKind, kinds } from '@/lib/server/cluster/kinds';
import { ApiError } from '@/lib/server/http/api-error';
import { actorOf } from './actor';
import type { TaskContext } from './context';
import { assertMay } from './missing-permission';
import { newRecord, newRecordMap } from './new-record';
import { findObstacle, obstacleError } from './operations/rival';
import { basisOf } from './planning/basis';
import { tasksBeside } from './planning/routes-today';
import { planningSnapshot, planTaskAnew } from './planning/plan-anew';
import { dryRunSteps } from './planning/dry-run';
import type { PlanView } from './planning/plan-view';
import { readEverywhere } from './planning/readable';
import { listRecordProblems, owningUid, taskOfRecord } from './record-store';
import { planOf, type TaskName } from './run-verb';
import { readStanding } from './view/read-standing';
import type { Retargeted, VerbRequest } from './verb-plan';

/**
 * What creating a task would do: checks, ordered steps, and every object before and after by the server's own dry
 * run. Writes nothing. `spec` is null when the input cannot be planned at all.
 */
export async function planTask(
  context: TaskContext,
  input: CreateTaskInput,
): Promise<PlanView & { spec: TaskSpec | null }> {
  const { cluster } = context;
  const { namespace } = input;
  if (!(await cluster.isVisible(namespace))) {
    throw new ApiError('forbidden', { reason: `list configmaps (${namespace})` });
  }
  const selection = toSelection(input);
  const wanted = { ...input, ...(selection && { selection }) };
  const targets = wishesOf(wanted).map(({ target }) => target);
  const asked = { namespace, service: input.service, targets };
  const snapshot = await planningSnapshot(context, asked, permissionsNeeded('create', namespace));
  const first = planCreate(wanted, snapshot);
  // Which permissions it takes is known exactly once it is known which objects are edited.
  const exact = first.spec && (await withPermissions(snapshot, cluster, first.spec));
  const plan = exact ? planCreate(wanted, exact) : first;
  const { spec } = plan;
  const checks = [...plan.checks, ...(await checkRecords(cluster, input))];
  const { routes } = plan;
  if (!spec) return { spec, checks, ...nothingPlanned, routes };
  const steps = stepsFor('create', spec);
  const permissions = (exact ?? snapshot).permissions;
  const dryRun = await dryRunSteps({
    cluster,
    spec,
    steps,
    recordUid: null,
    newRecord: newRecordMap(newRecord(context, spec, input, await actorOf(cluster))),
    isWritable: (step) => isWritable(step, permissions),
  });
  return {
    spec,
    ...placementOf(spec),
    delivery: deliveryOf(spec, snapshot),
    patches: patchesOf(steps, spec, snapshot.virtualServices, snapshot.tasks),
    basis: basisOf([...readBy(spec, snapshot), ...dryRun.changes.flatMap(({ before }) => before ?? [])]),
    checks: [...checks.filter(({ code }) => code !== 'server_dry_run'), ...dryRun.checks],
    steps,
    changes: dryRun.changes,
    routes,
  };
}

const nothingPlanned = {
  placement: null,
  placementReason: null,
  delivery: null,
  basis: [],
  steps: [],
  patches: [],
  changes: [],
};

/** What a verb on a task that stands would do. Writes nothing; throws as the verb itself would. */
export async function planVerbOnTask(context: TaskContext, task: TaskName, request: VerbRequest): Promise<PlanView> {
  const { record, steps, uid, workloads } = await planOf(context, task, request);
  const { spec } = record;
  const retargeted = request.verb === 'change' ? request.retargeted : undefined;
  if (retargeted) await assertRetargetable(context.cluster, record, retargeted);
  const isHeld = steps.some((step) => isHeldToPlan(step, spec));
  const isScaled = workloads.some(({ takesBack }) => !takesBack);
  const anew = isHeld || isScaled ? await planTaskAnew(context, spec) : null;
  const virtualServices = (await readEverywhere(context.cluster, 'VirtualService')).items;
  const dryRun = await dryRunSteps({
    cluster: context.cluster,
    spec,
    steps,
    recordUid: owningUid({ record, uid }),
    isWritable: () => true,
    virtualServices,
    ...(steps.some(movesPods) ? { standing: await readStanding(context.cluster, spec) } : {}),
    workloads,
    ...(isHeld && anew ? { planned: anew.spec } : {}),
  });
  // The server's dry run makes no pods.
  const room = isScaled ? (anew?.checks.filter(({ code }) => code === 'quota') ?? []) : [];
  const ofMore = retargeted?.found ?? [];
  const isHeldUp = dryRun.checks.some(({ params }) => params['reason'] === 'not_as_reviewed');
  return {
    ...placementOf(spec),
    delivery: null,
    patches: patchesOf(steps, spec, virtualServices, await tasksBeside(context.cluster, spec)),
    // The record is no part of it: each renewal of a running operation would call off what may stop that operation.
    basis: basisOf([...dryRun.read, ...adoptedFrom(request)].filter((object) => taskOfRecord(object) === null)),
    checks: [...dryRun.checks, ...ofMore, ...room, ...(isHeldUp ? (anew?.failures ?? []) : [])],
    steps,
    changes: dryRun.changes,
  };
}

/**
 * Throws forbidden where the user may not write what other targets take; plan_infeasible where another task stands on what
 * an added one would get: nothing tells then whose copies are whose.
 */
async function assertRetargetable(cluster: Cluster, record: TaskRecord, { planned }: Retargeted): Promise<void> {
  await assertMay(cluster, permissionsToRetarget(record));
  const reason = planned && (await findObstacle(cluster, record.spec)).reason;
  if (reason) throw obstacleError(reason);
}

/** What an adoption was read from: it writes none of it. */
function adoptedFrom(request: VerbRequest): KubeObject[] {
  if (request.verb !== 'adopt') return [];
  const { virtualServices, destinationRules, deployments, service, mirrorServices } = request.live;
  return [...virtualServices, ...destinationRules, ...deployments, ...(service ? [service] : []), ...mirrorServices];
}

/** A record that cannot be read may be of a task on this very service, and what that one made would look the owner's. */
async function checkRecords(cluster: Cluster, { namespace, service }: CreateTaskInput): Promise<Check[]> {
  const problems = await listRecordProblems(cluster, namespace);
  const found = problems.map(({ code, params }) => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: String(params['name']) };
    return finding('fail', 'task_records', object, { ...params, service, reason: code });
  });
  return orPass(found, 'task_records', null, { namespace });
}

async function withPermissions(
  snapshot: PlanningSnapshot,
  cluster: TaskContext['cluster'],
  spec: TaskSpec,
): Promise<PlanningSnapshot> {
  const needed = permissionsNeeded('create', spec);
  const allowed = await cluster.review(needed);
  return { ...snapshot, permissions: needed.map((one, index) => ({ ...one, allowed: allowed[index] === true })) };
}

/** Objects that decide what is created, beside those that are edited. */
function readBy(spec: TaskSpec, { services, deployments, targetNamespaces }: PlanningSnapshot): KubeObject[] {
  const workloads = new Set([...spec.primary.map(({ workload }) => workload), ...spec.targets.map(workloadOf)]);
  const targets = spec.targets.flatMap((target) => serviceTargetOf(target) ?? []);
  return [
    ...services.filter(({ metadata }) => metadata.name === spec.service.name),
    ...[...services, ...(targetNamespaces?.services ?? [])].filter(({ metadata }) =>
      targets.some(({ name, namespace }) => metadata.name === name && metadata.namespace === namespace),
    ),
    ...deployments.filter(({ metadata }) => workloads.has(metadata.name)),
  ];
}

/** A dry run that the user may not make would only repeat what the permissions check says. */
function isWritable({ verb, object }: Step, permissions: PlanningSnapshot['permissions']): boolean {
  if (!object) return false;
  const resource = isKind(object.kind) ? kinds[object.kind].plural : null;
  return permissions.every(
    (one) => one.allowed || one.verb !== verb || one.resource !== resource || one.namespace !== object.namespace,
  );
}

/** Throws plan_infeasible with the checks that stand against a plan. */
export function assertFeasible({ checks }: Pick<PlanView, 'checks'>): void {
  const failures = checks.filter(({ severity }) => severity === 'fail');
  if (failures.length === 0) return;
  const details = failures.map(({ code, severity, params }) => ({
    path: '',
    code: `check.${code}.${severity}`,
    params,
  }));
  throw new ApiError('plan_infeasible', { failed: failures.length }, details);
}
