import type { TaskEvent } from '@/lib/contract/inventory';
import type { ConfigMap } from '@/lib/domain/kubernetes';
import { fromConfigMap } from '@/lib/domain/record';
import { operationStaleMs } from '@/lib/domain/state';
import { serviceTargetOf, workloadOf } from '@/lib/domain/targets';
import { taskLabel, type TaskRecord, type TaskSpec } from '@/lib/domain/task';
import type { Cluster, ClusterChange } from '@/lib/server/cluster/cluster';
import { log } from '@/lib/server/log';
import type { Prometheus } from '@/lib/server/metrics/prometheus';
import type { TaskContext } from '@/lib/server/tasks/context';
import { isRunning } from '@/lib/server/tasks/operations/lock';
import { listRecords, taskOfRecord } from '@/lib/server/tasks/record-store';
import { Throttle } from './throttle';

type Listener = (event: TaskEvent) => void;
type ObjectChange = Exclude<ClusterChange, { type: 'HEALTH' }>;

const shortestGapMs = 250;

/** The part of a task's context that the hub works with. */
type HubContext = Pick<TaskContext, 'cluster' | 'clock' | 'locks'>;

/**
 * Turns changes in the cluster into "this task changed": of its record, of objects that carry its label, and of
 * shared objects and workloads that its spec names. An operation whose driver has gone changes its task without a
 * change in the cluster: that is told when its lock has not been renewed for too long. One hub serves all streams; it watches while anybody listens.
 */
export class EventHub {
  readonly #cluster: Cluster;
  readonly #context: HubContext;
  readonly #prometheus: Prometheus | null;
  readonly #listeners = new Set<Listener>();
  readonly #specs = new Map<string, TaskSpec>();
  /** What ends the wait for each running operation's lock to go stale. */
  readonly #staleTimers = new Map<string, () => void>();
  readonly #throttle = new Throttle(shortestGapMs);
  #stopListening: (() => void) | null = null;
  #watches: Promise<(() => void)[]> | null = null;

  constructor(context: HubContext, prometheus: Prometheus | null) {
    this.#cluster = context.cluster;
    this.#context = context;
    this.#prometheus = prometheus;
  }

  /** Calls `listener` for every event, at most four a second per task; returns the unsubscribe function. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#stopListening ??= this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stopListening?.();
      this.#stopListening = null;
    };
  }

  /** Resolves when records are watched, so that no later change is missed; or when that failed for now. */
  async ready(): Promise<void> {
    await this.#watches;
  }

  #start(): () => void {
    const stopCluster = this.#cluster.subscribe((change) => this.#take(change));
    const stopPrometheus = this.#prometheus?.subscribe(() => this.#emit({ type: 'environment' }));
    this.#watches = this.#watchRecords();
    return () => {
      stopCluster();
      stopPrometheus?.();
      this.#release();
      this.#throttle.clear();
      this.#specs.clear();
      for (const cancel of this.#staleTimers.values()) cancel();
      this.#staleTimers.clear();
    };
  }

  /** Keeps the watches of records running, and learns what the tasks of today consist of. */
  async #watchRecords(): Promise<(() => void)[]> {
    const releases: (() => void)[] = [];
    try {
      for (const namespace of await this.#scopes()) releases.push(await this.#cluster.hold('ConfigMap', namespace));
      const records = await listRecords(this.#cluster, null);
      // Everybody may have left meanwhile: then nothing is remembered for nobody.
      if (this.#listeners.size > 0) for (const { record } of records) this.#learn(record);
    } catch (error) {
      // The API server is away: tried again when it is back (see #take).
      log.debug({ err: error }, 'task records cannot be watched for now');
    }
    return releases;
  }

  #release(): void {
    const watches = this.#watches;
    this.#watches = null;
    void watches?.then((releases) => releases.forEach((release) => release()));
  }

  /** One watch of everything if the user may, else one of each namespace that is his to see. */
  async #scopes(): Promise<(string | null)[]> {
    const [everywhere] = await this.#cluster.review([
      { verb: 'list', group: '', resource: 'configmaps', namespace: '' },
    ]);
    return everywhere ? [null] : (await this.#cluster.namespaces()).map(({ name }) => name);
  }

  #take(change: ClusterChange): void {
    if (change.type !== 'HEALTH') {
      for (const event of this.#eventsOf(change)) this.#emit(event);
      return;
    }
    if (change.health.reachable) {
      this.#release();
      this.#watches = this.#watchRecords();
    }
    this.#emit({ type: 'environment' });
  }

  #eventsOf({ type, object }: ObjectChange): TaskEvent[] {
    const { namespace, labels } = object.metadata;
    if (namespace === undefined) return [];
    const recorded = taskOfRecord(object);
    if (recorded !== null) {
      const read = fromConfigMap(object as ConfigMap);
      if (type !== 'DELETED' && 'record' in read) this.#learn(read.record);
      else this.#forget(`${namespace}/${recorded}`);
      return [{ type: type === 'DELETED' ? 'deleted' : 'changed', namespace, name: recorded }];
    }
    const labelled = labels?.[taskLabel];
    if (labelled !== undefined) return [{ type: 'changed', namespace, name: labelled }];
    return [...this.#specs.values()]
      .filter((spec) => concerns(spec, object))
      .map((spec) => ({ type: 'changed', namespace: spec.namespace, name: spec.name }));
  }

  #learn(record: TaskRecord): void {
    const { namespace, name } = record.spec;
    const key = `${namespace}/${name}`;
    this.#specs.set(key, record.spec);
    this.#staleTimers.get(key)?.();
    this.#staleTimers.delete(key);
    if (!isRunning(this.#context, record)) return;
    const { clock, locks } = this.#context;
    const untilStaleMs = operationStaleMs + 1 - locks.unrenewedMs(record);
    const tell = () => {
      this.#staleTimers.delete(key);
      this.#emit({ type: 'changed', namespace, name });
    };
    this.#staleTimers.set(key, clock.after(untilStaleMs, tell));
  }

  #forget(key: string): void {
    this.#specs.delete(key);
    this.#staleTimers.get(key)?.();
    this.#staleTimers.delete(key);
  }

  #emit(event: TaskEvent): void {
    this.#throttle.run(`${event.type} ${event.namespace}/${event.name}`, () => {
      for (const listener of this.#listeners) listener(event);
    });
  }
}

/** True when the task is made of this object, or edits it. */
function concerns(spec: TaskSpec, { kind, metadata }: ObjectChange['object']): boolean {
  const is = (ref: { namespace: string; name: string } | undefined) =>
    ref?.namespace === metadata.namespace && ref?.name === metadata.name;
  if (kind === 'VirtualService') return [...spec.entries, ...spec.pins].some((entry) => is(entry.virtualService));
  if (kind === 'DestinationRule') return is(spec.subsets?.destinationRule);
  const services = spec.targets.flatMap((target) => serviceTargetOf(target) ?? []);
  if (kind === 'Service') return services.some(is);
  // A pod is named after its Deployment and its ReplicaSet's hash.
  const workload = kind === 'Pod' ? metadata.name.replace(/-[a-z0-9]+-[a-z0-9]+$/, '') : metadata.name;
  if (kind !== 'Deployment' && kind !== 'Pod') return false;
  const own = [...spec.targets.map(workloadOf), ...spec.primary.map((side) => side.workload)];
  return (
    (metadata.namespace === spec.namespace && own.includes(workload)) ||
    spec.targets.some(
      (target) => metadata.namespace === serviceTargetOf(target)?.namespace && (target.behind ?? []).includes(workload),
    )
  );
}
