/**
 * Strategic merge patch of built-in kinds: lists merge by the keys of Kubernetes' own schemas, and
 * the directives `$patch`, `$retainKeys`, `$setElementOrder/FIELD` and `$deleteFromPrimitiveList/FIELD`
 * are followed as kubectl apply sends them.
 */
import { clone, deepEqual, isObject, type JsonObject } from './json.ts';
import { resolve, type Schema } from './schema.ts';
import { badRequest } from './status.ts';

const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

function isDirective(key: string): boolean {
  return key === '$patch' || key === '$retainKeys' || key.startsWith(orderPrefix) || key.startsWith(deletePrefix);
}

function fieldSchema(schema: Schema | undefined, field: string): Schema | undefined {
  if (!schema) return undefined;
  const resolved = resolve(schema);
  const property = resolved.properties?.[field];
  if (property) return property;
  return typeof resolved.additionalProperties === 'object' ? resolved.additionalProperties : undefined;
}

function mergesLists(schema: Schema | undefined): boolean {
  return schema?.['x-kubernetes-patch-strategy']?.split(',').includes('merge') ?? false;
}

/** Directives have no meaning in a value that is new; what they would delete is not there. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !isObject(item) || item['$patch'] !== 'delete').map(withoutDirectives);
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, child]) => !isDirective(key) && child !== null)
      .map(([key, child]) => [key, withoutDirectives(child)]),
  );
}

function mergeObjectLists(
  target: unknown[],
  patch: unknown[],
  mergeKey: string,
  itemSchema: Schema | undefined,
): unknown[] {
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace')) {
    return patch.filter((item) => !isObject(item) || item['$patch'] !== 'replace').map(withoutDirectives);
  }
  let result = [...target];
  for (const item of patch) {
    if (!isObject(item) || item[mergeKey] === undefined) {
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    }
    const same = (other: unknown) => isObject(other) && deepEqual(other[mergeKey], item[mergeKey]);
    if (item['$patch'] === 'delete') result = result.filter((other) => !same(other));
    else if (result.some(same)) {
      result = result.map((other) => (same(other) ? mergeObjects(other as JsonObject, item, itemSchema) : other));
    } else result.push(withoutDirectives(item));
  }
  return result;
}

/** Puts the items that `order` names into its order; the others keep their place relative to them. */
function inOrder(list: unknown[], order: unknown[], mergeKey: string | undefined): unknown[] {
  const keyOf = (item: unknown): unknown => (mergeKey && isObject(item) ? item[mergeKey] : item);
  const wanted = order.map(keyOf);
  const positionOf = (item: unknown): number => wanted.findIndex((key) => deepEqual(key, keyOf(item)));
  const ordered = list.filter((item) => positionOf(item) >= 0).toSorted((a, b) => positionOf(a) - positionOf(b));
  return list.map((item) => (positionOf(item) >= 0 ? ordered.shift() : item));
}

function mergeObjects(target: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
  if (patch['$patch'] === 'replace') return withoutDirectives(patch) as JsonObject;
  if (patch['$patch'] === 'delete') return {};
  let result: JsonObject = { ...target };
  const retained = patch['$retainKeys'];
  if (Array.isArray(retained)) {
    result = Object.fromEntries(Object.entries(result).filter(([key]) => retained.includes(key)));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (isDirective(key)) continue;
    const field = fieldSchema(schema, key);
    const mergeKey = field?.['x-kubernetes-patch-merge-key'];
    const current = result[key];
    if (value === null) delete result[key];
    else if (isObject(value)) {
      const merged = mergeObjects(isObject(current) ? current : {}, value, field);
      if (value['$patch'] === 'delete') delete result[key];
      else result[key] = merged;
    } else if (Array.isArray(value) && Array.isArray(current) && mergesLists(field)) {
      result[key] = mergeKey
        ? mergeObjectLists(current, value, mergeKey, field?.items)
        : [...current, ...value.filter((item) => !current.some((other) => deepEqual(other, item)))];
    } else result[key] = withoutDirectives(value);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    if (key.startsWith(deletePrefix)) {
      const field = key.slice(deletePrefix.length);
      const list = result[field];
      if (Array.isArray(list)) result[field] = list.filter((item) => !value.some((gone) => deepEqual(gone, item)));
    } else if (key.startsWith(orderPrefix)) {
      const field = key.slice(orderPrefix.length);
      const list = result[field];
      const mergeKey = fieldSchema(schema, field)?.['x-kubernetes-patch-merge-key'];
      if (Array.isArray(list)) result[field] = inOrder(list, value, mergeKey);
    }
  }
  return result;
}

/** Applies a strategic merge patch to a copy of `target`. */
export function applyStrategicMergePatch(target: unknown, patch: unknown, schema: Schema): unknown {
  if (!isObject(patch) || !isObject(target)) throw badRequest('error decoding patch: a JSON object is expected');
  return mergeObjects(clone(target), clone(patch), schema);
}
