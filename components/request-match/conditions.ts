import type { CreateTaskInput, RequestMatchInput } from '@/lib/contract/create-task-input';
import { requestMethods } from '@/lib/domain/request-match';

/** How a text must look; `present`: a header is there at all. */
export type ConditionKind = 'exact' | 'prefix' | 'regex' | 'present';

export const pathKinds = ['exact', 'prefix', 'regex'] as const satisfies readonly ConditionKind[];
export const headerKinds = ['exact', 'prefix', 'regex', 'present'] as const satisfies readonly ConditionKind[];

export interface HeaderDraft {
  id: string;
  name: string;
  kind: ConditionKind;
  value: string;
}

/** One alternative as it is typed: what is left empty asks for nothing. */
export interface ConditionDraft {
  id: string;
  method: (typeof requestMethods)[number] | '';
  pathKind: (typeof pathKinds)[number];
  path: string;
  headers: HeaderDraft[];
}

/** The most that the API takes. */
export const maximumConditions = 10;
export const maximumHeaders = 20;

/** An alternative without anything in it, beside those that are there. */
export function newCondition(others: readonly ConditionDraft[]): ConditionDraft {
  return { id: freeId(others), method: '', pathKind: 'prefix', path: '', headers: [] };
}

/** The guide's test users (section 4.1): requests with the header `x-test-user: true`. */
export function testUsers(others: readonly ConditionDraft[]): ConditionDraft {
  const header: HeaderDraft = { id: '1', name: 'x-test-user', kind: 'exact', value: 'true' };
  return { ...newCondition(others), headers: [header] };
}

/** The condition with one more header to type. */
export function withNewHeader(condition: ConditionDraft): ConditionDraft {
  const header: HeaderDraft = { id: freeId(condition.headers), name: '', kind: 'exact', value: '' };
  return { ...condition, headers: [...condition.headers, header] };
}

/** The condition with one header changed, or (with null) without it. */
export function withHeader(condition: ConditionDraft, id: string, patch: Partial<HeaderDraft> | null): ConditionDraft {
  return { ...condition, headers: changed(condition.headers, id, patch) };
}

/** The alternatives with one changed, or (with null) without it. */
export function withCondition(
  conditions: readonly ConditionDraft[],
  id: string,
  patch: Partial<ConditionDraft> | null,
): ConditionDraft[] {
  return changed(conditions, id, patch);
}

/** The conditions as the API takes them. */
export function toMatchInput(conditions: readonly ConditionDraft[]): CreateTaskInput['match'] {
  return conditions.length === 0 ? undefined : conditions.map(toRequestMatch);
}

function toRequestMatch({ method, pathKind, path, headers }: ConditionDraft): RequestMatchInput {
  return {
    ...(method !== '' && { method: { exact: method } }),
    ...(path !== '' && { path: { [pathKind]: path } as RequestMatchInput['path'] }),
    ...(headers.length > 0 && {
      headers: Object.fromEntries(headers.map((header) => [header.name.trim(), toHeaderMatch(header)])),
    }),
  };
}

function toHeaderMatch({ kind, value }: HeaderDraft): NonNullable<RequestMatchInput['headers']>[string] {
  switch (kind) {
    case 'exact':
      return { exact: value };
    case 'prefix':
      return { prefix: value };
    case 'regex':
      return { regex: value };
    case 'present':
      return { present: true };
  }
}

/** The conditions of a task as they are typed. */
export function fromMatchInput(match: readonly RequestMatchInput[]): ConditionDraft[] {
  return match.map(({ headers = {}, method, path }, index) => {
    const [pathKind = 'prefix', text = ''] = (Object.entries(path ?? {})[0] ?? []) as [
      ConditionDraft['pathKind']?,
      string?,
    ];
    return {
      id: String(index + 1),
      method: method?.exact ?? '',
      pathKind,
      path: text,
      headers: Object.entries(headers).map(([name, value], at) => {
        const [kind, shape] = Object.entries(value)[0] as [ConditionKind, string | true];
        return { id: String(at + 1), name, kind, value: shape === true ? '' : shape };
      }),
    };
  });
}

/** A kept draft's conditions; what is not one is dropped. */
export function conditionsFromKept(kept: unknown): ConditionDraft[] {
  if (!Array.isArray(kept)) return [];
  return kept.filter(isRecord).map((value, index) => ({
    id: String(index + 1),
    method: requestMethods.find((method) => method === value['method']) ?? '',
    pathKind: pathKinds.find((kind) => kind === value['pathKind']) ?? 'prefix',
    path: text(value['path']),
    headers: (Array.isArray(value['headers']) ? value['headers'] : []).filter(isRecord).map((header, at) => ({
      id: String(at + 1),
      name: text(header['name']),
      kind: headerKinds.find((kind) => kind === header['kind']) ?? 'exact',
      value: text(header['value']),
    })),
  }));
}

function changed<T extends { id: string }>(list: readonly T[], id: string, patch: Partial<T> | null): T[] {
  return list.flatMap((one) => (one.id !== id ? [one] : patch === null ? [] : [{ ...one, ...patch }]));
}

function freeId(list: readonly { id: string }[]): string {
  return String(1 + list.reduce((highest, { id }) => Math.max(highest, Number(id)), 0));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
