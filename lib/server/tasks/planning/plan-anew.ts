import type { Check } from '@/lib/domain/check';
import { liveWorkloads } from '@/lib/domain/live-workloads';
import type { Permission } from '@/lib/domain/permissions';
import type { PlanningInput, PlanningSnapshot } from '@/lib/domain/planning-snapshot';
import { planAnew, type Replan } from '@/lib/domain/replan';
import { sameJson } from '@/lib/domain/structure';
import type { TargetInput, TaskSpec } from '@/lib/domain/task';
import type { TaskContext } from '../context';
import { gatherSnapshot } from './snapshot';

type MoreTargets = NonNullable<PlanningInput['targets']>;

/** What a creation is planned on: see `gatherSnapshot`, and what is measured of the service's callers. */
export async function planningSnapshot(
  context: TaskContext,
  { namespace, service: name, targets }: { namespace: string; service: string; targets: readonly TargetInput[] },
  permissions: readonly Permission[] = [],
): Promise<PlanningSnapshot> {
  const gathered = await gatherSnapshot(context.cluster, namespace, permissions, targets);
  const service = gathered.services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  // Workloads whose callers count: those that answer the service's clients now.
  const answering = service ? liveWorkloads(service, gathered).map(({ metadata }) => metadata.name) : [];
  const [requestsFromOutside, callerClusters, measured] = await Promise.all([
    context.requestsFromOutside(namespace, answering),
    context.callerClusters(namespace, answering),
    Promise.all(
      hostsOf(targets).map(async (host) => [host, await context.callersOf(namespace, answering, host)] as const),
    ),
  ]);
  return {
    ...gathered,
    requestsFromOutside,
    callerClusters,
    ...(gathered.external && { external: { ...gathered.external, measured: Object.fromEntries(measured) } }),
  };
}

/** A task that stands as its creation would be planned today. */
export async function planTaskAnew(context: TaskContext, spec: TaskSpec): Promise<Replan> {
  return planAnew(spec, await snapshotFor(context, spec, []));
}

/** The same with more targets. `ofMore`: what is found with them only. */
export async function planTaskWith(
  context: TaskContext,
  spec: TaskSpec,
  more: MoreTargets,
): Promise<Replan & { ofMore: Check[] }> {
  const snapshot = await snapshotFor(context, spec, more);
  const known = planAnew(spec, snapshot).checks;
  const anew = planAnew(spec, snapshot, more);
  return { ...anew, ofMore: anew.checks.filter((check) => !known.some((one) => sameJson(one, check))) };
}

function snapshotFor(
  context: TaskContext,
  { namespace, service: { name: service }, targets }: TaskSpec,
  more: MoreTargets,
): Promise<PlanningSnapshot> {
  return planningSnapshot(context, { namespace, service, targets: [...targets.map(({ input }) => input), ...more] });
}

function hostsOf(targets: readonly TargetInput[]): string[] {
  return [...new Set(targets.flatMap((target) => (target.kind === 'external' ? target.host : [])))];
}
