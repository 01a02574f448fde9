/** Validation of custom resources by their CRD's schema, worded as the API server words it. */
import { celRules } from './cel-rules.ts';
import { deepEqual, isObject } from './json.ts';
import { resolve, type Schema } from './schema.ts';
import { invalidValue, notSupported, required, tooLong, wrongType, type FieldError } from './status.ts';

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function isOfType(value: unknown, type: string): boolean {
  const actual = typeName(value);
  return actual === type || (type === 'number' && actual === 'integer');
}

function checkString(value: string, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.maxLength !== undefined && value.length > schema.maxLength) errors.push(tooLong(path, schema.maxLength));
  if (schema.minLength !== undefined && value.length < schema.minLength) {
    errors.push(invalidValue(path, value, `${path} in body should be at least ${schema.minLength} chars long`));
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
    errors.push(invalidValue(path, value, `${path} in body should match '${schema.pattern}'`));
  }
  return errors;
}

function checkNumber(value: number, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.minimum !== undefined && value < schema.minimum) {
    errors.push(invalidValue(path, value, `${path} in body should be greater than or equal to ${schema.minimum}`));
  }
  if (schema.maximum !== undefined && value > schema.maximum) {
    errors.push(invalidValue(path, value, `${path} in body should be less than or equal to ${schema.maximum}`));
  }
  if (schema.format === 'int32' && Math.abs(value) > 2 ** 31) {
    errors.push(invalidValue(path, value, `${path} in body must be of type int32: "integer"`));
  }
  return errors;
}

function checkArray(value: unknown[], schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    errors.push(invalidValue(path, value.length, `${path} in body should have at least ${schema.minItems} items`));
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    errors.push(invalidValue(path, value.length, `${path} in body should have at most ${schema.maxItems} items`));
  }
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'map' && keys) {
    value.forEach((item, index) => {
      const key = Object.fromEntries(keys.map((name) => [name, isObject(item) ? item[name] : undefined]));
      const isRepeated = value
        .slice(0, index)
        .some((other) => isObject(other) && keys.every((name) => deepEqual(other[name], key[name])));
      if (isRepeated)
        errors.push({
          field: `${path}[${index}]`,
          reason: 'FieldValueDuplicate',
          message: `Duplicate value: ${JSON.stringify(key)}`,
        });
    });
  }
  const { items } = schema;
  return items ? [...errors, ...value.flatMap((item, index) => validate(item, items, `${path}[${index}]`))] : errors;
}

function checkObject(value: Record<string, unknown>, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = (key: string) => (path ? `${path}.${key}` : key);
  for (const key of schema.required ?? []) if (value[key] === undefined) errors.push(required(at(key)));
  if (schema.maxProperties !== undefined && Object.keys(value).length > schema.maxProperties) {
    errors.push(
      invalidValue(
        path,
        Object.keys(value).length,
        `${path} in body should have at most ${schema.maxProperties} properties`,
      ),
    );
  }
  for (const [key, child] of Object.entries(value)) {
    const property =
      schema.properties?.[key] ??
      (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
    if (property && child !== undefined) errors.push(...validate(child, property, at(key)));
  }
  return errors;
}

function checkJunctors(value: unknown, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const passes = (candidate: Schema) => validate(value, candidate, path).length === 0;
  // Findings of oneOf and its like name no field, as those of the server's library.
  const say = (text: string) => invalidValue('<nil>', '', `"${path}" ${text}`);
  if (schema.oneOf) {
    const valid = schema.oneOf.filter(passes).length;
    if (valid !== 1) {
      const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
      errors.push(say(`must validate one and only one schema (oneOf). ${found}`));
    }
  }
  if (schema.anyOf && !schema.anyOf.some(passes)) errors.push(say('must validate at least one schema (anyOf)'));
  if (schema.allOf && !schema.allOf.every(passes)) errors.push(say('must validate all the schemas (allOf)'));
  if (schema.not && passes(schema.not)) errors.push(say('must not validate the schema (not)'));
  return errors;
}

function checkRules(value: unknown, schema: Schema, path: string): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule, message }) => {
    const holds = celRules[rule];
    if (!holds) throw new Error(`cel-rules.ts has no rule ${rule}`);
    return holds(value)
      ? []
      : [invalidValue(path, typeof value === 'object' ? typeName(value) : value, message ?? `failed rule: ${rule}`)];
  });
}

function validate(value: unknown, declared: Schema, path: string): FieldError[] {
  const schema = resolve(declared);
  if (value === null && schema.nullable) return [];
  if (schema['x-kubernetes-int-or-string']) {
    return typeof value === 'string' || Number.isInteger(value)
      ? []
      : [wrongType(path, typeName(value), `${path} in body must be of type integer,string: "${typeName(value)}"`)];
  }
  if (schema.type && !isOfType(value, schema.type)) {
    return [wrongType(path, typeName(value), `${path} in body must be of type ${schema.type}: "${typeName(value)}"`)];
  }
  const errors: FieldError[] = [];
  if (schema.enum && !schema.enum.includes(value)) errors.push(notSupported(path, value, schema.enum));
  if (typeof value === 'string') errors.push(...checkString(value, schema, path));
  else if (typeof value === 'number') errors.push(...checkNumber(value, schema, path));
  else if (Array.isArray(value)) errors.push(...checkArray(value, schema, path));
  else if (isObject(value)) errors.push(...checkObject(value, schema, path));
  errors.push(...checkJunctors(value, schema, path));
  // CEL rules run only on values that have the shape they are written for.
  if (errors.length === 0) errors.push(...checkRules(value, schema, path));
  return errors;
}

/** Added where rules were left out because the object has not the shape they are written for. */
const uncheckedRules = invalidValue(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

/** All findings of a custom resource, `metadata` left to the checks every kind has. */
export function validateCustomResource(object: Record<string, unknown>, schema: Schema): FieldError[] {
  const errors = Object.entries(resolve(schema).properties ?? {})
    .filter(([key]) => !['apiVersion', 'kind', 'metadata'].includes(key))
    .flatMap(([key, property]) => {
      if (object[key] !== undefined) return validate(object[key], property, key);
      return resolve(schema).required?.includes(key) ? [required(key)] : [];
    });
  const isMisshapen = errors.some(
    ({ reason }) => reason === 'FieldValueRequired' || reason === 'FieldValueTypeInvalid',
  );
  return isMisshapen ? [...errors, uncheckedRules] : errors;
}
