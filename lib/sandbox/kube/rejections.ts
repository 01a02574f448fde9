/** Refusals of bodies that are not what their path asks for. */
import { isObject, type JsonObject } from './json.ts';
import { splitApiVersion, type Resource } from './resources.ts';
import { badRequest, invalid, invalidValue, type ApiError } from './status.ts';

/** How strictly a body is read; part of a write's options. */
export interface Strictness {
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** Duplicate keys of the request's text, which parsing hides. */
  duplicates?: readonly string[];
  /** The object is the outcome of a patch: what is wrong with it is 422, not 400. */
  isPatch?: boolean;
  /** Where warnings for the client are collected. */
  warnings?: string[];
}

/** Another kind or version than the one the path is for. */
export function wrongKind(raw: JsonObject, resource: Resource, expected: string): ApiError {
  const kind = String(raw['kind']);
  const { group, version } = splitApiVersion(String(raw['apiVersion']));
  if (kind === resource.kind && group === resource.group) {
    return badRequest(
      `the API version in the data (${String(raw['apiVersion'])}) does not match the expected API version (${expected})`,
    );
  }
  if (resource.custom && group === resource.group) {
    const name = isObject(raw['metadata']) ? String(raw['metadata']['name'] ?? '') : '';
    return invalid(group, kind, name, [invalidValue('kind', kind, `must be ${resource.kind}`)]);
  }
  return badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${resource.kind}: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(String(raw['apiVersion']))} in scheme "sandbox"`,
  );
}

/** 422 for a patch whose outcome cannot be read as an object of its kind. */
export function invalidPatch(patched: unknown, why: string): ApiError {
  return invalid('', '', '', [
    { ...invalidValue('patch', '', ''), message: `Invalid value: ${JSON.stringify(JSON.stringify(patched))}: ${why}` },
  ]);
}

/** Unknown and duplicate fields: 400 when Strict (422 in a patch), warnings when Warn, silence when Ignore. */
export function reportStrictness(
  describe: string,
  object: JsonObject,
  unknown: readonly string[],
  options: Strictness,
): void {
  const problems = [
    ...(options.duplicates ?? []).map((path) => `duplicate field "${path}"`),
    ...unknown.map((path) => `unknown field "${path}"`),
  ];
  if (problems.length === 0 || options.fieldValidation === 'Ignore') return;
  if (options.fieldValidation === 'Strict') {
    const why = `strict decoding error: ${problems.join(', ')}`;
    throw options.isPatch ? invalidPatch(object, why) : badRequest(`${describe}: ${why}`);
  }
  options.warnings?.push(...problems);
}
