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
  /** Throws for a value of a wrong type. */
  strictTypes: boolean;
  describe: string;
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

function decodeObject(value: JsonObject, schema: Schema, path: string, decoding: Decoding): JsonObject {
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    const childPath = join(path, key);
    const property = schema.properties?.[key];
    if (property) result[key] = decodeValue(child, property, childPath, decoding);
    else if (typeof schema.additionalProperties === 'object') {
      result[key] = decodeValue(child, schema.additionalProperties, childPath, decoding);
    } else if (schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties === true) {
      result[key] = child;
    } else decoding.unknown.push(childPath);
    // Go has no null for a field that is not a pointer: built-in kinds read it as absent.
    if (decoding.strictTypes && result[key] === null) delete result[key];
  }
  return result;
}

function decodeValue(value: unknown, declared: Schema, path: string, decoding: Decoding): unknown {
  const schema = resolve(declared);
  if (value === null || value === undefined) return value;
  if (schema.format === 'int-or-string' || schema['x-kubernetes-int-or-string']) return value;
  // Quantities may be written as bare numbers.
  if (declared.$ref?.endsWith('.Quantity') && typeof value === 'number') return String(value);
  if (isFreeForm(schema)) return value;
  if (!hasType(value, schema)) {
    if (!decoding.strictTypes) return value;
    throw badRequest(
      `${decoding.describe}: json: cannot unmarshal ${jsonType(value)} into Go struct field .${path} of type ${goTypes[schema.type ?? ''] ?? schema.type}`,
    );
  }
  if (Array.isArray(value)) {
    return schema.items
      ? value.map((item, index) => decodeValue(item, schema.items as Schema, `${path}[${index}]`, decoding))
      : value;
  }
  return isObject(value) ? decodeObject(value, schema, path, decoding) : value;
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
  const lenient: Decoding = { unknown: [], strictTypes: !custom, describe };
  const { metadata, ...rest } = value;
  const object = decodeObject(rest, resolve(schema), '', lenient);
  const metadataSchema = resolve(schema).properties?.['metadata'];
  if (metadata !== undefined && metadata !== null) {
    // ObjectMeta is a Go type in every kind, custom ones included.
    const strict: Decoding = { unknown: lenient.unknown, strictTypes: true, describe };
    object['metadata'] = metadataSchema ? decodeValue(metadata, metadataSchema, 'metadata', strict) : metadata;
  }
  return { object, unknown: lenient.unknown };
}
