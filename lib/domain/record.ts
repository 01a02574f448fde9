import type { ConfigMap } from './kubernetes.ts';
import type { MessageRef } from './message.ts';
import { ownLabels } from './ownership.ts';
import { canonicalJson, stableHash } from './structure.ts';
import { placements, recordNamePrefix, taskLabel, type TaskRecord } from './task.ts';

const recordKey = 'record';
/** Largest record, in bytes of UTF-8: far below etcd's limit, so that one task cannot fill the watch cache. */
export const recordMaxBytes = 256 * 1024;
const activityMaxEntries = 200;

/** The record's text does not fit even without its activity. */
export class RecordTooLargeError extends Error {
  readonly bytes: number;

  constructor(bytes: number) {
    super(`the task record has ${bytes} bytes, ${recordMaxBytes} at most`);
    this.name = 'RecordTooLargeError';
    this.bytes = bytes;
  }
}

/**
 * The ConfigMap that holds a record. Oldest activity is dropped first to keep it within `recordMaxBytes`.
 * @throws RecordTooLargeError when the rest is too large by itself
 */
export function toConfigMap(record: TaskRecord): ConfigMap {
  const { namespace, name } = record.spec;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: recordNamePrefix + name, namespace, labels: ownLabels(name) },
    data: { [recordKey]: fitted(record) },
  };
}

/** Reads a record; the problem's text is `reason.<code>`. A record that names another task is refused. */
export function fromConfigMap(map: ConfigMap): { record: TaskRecord } | { problem: MessageRef } {
  const { namespace = '', name, labels } = map.metadata;
  const refuse = (code: string) => ({ problem: { code, params: { namespace, name } } });
  const text = map.data?.[recordKey];
  if (text === undefined) return refuse('record_empty');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('record_unreadable');
  }
  if (!isObject(value)) return refuse('record_unreadable');
  if (value.schemaVersion !== 1) return refuse('record_version');
  if (!isRecord(value)) return refuse('record_unreadable');
  const { spec } = value;
  const isItsOwn =
    spec.namespace === namespace && recordNamePrefix + spec.name === name && labels?.[taskLabel] === spec.name;
  return isItsOwn ? { record: value } : refuse('record_misplaced');
}

/** Hash of what the operator asked for, without the basis: two submits of one form are told from two tasks. */
export function inputHash(input: object): string {
  const { basis: _basis, ...wanted } = input as { basis?: unknown };
  return stableHash(canonicalJson(wanted));
}

function fitted(record: TaskRecord): string {
  let activity = record.activity.slice(-activityMaxEntries);
  for (;;) {
    const text = JSON.stringify({ ...record, activity });
    const bytes = new TextEncoder().encode(text).length;
    if (bytes <= recordMaxBytes) return text;
    if (activity.length === 0) throw new RecordTooLargeError(bytes);
    activity = activity.slice(Math.ceil(activity.length / 2));
  }
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Shape of what planners and views read; written by us, but anybody who may edit ConfigMaps can edit it. */
function isRecord(value: Fields): value is Fields & TaskRecord {
  const { spec, operation, activity, desired } = value;
  return (
    isObject(spec) &&
    isSpec(spec) &&
    Array.isArray(activity) &&
    (desired === 'mirroring' || desired === 'paused' || desired === 'deleted') &&
    areTexts(value, ['createdAt', 'createdBy', 'inputHash', 'percentageSince', 'desiredSince']) &&
    (operation === null || (isObject(operation) && isOperation(operation)))
  );
}

function isSpec(spec: Fields): boolean {
  const { service, target, subsets } = spec;
  return (
    areTexts(spec, ['namespace', 'name', 'description', 'istioApiVersion']) &&
    typeof spec.percentage === 'number' &&
    placements.some((placement) => placement === spec.placement) &&
    isMessage(spec.placementReason) &&
    isObject(service) &&
    areTexts(service, ['name', 'host']) &&
    isListOf(service.ports, (port) => typeof port === 'number') &&
    isListOf(spec.primary, (item) => isObject(item) && areTexts(item, ['workload', 'version'])) &&
    isObject(target) &&
    areTexts(target, ['id', 'workload', 'version']) &&
    typeof target.created === 'boolean' &&
    isObject(target.input) &&
    [spec.deployment, spec.mirrorService, spec.virtualService].every(
      (object) => object === null || isManifest(object),
    ) &&
    isListOf(spec.entries, isEntry) &&
    isListOf(spec.pins, isPin) &&
    (subsets === null || (isObject(subsets) && isSubsetPlan(subsets)))
  );
}

function isEntry(entry: unknown): boolean {
  if (!isObject(entry)) return false;
  const { destination, cloneName, replaced } = entry;
  return (
    isNamed(entry.virtualService) &&
    isRouteKey(entry.route) &&
    isObject(destination) &&
    typeof destination.host === 'string' &&
    typeof destination.port === 'number' &&
    isTextOrNull(destination.subset) &&
    isTextOrNull(cloneName) &&
    (replaced === null || isObject(replaced))
  );
}

function isPin(pin: unknown): boolean {
  return (
    isObject(pin) &&
    isNamed(pin.virtualService) &&
    isRouteKey(pin.route) &&
    typeof pin.destinationIndex === 'number' &&
    typeof pin.subset === 'string'
  );
}

function isSubsetPlan(plan: Fields): boolean {
  return (
    isNamed(plan.destinationRule) &&
    typeof plan.created === 'boolean' &&
    typeof plan.host === 'string' &&
    isListOf(plan.subsets, (item) => isObject(item) && areTexts(item, ['name', 'role']) && isObject(item.labels))
  );
}

function isOperation(operation: Fields): boolean {
  return (
    areTexts(operation, ['verb', 'holder', 'startedAt', 'renewedAt', 'startedBy']) &&
    isListOf(operation.steps, (step) => isObject(step) && areTexts(step, ['id', 'verb', 'state']))
  );
}

function isManifest(object: unknown): boolean {
  return (
    isObject(object) && areTexts(object, ['apiVersion', 'kind']) && isObject(object.metadata) && isObject(object.spec)
  );
}

function isMessage(value: unknown): boolean {
  return isObject(value) && typeof value.code === 'string' && isObject(value.params);
}

function isNamed(value: unknown): boolean {
  return isObject(value) && areTexts(value, ['namespace', 'name']);
}

function isRouteKey(value: unknown): boolean {
  return isObject(value) && typeof value.hash === 'string' && isTextOrNull(value.name);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function isListOf(value: unknown, fits: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(fits);
}

function areTexts(value: Fields, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'string');
}
