/**
 * Decoding of a request's object by its kind's schema: what the schema does not know is dropped and
 * reported, what has a wrong type refuses a built-in kind (as Go's decoder does) and is left to
 * validation in a custom one.
 */
import { isObject, type JsonObject } from './json.ts';
import { isFreeForm, resolve, type Schema } from './schema.ts';
import { badRequest } from './status.ts';

interface Decoding {
  /** Paths of unknown fields, in document order. */
  unknown: string[];
  /** A built-in kind: Go's decoder refuses wrong types and knows neither null nor empty lists and maps. */
  isGo: boolean;
  describe: string;
}

/** Where a value stands: the path that users read, and the one that Go's errors name. */
interface Place {
  path: string;
  goStruct: string;
  goPath: string;
}

const goTypes: Record<string, string> = {
  string: 'string',
  integer: 'int32',
  number: 'float64',
  boolean: 'bool',
  object: 'map[string]interface {}',
  array: '[]interface {}',
};

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function hasType(value: unknown, schema: Schema): boolean {
  switch (schema.type) {
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    default:
      return true;
  }
}

function join(path: string, field: string): string {
  return path ? `${path}.${field}` : field;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

/** Lists and maps; a struct keeps its empty form (`emptyDir: {}` means something). */
function isListOrMap(schema: Schema): boolean {
  return schema.type === 'array' || (schema.type === 'object' && schema.additionalProperties !== undefined);
}

/** True for a value that the kind's storage does not keep. */
function isDropped(value: unknown, property: Schema, isRequired: boolean, decoding: Decoding): boolean {
  const schema = resolve(property);
  if (value === null) return decoding.isGo || schema.nullable !== true;
  return decoding.isGo && !isRequired && isListOrMap(schema) && isEmpty(value);
}

function decodeObject(value: JsonObject, schema: Schema, at: Place, decoding: Decoding): JsonObject {
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    const path = join(at.path, key);
    const property = schema.properties?.[key];
    if (property) {
      if (isDropped(child, property, schema.required?.includes(key) ?? false, decoding)) continue;
      result[key] = decodeValue(child, property, { ...at, path, goPath: join(at.goPath, key) }, decoding);
    } else if (typeof schema.additionalProperties === 'object') {
      if (decoding.isGo && child === null) continue;
      result[key] = decodeValue(child, schema.additionalProperties, { ...at, path }, decoding);
    } else if (schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties === true) {
      result[key] = child;
    } else decoding.unknown.push(path);
  }
  return result;
}

const quantityPattern = '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$';

function checkQuantity(value: unknown, decoding: Decoding): void {
  if (typeof value === 'string' && !new RegExp(quantityPattern).test(value)) {
    throw badRequest(`${decoding.describe}: quantities must match the regular expression '${quantityPattern}'`);
  }
}

function decodeValue(value: unknown, declared: Schema, at: Place, decoding: Decoding): unknown {
  const schema = resolve(declared);
  if (value === null || value === undefined) return value;
  if (schema.format === 'int-or-string' || schema['x-kubernetes-int-or-string']) return value;
  const definition = declared.$ref?.split('.').at(-1);
  if (definition === 'Quantity') {
    checkQuantity(value, decoding);
    // Quantities may be written as bare numbers.
    return typeof value === 'number' ? String(value) : value;
  }
  if (isFreeForm(schema)) return value;
  if (!hasType(value, schema)) {
    if (!decoding.isGo) return value;
    const goType = goTypes[schema.type ?? ''] ?? schema.type;
    throw badRequest(
      `${decoding.describe}: json: cannot unmarshal ${jsonType(value)} into Go struct field ${at.goStruct}.${at.goPath} of type ${goType}`,
    );
  }
  const inside = definition ? { ...at, goStruct: definition } : at;
  const { items } = schema;
  if (Array.isArray(value)) {
    return items
      ? value.map((item, index) => decodeValue(item, items, { ...inside, path: `${at.path}[${index}]` }, decoding))
      : value;
  }
  return isObject(value) ? decodeObject(value, schema, inside, decoding) : value;
}

/** What decoding found. */
export interface Decoded {
  object: JsonObject;
  unknown: string[];
}

/**
 * Decodes an object of a kind. `custom` kinds keep wrong types for their CRD validation; a built-in
 * kind answers 400.
 */
export function decodeObjectOfKind(value: JsonObject, schema: Schema, custom: boolean, describe: string): Decoded {
  const { metadata, ...rest } = value;
  const unknown: string[] = [];
  const kind = String(value['kind']);
  const metadataSchema = resolve(schema).properties?.['metadata'];
  // ObjectMeta is a Go type in every kind, custom ones included, where it is decoded by itself.
  const decodedMetadata =
    metadataSchema && isObject(metadata)
      ? decodeValue(
          metadata,
          metadataSchema,
          { path: 'metadata', goStruct: kind, goPath: custom ? '' : 'metadata' },
          { unknown, isGo: true, describe },
        )
      : metadata;
  const place: Place = { path: '', goStruct: kind, goPath: '' };
  const object = decodeObject(rest, resolve(schema), place, { unknown, isGo: !custom, describe });
  return { object: decodedMetadata === undefined ? object : { ...object, metadata: decodedMetadata }, unknown };
}
