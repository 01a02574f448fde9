import type { RequestMatch, RequestSelection, StringMatch } from '@/lib/domain/request-match';
import type { ChangeTaskInput, CreateTaskInput, RequestMatchInput } from './create-task-input';

/** What an input says of which requests are copied; undefined: all of them. Names of headers are folded to lower case. */
export function toSelection({
  match = [],
  safety,
}: Pick<CreateTaskInput, 'match' | 'safety'>): RequestSelection | undefined {
  return selectionOf(match.map(toRequestMatch), safety?.methods ?? null);
}

/** What a change makes of which requests are copied; undefined: all of them. */
export function changedSelection(
  before: RequestSelection | undefined,
  { match, safety }: Pick<ChangeTaskInput, 'match' | 'safety'>,
): RequestSelection | undefined {
  const conditions = match === undefined ? (before?.match ?? []) : (match ?? []).map(toRequestMatch);
  return selectionOf(conditions, safety === undefined ? (before?.methods ?? null) : safety.methods);
}

function selectionOf(
  match: RequestSelection['match'],
  methods: RequestSelection['methods'],
): RequestSelection | undefined {
  return match.length === 0 && methods === null ? undefined : { match, methods };
}

function toRequestMatch({ headers, method, path }: RequestMatchInput): RequestMatch {
  return {
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), 'present' in value ? {} : value]),
      ),
    }),
    ...(method && { method }),
    ...(path && { path }),
  };
}

/** The conditions of a task as its input said them. */
export function fromRequestMatch({ headers, method, path }: RequestMatch): RequestMatchInput {
  return {
    ...(headers && {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fromHeader(value)])),
    }),
    ...(method && { method: method as RequestMatchInput['method'] }),
    ...(path && { path: path as RequestMatchInput['path'] }),
  };
}

function fromHeader(value: StringMatch): NonNullable<RequestMatchInput['headers']>[string] {
  const { exact, prefix, regex } = value;
  if (exact !== undefined) return { exact };
  if (prefix !== undefined) return { prefix };
  return regex === undefined ? { present: true } : { regex };
}
