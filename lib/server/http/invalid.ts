import { laterFields } from '@/lib/contract/create-task-input';
import type * as z from 'zod/mini';
import { ApiError, type ApiErrorDetail } from './api-error';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Parses `value` or throws `invalid_input` that names every wrong field. */
export function parse<Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const details = result.error.issues.flatMap((issue) => toDetails(issue, []));
  // The first finding of a field says what to do; an empty text is not also of a wrong form.
  const first = new Map(details.toReversed().map((detail) => [detail.path, detail]));
  throw new ApiError(
    'invalid_input',
    {},
    details.filter((detail) => first.get(detail.path) === detail),
  );
}

/** `target.containers[0].image` for ['target', 'containers', 0, 'image']. */
export function fieldPath(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    '',
  );
}

/** The findings of one schema issue; `base` is where the issue's own path starts. */
function toDetails(issue: Issue, base: Path): ApiErrorDetail[] {
  const path = [...base, ...issue.path];
  const detail = (code: string, params: ApiErrorDetail['params'] = {}, at: Path = path): ApiErrorDetail => ({
    path: fieldPath(at),
    code,
    params,
  });
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        detail(isLater([...path, key]) ? 'not_in_this_release' : 'unknown_field', { field: key }, [...path, key]),
      );
    case 'invalid_type':
      return [
        issue.input === undefined
          ? detail('required')
          : detail('wrong_type', { expected: issue.expected === 'int' ? 'integer' : issue.expected }),
      ];
    case 'invalid_value':
      return [
        issue.input === undefined
          ? detail('required')
          : detail('not_one_of', { allowed: issue.values.map(String).join(', ') }),
      ];
    case 'too_small':
      return [detail(sizeCode(issue.origin, 'too_short', 'too_small'), { minimum: Number(issue.minimum) })];
    case 'too_big':
      return [detail(sizeCode(issue.origin, 'too_long', 'too_big'), { maximum: Number(issue.maximum) })];
    case 'invalid_format':
      return [detail('wrong_format')];
    case 'invalid_union':
      return unionDetails(issue, path);
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.flatMap((inner) => toDetails(inner, path));
    case 'custom':
      return [detail(issue.message in customCodes ? issue.message : 'wrong_format')];
    case 'not_multiple_of':
      return [detail('wrong_format')];
  }
}

/** Codes that refinements of the contract give as their error text. */
const customCodes = {
  percentage_step: true,
  required: true,
  targets_or_target: true,
  targets_or_change: true,
  percentage_of_each: true,
  target_twice: true,
  container_twice: true,
  placement_elsewhere: true,
  protection_elsewhere: true,
  header_not_matched: true,
  headers_count: true,
  header_twice: true,
  match_empty: true,
  change_empty: true,
  remove_alone: true,
  retarget_alone: true,
  ramp_share: true,
  ramp_held_share: true,
  ramp_twice: true,
  ramp_not_above: true,
  ramp_hold_required: true,
} as const;

function sizeCode(origin: string, length: string, size: string): string {
  return origin === 'string' || origin === 'array' ? length : size;
}

/** Of a union's members, the one that the input comes closest to: it is what the caller meant. */
function unionDetails(issue: Extract<Issue, { code: 'invalid_union' }>, path: Path): ApiErrorDetail[] {
  if (issue.input === undefined) return [{ path: fieldPath(path), code: 'required', params: {} }];
  const members = issue.errors
    .map((issues) => issues.flatMap((inner) => toDetails(inner, path)))
    .toSorted((a, b) => a.length - b.length);
  return members[0] ?? [{ path: fieldPath(path), code: 'wrong_format', params: {} }];
}

function isLater(path: Path): boolean {
  return laterFields.some((field) => field === path.join('.'));
}
