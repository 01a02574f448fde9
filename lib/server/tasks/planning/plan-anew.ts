import { liveWorkloads } from '@/lib/domain/live-workloads';
import type { Permission } from '@/lib/domain/permissions';
import type { PlanningSnapshot } from '@/lib/domain/planning-snapshot';
import { planAnew, type Replan } from '@/lib/domain/replan';
import type { TargetInput, TaskSpec } from '@/lib/domain/task';
import type { TaskContext } from '../context';
import { gatherSnapshot } from './snapshot';

/** What a creation is planned on: see `gatherSnapshot`, and what is measured of the service's callers. */
export async function planningSnapshot(
  context: TaskContext,
  { namespace, service: name, target }: { namespace: string; service: string; target: TargetInput },
  permissions: readonly Permission[] = [],
): Promise<PlanningSnapshot> {
  const gathered = await gatherSnapshot(context.cluster, namespace, permissions, target);
  const service = gathered.services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  // Workloads whose callers count: those that answer the service's clients now.
  const answering = service ? liveWorkloads(service, gathered).map(({ metadata }) => metadata.name) : [];
  const [requestsFromOutside, measured] = await Promise.all([
    context.requestsFromOutside(namespace, answering),
    target.kind === 'external' ? context.callersOf(namespace, answering, target.host) : null,
  ]);
  return {
    ...gathered,
    requestsFromOutside,
    ...(gathered.external && { external: { ...gathered.external, measured } }),
  };
}

/** A task that stands as its creation would be planned today. */
export async function planTaskAnew(context: TaskContext, spec: TaskSpec): Promise<Replan> {
  const { namespace, service, target } = spec;
  return planAnew(spec, await planningSnapshot(context, { namespace, service: service.name, target: target.input }));
}
