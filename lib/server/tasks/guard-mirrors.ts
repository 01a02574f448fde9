import { exposureOf, workloadToStop, type StandingTask } from '@/lib/domain/containment';
import { deploymentOf } from '@/lib/domain/drift';
import type { TaskRecord, TaskSpec, TaskTarget } from '@/lib/domain/task';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { log } from '@/lib/server/log';
import type { TaskContext } from './context';
import { listRecords, type StoredRecord } from './record-store';
import { LiveObjects } from './view/live-objects';
import { readStanding } from './view/read-standing';

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
  const onPurpose: OnPurpose = new Set();
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
      if (await lookAtAll(context, onPurpose)) continue;
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
async function lookAtAll(context: TaskContext, onPurpose: OnPurpose): Promise<boolean> {
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
    for (const stored of await listRecords(context.cluster, null)) {
      const { namespace, name } = stored.record.spec;
      await lookAt(context, stored, objects, onPurpose).catch(failed({ namespace, task: name }));
    }
  } catch (error) {
    failed({})(error);
  }
  return isWhole;
}

/**
 * Targets whose new version somebody sends clients to on purpose, by the uid of their task's record and their id, until
 * no way leads there.
 */
type OnPurpose = Set<string>;

async function lookAt(
  context: TaskContext,
  { record, uid }: StoredRecord,
  objects: LiveObjects,
  onPurpose: OnPurpose,
): Promise<void> {
  const { spec } = record;
  const made = spec.targets.filter(({ deployment }) => deployment !== null);
  if (made.length === 0) return;
  const live = await objects.of(spec);
  if (found.get(record) === live) return;
  const exposed = made.filter((target) => {
    const key = `${uid}/${target.id}`;
    const exposure = exposureOf(spec, deploymentOf(target, live), live);
    if (exposure === 'alone') onPurpose.add(key);
    if (exposure === 'none') onPurpose.delete(key);
    // Who led clients to it and goes on to let everybody reach it is at the end of a promotion: not a lost pin.
    return exposure === 'shared' && !onPurpose.has(key) && workloadToStop(record, target, live) !== null;
  });
  if (exposed.length === 0) {
    found.set(record, live);
    return;
  }
  if (!(await mayScale(context, spec))) return;
  for (const target of exposed) await stop(context, record, target);
}

/** A console of somebody who may not scale guards nothing; another one does, or the task's page says what is wrong. */
async function mayScale({ cluster }: TaskContext, { namespace }: TaskSpec): Promise<boolean> {
  const [allowed] = await cluster.review([{ verb: 'update', group: 'apps', resource: 'deployments', namespace }]);
  return allowed === true;
}

/** What the watches show is looked up before anything is stopped. */
async function stop({ cluster }: TaskContext, record: TaskRecord, target: TaskTarget): Promise<void> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const workload = workloadToStop(record, target, await readStanding(cluster, record.spec));
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
