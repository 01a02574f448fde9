import { headerNamePattern, isMatchedAsHeader } from '@/lib/domain/request-match';
import type { ConditionDraft } from './conditions';

/** One thing to mend: `field` is also the id of the control; text `match.problem.<code>`. */
export interface ConditionProblem {
  field: string;
  code: string;
  params: Record<string, string | number>;
}

/** Everything that keeps an alternative from being one that the API takes, in the order of its fields. */
export function conditionProblems({ id, method, pathKind, path, headers }: ConditionDraft): ConditionProblem[] {
  const at = (part: string): string => `match.${id}.${part}`;
  if (method === '' && path === '' && headers.length === 0) return [problem(at('method'), 'condition_empty')];
  const seen = new Set<string>();
  return [
    ...(path !== '' && pathKind !== 'regex' && !path.startsWith('/') ? [problem(at('path'), 'path_slash')] : []),
    ...headers.flatMap(({ id: header, name, kind, value }): ConditionProblem[] => {
      const folded = name.toLowerCase();
      const isTwice = seen.has(folded);
      seen.add(folded);
      const nameField = at(`header.${header}.name`);
      if (name === '') return [problem(nameField, 'header_required')];
      if (!headerNamePattern.test(name)) return [problem(nameField, 'header_pattern')];
      if (!isMatchedAsHeader(name)) return [problem(nameField, 'header_not_matched', { name })];
      if (isTwice) return [problem(nameField, 'header_twice', { name })];
      const isMissing = kind !== 'present' && value === '';
      return isMissing ? [problem(at(`header.${header}.value`), 'header_value_required', { name })] : [];
    }),
  ];
}

function problem(field: string, code: string, params: ConditionProblem['params'] = {}): ConditionProblem {
  return { field, code, params };
}
