import type { ConfigMap } from '@/lib/domain/kubernetes';
import type { MessageRef } from '@/lib/domain/message';
import { fromConfigMap, toConfigMap } from '@/lib/domain/record';
import { sameJson } from '@/lib/domain/structure';
import { managedByLabel, recordNamePrefix, taskLabel, type TaskRecord, type TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { ClusterError, isClusterError } from '@/lib/server/cluster/cluster-error';
import { ApiError } from '@/lib/server/http/api-error';
import { log } from '@/lib/server/log';

/** A record with the identity of the ConfigMap that holds it. */
export interface StoredRecord {
  record: TaskRecord;
  uid: string;
  resourceVersion: string;
}

/** The tasks of a namespace, or (null) of every namespace that the user may see; from the watch cache. */
export async function listRecords(cluster: Cluster, namespace: string | null): Promise<StoredRecord[]> {
  return (await listMaps(cluster, namespace)).flatMap((map) => readOnce(map).records);
}

/** Why records that cannot be read are no tasks, where `listRecords` looks; from the watch cache. */
export async function listRecordProblems(cluster: Cluster, namespace: string | null): Promise<MessageRef[]> {
  return (await listMaps(cluster, namespace)).flatMap((map) => readOnce(map).problems);
}

/** Objects of the watch cache never change: each is read once, however often tasks are listed. */
const read = new WeakMap<ConfigMap, ReadRecords>();

function readOnce(map: ConfigMap): ReadRecords {
  const known = read.get(map) ?? readMaps([map]);
  read.set(map, known);
  return known;
}

/** What was found: tasks, and why those that cannot be read are none. */
interface ReadRecords {
  records: StoredRecord[];
  /** Some may stand on the service that is asked for: nobody can tell. */
  problems: MessageRef[];
}

/** The tasks of a namespace by a live read, for who must not miss one. */
export async function readRecords(cluster: Cluster, namespace: string): Promise<ReadRecords> {
  return readMaps(await cluster.readAll('ConfigMap', namespace));
}

function readMaps(maps: readonly ConfigMap[]): ReadRecords {
  return { records: maps.flatMap((map) => readMap(map) ?? []), problems: maps.flatMap(problemOf) };
}

/** ConfigMaps of a namespace, or (null) of every namespace that the user may see. */
async function listMaps(cluster: Cluster, namespace: string | null): Promise<readonly ConfigMap[]> {
  if (namespace !== null) return cluster.list('ConfigMap', namespace);
  const [everywhere] = await cluster.review([{ verb: 'list', group: '', resource: 'configmaps', namespace: '' }]);
  if (everywhere) return cluster.list('ConfigMap', null);
  const namespaces = await cluster.namespaces();
  const lists = await Promise.all(namespaces.map(({ name }) => listUnlessForbidden(cluster, name)));
  return lists.flat();
}

/** A namespace may be closed to the user between the review and the list: then it has no tasks for him. */
async function listUnlessForbidden(cluster: Cluster, namespace: string): Promise<readonly ConfigMap[]> {
  try {
    return (await cluster.isVisible(namespace)) ? await cluster.list('ConfigMap', namespace) : [];
  } catch (error) {
    if (isClusterError(error, 'forbidden')) return [];
    throw error;
  }
}

/** One task's record from the cache; not_found when there is none or the user may not see tasks there. */
export async function getStoredRecord(cluster: Cluster, namespace: string, name: string): Promise<StoredRecord> {
  if (!(await cluster.isVisible(namespace))) throw notFound(name);
  const stored = (await listRecords(cluster, namespace)).find(({ record }) => record.spec.name === name);
  if (!stored) throw notFound(name);
  return stored;
}

/** One task's record, for who only reads it. */
export async function getTaskRecord(cluster: Cluster, namespace: string, name: string): Promise<TaskRecord> {
  return (await getStoredRecord(cluster, namespace, name)).record;
}

/**
 * Uid of the record as the owner of what its task makes; null for a finished task, whose kept workload is to stay when
 * somebody deletes the record.
 */
export function owningUid({ record, uid }: Pick<StoredRecord, 'record' | 'uid'>): string | null {
  return record.desired === 'finished' ? null : uid;
}

/** A live read of a record, for who will write it; null when it is gone. */
export async function readRecord(cluster: Cluster, namespace: string, name: string): Promise<StoredRecord | null> {
  const map = await cluster.get('ConfigMap', namespace, recordNamePrefix + name);
  return map && readMap(map);
}

/** Stores a new record; `alreadyExists` when a ConfigMap of that name is there. */
export async function createRecord(cluster: Cluster, record: TaskRecord): Promise<StoredRecord> {
  const { object } = await cluster.create(toConfigMap(record));
  return identified(record, object);
}

/** Replaces a record that is still the one that was read; `conflict` otherwise. */
export async function replaceRecord(cluster: Cluster, stored: StoredRecord, record: TaskRecord): Promise<StoredRecord> {
  const map = toConfigMap(record);
  const { object } = await cluster.update({
    ...map,
    metadata: { ...map.metadata, uid: stored.uid, resourceVersion: stored.resourceVersion },
  });
  return identified(record, object);
}

/** Removes a record; nothing happens when it is gone or another one has taken its place. */
export async function deleteRecord(cluster: Cluster, { record, uid }: StoredRecord): Promise<void> {
  const { namespace, name } = record.spec;
  await cluster.delete({ kind: 'ConfigMap', namespace, name: recordNamePrefix + name, uid });
}

/** The name of the task whose record this object is; null when it is none. */
export function taskOfRecord(object: { kind: string; metadata: ConfigMap['metadata'] }): string | null {
  const { name, labels = {} } = object.metadata;
  const ours = object.kind === 'ConfigMap' && labels[managedByLabel.key] === managedByLabel.value;
  return ours && name.startsWith(recordNamePrefix) ? (labels[taskLabel] ?? null) : null;
}

function identified(record: TaskRecord, { metadata }: ConfigMap): StoredRecord {
  if (!metadata.uid || !metadata.resourceVersion) throw new ClusterError('other', 'the server gave no uid');
  return { record, uid: metadata.uid, resourceVersion: metadata.resourceVersion };
}

/** What was last read of each record's spec, by the ConfigMap's uid. */
const lastSpecs = new Map<string, WeakRef<TaskSpec>>();
const lastSpecsMax = 5_000;

/**
 * A record whose spec is the same object as when it was read before, while it says the same: what was found out about a
 * task is kept by that, and a ramp's driver writes the record again and again without changing anything of it.
 */
function withKnownSpec(record: TaskRecord, { metadata: { uid = '' } }: ConfigMap): TaskRecord {
  const known = lastSpecs.get(uid)?.deref();
  if (known && sameJson(known, record.spec)) return { ...record, spec: known };
  if (lastSpecs.size >= lastSpecsMax) lastSpecs.clear();
  lastSpecs.set(uid, new WeakRef(record.spec));
  return record;
}

function problemOf(map: ConfigMap): MessageRef[] {
  if (taskOfRecord(map) === null) return [];
  const read = fromConfigMap(map);
  return 'problem' in read ? [read.problem] : [];
}

/** Maps of the watch cache that were said to be unreadable: they are read with every look at the list. */
const saidUnreadable = new WeakSet<ConfigMap>();

/** A ConfigMap that carries our label and no readable record is left alone, and said in the log, once. */
function readMap(map: ConfigMap): StoredRecord | null {
  if (taskOfRecord(map) === null) return null;
  const read = fromConfigMap(map);
  if ('record' in read) return identified(withKnownSpec(read.record, map), map);
  if (saidUnreadable.has(map)) return null;
  saidUnreadable.add(map);
  const problem = read.problem.code;
  log.warn({ namespace: map.metadata.namespace, name: map.metadata.name, problem }, 'unreadable record');
  return null;
}

function notFound(name: string): ApiError {
  return new ApiError('not_found', { kind: 'task', name });
}
