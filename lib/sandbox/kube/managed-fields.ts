/** Field ownership (`metadata.managedFields`) after updates that are not server-side apply. */
import type { KubeObject } from '../core/objects.ts';
import { difference, fromFieldsV1, leavesOf, toFieldsV1, union, type FieldPaths } from './field-sets.ts';
import { deepEqual, isObject, type JsonObject } from './json.ts';
import type { Schema } from './schema.ts';

export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: object;
  subresource?: string;
}

/** Who writes. */
export interface Manager {
  name: string;
  apiVersion: string;
  subresource?: string;
  /** RFC 3339, to the second. */
  time: string;
}

/** Entries that are well formed; the others are dropped, as the server does when it cannot decode them. */
export function managedFieldsOf(object: KubeObject | undefined): ManagedFieldsEntry[] {
  const entries = object?.metadata.managedFields ?? [];
  return entries.filter(
    (entry): entry is ManagedFieldsEntry => isObject(entry) && typeof entry['manager'] === 'string',
  );
}

/** `managedFields: [{}]` or `[]` beside other changes means: forget all owners. */
function isReset(entries: readonly unknown[] | undefined): boolean {
  return entries?.length === 1 && isObject(entries[0]) && Object.keys(entries[0]).length === 0;
}

function startingEntries(
  before: KubeObject | undefined,
  after: KubeObject,
  isSubresource: boolean,
): ManagedFieldsEntry[] {
  if (isSubresource) return managedFieldsOf(before);
  if (isReset(after.metadata.managedFields)) return [];
  const fromRequest = managedFieldsOf(after);
  return fromRequest.length > 0 ? fromRequest : managedFieldsOf(before);
}

export function isSameManager(entry: ManagedFieldsEntry, manager: Manager, operation: 'Apply' | 'Update'): boolean {
  return (
    entry.manager === manager.name &&
    entry.operation === operation &&
    (operation === 'Apply' || entry.apiVersion === manager.apiVersion) &&
    (entry.subresource ?? '') === (manager.subresource ?? '')
  );
}

/** An entry for a set of paths. */
export function toEntry(manager: Manager, operation: 'Apply' | 'Update', paths: FieldPaths): ManagedFieldsEntry {
  return {
    manager: manager.name,
    operation,
    apiVersion: manager.apiVersion,
    time: manager.time,
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(paths),
    ...(manager.subresource ? { subresource: manager.subresource } : {}),
  };
}

/** An entry with some paths taken out of it; undefined when nothing is left. */
export function withoutPaths(entry: ManagedFieldsEntry, gone: FieldPaths): ManagedFieldsEntry | undefined {
  const owned = fromFieldsV1(entry.fieldsV1);
  const kept = difference(owned, gone);
  if (kept.size === owned.size) return entry;
  return kept.size === 0 ? undefined : { ...entry, fieldsV1: toFieldsV1(kept) };
}

/**
 * The owners after an update: the writer takes every field it changed from everybody else; fields
 * that are gone belong to nobody. `after` may carry edited managedFields, which are honoured.
 */
export function managedFieldsAfterUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  kind: { schema: Schema; custom: boolean },
  manager: Manager,
): ManagedFieldsEntry[] {
  const fields = Object.keys({ ...before, ...after }).filter((field) => !deepEqual(before?.[field], after[field]));
  const oldLeaves = leavesOf(before && only(before, fields), kind.schema, kind.custom);
  const newLeaves = leavesOf(only(after, fields), kind.schema, kind.custom);
  const changed: FieldPaths = new Set(
    [...newLeaves]
      .filter(([path, value]) => !oldLeaves.has(path) || !deepEqual(oldLeaves.get(path), value))
      .map(([path]) => path),
  );
  const removed: FieldPaths = new Set([...oldLeaves.keys()].filter((path) => !newLeaves.has(path)));
  const entries = startingEntries(before, after, manager.subresource !== undefined);
  const own = entries.find((entry) => isSameManager(entry, manager, 'Update'));
  const others = entries.flatMap((entry) =>
    entry === own ? [] : (withoutPaths(entry, union(changed, removed)) ?? []),
  );
  if (changed.size === 0 && own) {
    const kept = withoutPaths(own, removed);
    return inServerOrder(kept ? [...others, kept] : others);
  }
  const owned = difference(union(own ? fromFieldsV1(own.fieldsV1) : new Set(), changed), removed);
  return inServerOrder(owned.size === 0 ? others : [...others, toEntry(manager, 'Update', owned)]);
}

/** What differs as a whole is looked at leaf by leaf: most writes are of a status, and leave a long spec as it is. */
function only(object: KubeObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(fields.flatMap((field) => (field in object ? [[field, object[field]]] : [])));
}

/** Applied entries first, then by time, manager, version and subresource. */
export function inServerOrder(entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const key = ({ operation, time, manager, apiVersion, subresource = '' }: ManagedFieldsEntry) =>
    [operation, time, manager, apiVersion, subresource].join('\u0000');
  return entries.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
