/**
 * Server-side apply: merges a manager's wanted fields into the live object by schema, takes back the
 * fields it no longer wants, and answers 409 where another manager owns what it would change.
 */
import type { KubeObject } from '../core/objects.ts';
import { decodeObjectOfKind } from './decode.ts';
import {
  childSchema,
  difference,
  fromFieldsV1,
  itemElement,
  leavesOf,
  pathElements,
  type FieldPaths,
} from './field-sets.ts';
import { clone, deepEqual, isObject, type JsonObject } from './json.ts';
import {
  inServerOrder,
  isSameManager,
  managedFieldsOf,
  toEntry,
  withoutPaths,
  type ManagedFieldsEntry,
  type Manager,
} from './managed-fields.ts';
import { inVersion, toTime, type Registry, type WriteOptions } from './registry.ts';
import type { ResourceRequest } from './request.ts';
import { groupVersion } from './resources.ts';
import { resolve, type Schema } from './schema.ts';
import { ApiError, badRequest, internalError } from './status.ts';

function mergeLists(live: unknown[], wanted: unknown[], schema: Schema): unknown[] {
  const elementOf = (item: unknown) => itemElement(item, schema);
  // Applied items keep the applied order; the others stay where they were, in front.
  const wantedElements = new Set(wanted.map(elementOf));
  const merged = wanted.map((item) => {
    const current = live.find((other) => elementOf(other) === elementOf(item));
    return current === undefined ? item : mergeValues(current, item, schema.items ?? {});
  });
  const result = live.flatMap((item) => (wantedElements.has(elementOf(item)) ? [merged.shift()] : [item]));
  return [...result, ...merged];
}

/** The wanted value merged into the live one. */
function mergeValues(live: unknown, wanted: unknown, declared: Schema): unknown {
  const schema = { ...resolve(declared), ...declared };
  const isGranularList = schema['x-kubernetes-list-type'] === 'map' || schema['x-kubernetes-list-type'] === 'set';
  if (Array.isArray(live) && Array.isArray(wanted)) return isGranularList ? mergeLists(live, wanted, schema) : wanted;
  if (!isObject(live) || !isObject(wanted) || schema['x-kubernetes-map-type'] === 'atomic') return wanted;
  const merged: JsonObject = { ...live };
  for (const [field, value] of Object.entries(wanted)) {
    merged[field] = mergeValues(live[field], value, childSchema(schema, field));
  }
  return merged;
}

/** Removes what a path names, where it is still there. */
function removePath(value: unknown, elements: readonly string[], declared: Schema): void {
  const schema = { ...resolve(declared), ...declared };
  const [element = '', ...rest] = elements;
  if (element.startsWith('f:') && isObject(value)) {
    const field = element.slice(2);
    if (rest.length === 0) delete value[field];
    else removePath(value[field], rest, childSchema(schema, field));
  } else if (Array.isArray(value)) {
    const index = value.findIndex((item) => itemElement(item, schema) === element);
    if (index < 0) return;
    if (rest.length === 0) value.splice(index, 1);
    else removePath(value[index], rest, schema.items ?? {});
  }
}

/** True for the field by which an item of an associative list is known: it goes with its item only. */
function isItemKey(path: string): boolean {
  const [item = '', field = ''] = pathElements(path).slice(-2);
  return item.startsWith('k:') && item.includes(`${JSON.stringify(field.slice(2))}:`);
}

/** True when another path of the set lies below `path`. */
function hasBelow(paths: FieldPaths, path: string): boolean {
  const prefix = `${path}\u0000`;
  return [...paths].some((other) => other.startsWith(prefix));
}

/** `.spec.ports[port=9080,protocol="TCP"].name` */
function showPath(path: string): string {
  return pathElements(path)
    .map((element) => {
      const rest = element.slice(2);
      if (element.startsWith('f:')) return `.${rest}`;
      if (element.startsWith('v:')) return `[=${rest}]`;
      const keys = Object.entries(JSON.parse(rest) as JsonObject);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}

/** Apply knows no fields that the schema lacks, whatever fieldValidation says. */
function refuseUndeclaredFields(wanted: JsonObject, { resource, version, name }: ResourceRequest): void {
  const { unknown } = decodeObjectOfKind(wanted, resource.schema, resource.custom, '');
  if (unknown.length === 0) return;
  const gvk = `${groupVersion(resource.group, version)}, Kind=${resource.kind}`;
  const problems = unknown.map((field) => `.${field}: field not declared in schema`);
  throw internalError(`failed to create typed patch object (/${name}; ${gvk}): ${problems.join('\n')}`);
}

function conflictError(conflicts: readonly { entry: ManagedFieldsEntry; path: string }[]): ApiError {
  const texts = conflicts.map(({ entry, path }) => {
    const using = entry.operation === 'Update' ? ` using ${entry.apiVersion}` : '';
    return {
      manager: `"${entry.manager}"${entry.subresource ? ` with subresource "${entry.subresource}"` : ''}${using}`,
      path: showPath(path),
    };
  });
  const causes = texts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${manager}`,
    field: path,
  }));
  const managers = [...new Set(texts.map(({ manager }) => manager))];
  const message =
    texts.length === 1
      ? `Apply failed with 1 conflict: conflict with ${texts[0]?.manager}: ${texts[0]?.path}`
      : `Apply failed with ${texts.length} conflicts: ${managers
          .map(
            (manager) =>
              `conflicts with ${manager}:\n${texts
                .filter((text) => text.manager === manager)
                .map(({ path }) => `- ${path}`)
                .join('\n')}`,
          )
          .join('\n')}`;
  return new ApiError(409, 'Conflict', message, { causes });
}

export interface Applied {
  object: KubeObject;
  isNew: boolean;
}

/** Applies `wanted` as `options.manager`; creates the object where there is none. */
export function applyServerSide(
  registry: Registry,
  request: ResourceRequest,
  wanted: unknown,
  options: WriteOptions & { force: boolean },
): Applied {
  const { resource, version, namespace, name = '', subresource } = request;
  if (!isObject(wanted)) throw badRequest('error decoding YAML: an object is expected');
  const metadata = isObject(wanted['metadata']) ? wanted['metadata'] : {};
  if (metadata['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil');
  const manager: Manager = {
    name: options.manager,
    apiVersion: groupVersion(resource.group, version),
    time: toTime(registry.clock.now()),
    ...(subresource ? { subresource } : {}),
  };
  if (wanted['apiVersion'] === undefined || wanted['kind'] === undefined)
    throw badRequest('invalid object type: /, Kind=');
  refuseUndeclaredFields(wanted, request);
  const leaves = (object: unknown) => leavesOf(object, resource.schema, resource.custom, 'apply');
  const wantedPaths: FieldPaths = new Set(leaves(wanted).keys());
  const entry = toEntry(manager, 'Apply', wantedPaths);
  const stored = registry.store.get(resource.group, resource.kind, namespace, name);
  if (!stored) {
    const body = { ...wanted, metadata: { ...metadata, name, managedFields: [entry] } };
    return {
      object: registry.create(resource, version, namespace, body, { ...options, keepManagedFields: true }),
      isNew: true,
    };
  }
  const live = clone(inVersion(stored, resource, version));
  const entries = managedFieldsOf(live);
  const own = entries.find((candidate) => isSameManager(candidate, manager, 'Apply'));
  const others = entries.filter((candidate) => candidate !== own);
  const merged = mergeValues(live, wanted, resource.schema) as KubeObject;
  // Containers first: what lies in one that goes is gone with it.
  const dropped = difference(own ? fromFieldsV1(own.fieldsV1) : new Set(), wantedPaths);
  for (const path of [...dropped].toSorted((a, b) => a.length - b.length)) {
    const isShared = others.some((other) => {
      const paths = fromFieldsV1(other.fieldsV1);
      return paths.has(path) || hasBelow(paths, path);
    });
    if (!isShared && !isItemKey(path) && !hasBelow(wantedPaths, path))
      removePath(merged, pathElements(path), resource.schema);
  }
  const before = leaves(live);
  const after = leaves(merged);
  const changed: FieldPaths = new Set([...wantedPaths].filter((path) => !deepEqual(before.get(path), after.get(path))));
  const conflicts = others.flatMap((other) => {
    const paths = fromFieldsV1(other.fieldsV1);
    return [...changed].filter((path) => paths.has(path)).map((path) => ({ entry: other, path }));
  });
  if (conflicts.length > 0 && !options.force) throw conflictError(conflicts);
  const kept = others.flatMap((other) => withoutPaths(other, changed) ?? []);
  const unchangedEntry = own && deepEqual(own.fieldsV1, entry.fieldsV1) && changed.size === 0 ? own : entry;
  merged.metadata = { ...merged.metadata, managedFields: inServerOrder([...kept, unchangedEntry]) };
  const writeSubresource = subresource === 'status' ? 'status' : undefined;
  const object = registry.update(
    resource,
    version,
    namespace,
    name,
    merged,
    { ...options, keepManagedFields: true },
    writeSubresource,
  );
  return { object, isNew: false };
}
