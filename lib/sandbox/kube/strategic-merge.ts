/**
 * Strategic merge patch of built-in kinds: lists merge by the keys of Kubernetes' own schemas, and
 * the directives `$patch`, `$retainKeys`, `$setElementOrder/FIELD` and `$deleteFromPrimitiveList/FIELD`
 * are followed as kubectl apply sends them.
 */
import { clone, deepEqual, isObject, type JsonObject } from './json.ts';
import { resolve, type Schema } from './schema.ts';
import { badRequest, internalError } from './status.ts';

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

function sameItem(a: unknown, b: unknown, mergeKey: string | undefined): boolean {
  return mergeKey && isObject(a) && isObject(b) ? deepEqual(a[mergeKey], b[mergeKey]) : deepEqual(a, b);
}

/** Merges two lists; their order is settled afterwards. */
function mergeItems(
  target: unknown[],
  patch: unknown[],
  mergeKey: string | undefined,
  item: Schema | undefined,
): unknown[] {
  let result = [...target];
  for (const patched of patch) {
    if (mergeKey && (!isObject(patched) || patched[mergeKey] === undefined)) {
      throw internalError(`map: ${JSON.stringify(patched)} does not contain declared merge key: ${mergeKey}`);
    }
    const isSame = (other: unknown) => sameItem(other, patched, mergeKey);
    if (isObject(patched) && patched['$patch'] === 'delete') result = result.filter((other) => !isSame(other));
    else if (!result.some(isSame)) result.push(withoutDirectives(patched));
    else if (isObject(patched)) {
      result = result.map((other) => (isSame(other) && isObject(other) ? mergeObjects(other, patched, item) : other));
    }
  }
  return result;
}

/**
 * Orders a merged list as the server does: what `order` names in that order, the rest as it was before,
 * and of two that both were there before, the earlier first.
 */
function inOrder(merged: unknown[], order: unknown[], before: unknown[], mergeKey: string | undefined): unknown[] {
  const indexIn = (list: unknown[], item: unknown) => list.findIndex((other) => sameItem(other, item, mergeKey));
  const by = (list: unknown[]) => (a: unknown, b: unknown) => indexIn(list, a) - indexIn(list, b);
  const named = merged.filter((item) => indexIn(order, item) >= 0).toSorted(by(order));
  const others = merged.filter((item) => indexIn(order, item) < 0).toSorted(by(before));
  const result: unknown[] = [];
  while (named.length > 0 && others.length > 0) {
    const [mine, other] = [indexIn(before, named[0]), indexIn(before, others[0])];
    result.push(mine >= 0 && other >= 0 && other < mine ? others.shift() : named.shift());
  }
  return [...result, ...others, ...named];
}

function mergeLists(
  target: unknown[],
  patch: unknown[],
  mergeKey: string | undefined,
  item: Schema | undefined,
): unknown[] {
  if (patch.some((patched) => isObject(patched) && patched['$patch'] === 'replace')) {
    return patch.filter((patched) => !isObject(patched) || patched['$patch'] !== 'replace').map(withoutDirectives);
  }
  return inOrder(mergeItems(target, patch, mergeKey, item), patch, target, mergeKey);
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
      result[key] = mergeLists(current, value, mergeKey, field?.items);
    } else result[key] = withoutDirectives(value);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    const [directive, name] = [deletePrefix, orderPrefix].flatMap((prefix) =>
      key.startsWith(prefix) ? [prefix, key.slice(prefix.length)] : [],
    );
    const list = name === undefined ? undefined : result[name];
    if (name === undefined || !Array.isArray(list)) continue;
    if (directive === deletePrefix) {
      result[name] = list.filter((item) => !value.some((gone) => deepEqual(gone, item)));
    } else {
      const before = target[name];
      const mergeKey = fieldSchema(schema, name)?.['x-kubernetes-patch-merge-key'];
      result[name] = inOrder(list, value, Array.isArray(before) ? before : [], mergeKey);
    }
  }
  return result;
}

/** Applies a strategic merge patch to a copy of `target`. */
export function applyStrategicMergePatch(target: unknown, patch: unknown, schema: Schema): unknown {
  if (!isObject(patch) || !isObject(target)) throw badRequest('error decoding patch: a JSON object is expected');
  return mergeObjects(clone(target), clone(patch), schema);
}
