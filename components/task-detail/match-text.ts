import type { RequestMatchInput } from '@/lib/contract/create-task-input';

type TextMatch = { exact?: string; prefix?: string; regex?: string; present?: true };

/** A condition on one line, as in `GET /reviews/* x-test-user: true`: `*` any end, `~` a regular expression. */
export function matchText({ method, path, headers = {} }: RequestMatchInput): string {
  return [
    ...(method ? [method.exact] : []),
    ...(path ? [valueText(path)] : []),
    ...Object.entries(headers).map(([name, value]) => ('present' in value ? name : `${name}: ${valueText(value)}`)),
  ].join(' ');
}

function valueText({ exact, prefix, regex }: TextMatch): string {
  if (exact !== undefined) return exact;
  return prefix === undefined ? `~${regex ?? ''}` : `${prefix}*`;
}
