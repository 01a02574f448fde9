/**
 * Sets of fields in the manner of structured-merge-diff: which leaves an object has, by its schema,
 * and their `fieldsV1` form. A path is a list of `f:NAME`, `k:{KEYS}` and `v:VALUE` elements.
 */
import { isObject, type JsonObject } from './json.ts';
import { resolve, type Schema } from './schema.ts';

const separator = '\u0000';

/** Leaf values by path (elements joined by NUL). A container that is itself an item has its own path. */
export type Leaves = Map<string, unknown>;

export type FieldPaths = Set<string>;

/** The paths in either set. */
export function union(a: FieldPaths, b: FieldPaths): FieldPaths {
  return new Set([...a, ...b]);
}

/** The paths of `a` that `b` lacks. */
export function difference(a: FieldPaths, b: FieldPaths): FieldPaths {
  return new Set([...a].filter((path) => !b.has(path)));
}

export type FieldsV1 = { [element: string]: FieldsV1 };

const serverFields = new Set([
  'apiVersion',
  'kind',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.resourceVersion',
  'metadata.generation',
  'metadata.creationTimestamp',
  'metadata.deletionTimestamp',
  'metadata.deletionGracePeriodSeconds',
  'metadata.managedFields',
  'metadata.selfLink',
]);

export function pathKey(elements: readonly string[]): string {
  return elements.join(separator);
}

export function pathElements(key: string): string[] {
  return key.split(separator);
}

/** The element that names an item of an associative list, or undefined where the list is atomic. */
export function itemElement(item: unknown, schema: Schema): string | undefined {
  const listType = schema['x-kubernetes-list-type'];
  if (listType === 'set') return `v:${JSON.stringify(item)}`;
  if (listType !== 'map' || !isObject(item)) return undefined;
  const names = schema['x-kubernetes-list-map-keys'] ?? [];
  const defaults = resolve(schema.items ?? {}).properties ?? {};
  const keys = names.toSorted().map((name) => [name, item[name] ?? keyDefault(name, defaults[name])] as const);
  return `k:${JSON.stringify(Object.fromEntries(keys.filter(([, value]) => value !== undefined)))}`;
}

// The only key of an associative list that may be left out is a port's protocol.
function keyDefault(name: string, property: Schema | undefined): unknown {
  return property?.default ?? (name === 'protocol' ? 'TCP' : undefined);
}

function isAtomic(value: unknown, schema: Schema): boolean {
  if (Array.isArray(value)) {
    return schema['x-kubernetes-list-type'] !== 'map' && schema['x-kubernetes-list-type'] !== 'set';
  }
  return !isObject(value) || schema['x-kubernetes-map-type'] === 'atomic';
}

/** The schema of a field, whether it is a struct's or a map's. */
export function childSchema(schema: Schema, field: string): Schema {
  const property = schema.properties?.[field];
  if (property) return property;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
}

/**
 * Structs of built-in kinds that Go always writes: they are never "made", so nobody owns them as such.
 * Every other list, map and struct is owned by whoever made it.
 */
const standingPaths = new Set(
  [
    ['metadata'],
    ['spec'],
    ['status'],
    ['status', 'loadBalancer'],
    ['spec', 'containers'],
    ['spec', 'strategy'],
    ['spec', 'updateStrategy'],
    ['spec', 'template'],
    ['spec', 'template', 'metadata'],
    ['spec', 'template', 'spec'],
    ['spec', 'template', 'spec', 'containers'],
  ].map((fields) => pathKey(fields.map((field) => `f:${field}`))),
);

/**
 * Which containers count as fields beside their contents: for `update` those that can be made and
 * removed, for `apply` only items of associative lists.
 */
export type LeafMode = 'update' | 'apply';

interface Collection {
  leaves: Leaves;
  mode: LeafMode;
  isCustom: boolean;
}

function ownsContainer(path: readonly string[], { mode, isCustom }: Collection): boolean {
  if (path.length === 0 || mode === 'apply') return false;
  return isCustom ? path.length > 1 || path[0] !== 'f:metadata' : !standingPaths.has(pathKey(path));
}

function collect(value: unknown, declared: Schema, path: readonly string[], collection: Collection): void {
  const { leaves } = collection;
  const schema = { ...resolve(declared), ...declared };
  if (isAtomic(value, schema) || (isObject(value) && Object.keys(value).length === 0)) {
    leaves.set(pathKey(path), value);
    return;
  }
  if (ownsContainer(path, collection)) leaves.set(pathKey(path), undefined);
  if (Array.isArray(value)) {
    for (const item of value) {
      const itemPath = [...path, itemElement(item, schema) ?? ''];
      leaves.set(pathKey(itemPath), isObject(item) ? undefined : item);
      if (isObject(item)) collect(item, schema.items ?? {}, itemPath, collection);
    }
    return;
  }
  for (const [field, child] of Object.entries(value as JsonObject)) {
    if (child !== undefined) collect(child, childSchema(schema, field), [...path, `f:${field}`], collection);
  }
}

/** The leaves of an object that clients may own. */
export function leavesOf(object: unknown, schema: Schema, isCustom: boolean, mode: LeafMode = 'update'): Leaves {
  const leaves: Leaves = new Map();
  if (isObject(object)) collect(object, schema, [], { leaves, mode, isCustom });
  for (const key of leaves.keys()) if (isServerField(key)) leaves.delete(key);
  return leaves;
}

function isServerField(key: string): boolean {
  if (key.includes(separator) && !key.startsWith('f:metadata')) return false;
  const named = pathElements(key)
    .slice(0, 2)
    .map((element) => element.slice(2));
  return serverFields.has(named.join('.')) || key === 'f:metadata';
}

/** The `fieldsV1` tree of a set of paths. */
export function toFieldsV1(paths: FieldPaths): FieldsV1 {
  const root: FieldsV1 = {};
  for (const key of [...paths].toSorted()) {
    let node = root;
    for (const element of pathElements(key)) node = node[element] ??= {};
  }
  // A path that is a member and has members below it says so with ".".
  for (const key of paths) {
    let node: FieldsV1 | undefined = root;
    for (const element of pathElements(key)) node = node?.[element];
    if (node && Object.keys(node).some((element) => element !== '.')) node['.'] = {};
  }
  return root;
}

/** The paths of a `fieldsV1` tree; anything malformed in it is ignored. */
export function fromFieldsV1(tree: unknown): FieldPaths {
  const paths: FieldPaths = new Set();
  const visit = (node: unknown, path: readonly string[]): void => {
    if (!isObject(node)) return;
    const elements = Object.keys(node).filter((element) => element !== '.');
    if (path.length > 0 && (elements.length === 0 || '.' in node)) paths.add(pathKey(path));
    for (const element of elements) visit(node[element], [...path, element]);
  };
  visit(tree, []);
  return paths;
}
