import { workloadToStop, type StandingTask } from '@/lib/domain/containment';
import type { DestinationRule, KubeObject, Service, VirtualService } from '@/lib/domain/kubernetes';
import type { TaskRecord } from '@/lib/domain/task';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { log } from '@/lib/server/log';
import type { TaskContext } from './context';
import { listRecords } from './record-store';
import { LiveObjects } from './view/live-objects';

/** A look without a change keeps the watches running that tell of one. */
const lookIntervalMs = 60_000;
/** After a look that did not get to all tasks the next one comes sooner. */
const retryMs = 5_000;
const attemptsMax = 5;
const kindsOfInterest = new Set(['VirtualService', 'DestinationRule', 'Service', 'Deployment', 'ConfigMap']);

/**
 * Watches over what keeps live requests away from new versions: where it is lost, the new version is scaled to none at
 * once, with the credentials of this process (docs/decisions/0007). Works while this console runs; the returned
 * function ends it.
 */
export function guardMirrors(context: TaskContext): () => void {
  const { cluster, clock } = context;
  const ending = new AbortController();
  let isLooking = false;
  let isAskedAgain = false;
  let cancelNext = () => {};
  let cancelRetry = () => {};
  const look = async () => {
    isAskedAgain = true;
    if (isLooking) return;
    isLooking = true;
    while (isAskedAgain && !ending.signal.aborted) {
      isAskedAgain = false;
      if (await lookAtAll(context)) continue;
      cancelRetry();
      cancelRetry = clock.after(retryMs, () => void look());
    }
    isLooking = false;
  };
  const lookLater = () => {
    cancelNext = clock.after(lookIntervalMs, () => {
      lookLater();
      void look();
    });
  };
  const unsubscribe = cluster.subscribe((change) => {
    const matters = change.type === 'HEALTH' ? change.health.reachable : kindsOfInterest.has(change.object.kind);
    if (matters) void look();
  });
  lookLater();
  void look();
  return () => {
    ending.abort();
    unsubscribe();
    cancelNext();
    cancelRetry();
  };
}

/** The objects with which a task was last found to be safe: the same need no second look. */
const found = new WeakMap<TaskRecord, StandingTask>();

/** False when some task could not be looked at or stopped; one such leaves the others guarded. */
async function lookAtAll(context: TaskContext): Promise<boolean> {
  let isWhole = true;
  const failed = (what: object) => (error: unknown) => {
    isWhole = false;
    // An API server that does not answer is told of elsewhere, and asked again and again here.
    if (isClusterError(error) && error.code !== 'forbidden')
      log.debug({ problem: error.message, ...what }, 'a new version cannot be guarded now');
    else log.warn({ err: error, ...what }, 'a new version cannot be guarded now');
  };
  try {
    const objects = new LiveObjects(context.cluster);
    for (const { record } of await listRecords(context.cluster, null)) {
      const { namespace, name } = record.spec;
      await lookAt(context, record, objects).catch(failed({ namespace, task: name }));
    }
  } catch (error) {
    failed({})(error);
  }
  return isWhole;
}

async function lookAt(context: TaskContext, record: TaskRecord, objects: LiveObjects): Promise<void> {
  const { spec } = record;
  // In dedicated placement only a route that names the mirror leads to it, and nothing is gained by failing it.
  if (spec.placement !== 'subset' || !spec.deployment) return;
  const live = await objects.of(spec);
  if (found.get(record) === live) return;
  if (workloadToStop(record, live)) await stop(context, record, live);
  else found.set(record, live);
}

/** The watches may be late, also one later than the other: what they show is looked up before anything is stopped. */
async function stop({ cluster }: TaskContext, record: TaskRecord, seen: StandingTask): Promise<void> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const workload = workloadToStop(record, await readAgain(cluster, record, seen));
    if (!workload) return;
    const { namespace, name } = workload.metadata;
    try {
      await cluster.update({ ...workload, spec: { ...workload.spec, replicas: 0 } });
      log.warn({ namespace, name, task: record.spec.name }, 'live requests could reach a new version: scaled to 0');
      return;
    } catch (error) {
      if (!isClusterError(error, 'conflict', 'notFound')) throw error;
    }
  }
}

async function readAgain(
  cluster: TaskContext['cluster'],
  { spec }: TaskRecord,
  seen: StandingTask,
): Promise<StandingTask> {
  const { namespace, service, target } = spec;
  const [virtualServices, destinationRules, liveService, deployment] = await Promise.all([
    Promise.all(
      namespacesOf(
        seen.virtualServices,
        spec.pins.map(({ virtualService }) => virtualService),
      ).map((place) => cluster.readAll('VirtualService', place)),
    ),
    Promise.all(
      namespacesOf(seen.destinationRules, [spec.subsets?.destinationRule ?? { namespace }]).map((place) =>
        cluster.readAll('DestinationRule', place),
      ),
    ),
    cluster.get('Service', namespace, service.name),
    cluster.get('Deployment', namespace, target.workload),
  ]);
  return {
    ...seen,
    virtualServices: virtualServices.flat() as VirtualService[],
    destinationRules: destinationRules.flat() as DestinationRule[],
    service: liveService as Service | null,
    deployment,
  };
}

function namespacesOf(objects: readonly KubeObject[], more: readonly { namespace: string }[]): string[] {
  const namespaces = [
    ...objects.map(({ metadata }) => metadata.namespace ?? ''),
    ...more.map(({ namespace }) => namespace),
  ];
  return [...new Set(namespaces)];
}
