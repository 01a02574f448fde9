import { listText } from './check.ts';
import type { PlanningSnapshot } from './planning-snapshot.ts';

/** Params of a check's text: the kinds, and where; `scope` is `others` where only namespaces without a name are meant. */
export interface HiddenKinds {
  kinds: string;
  scope: 'others' | 'one';
  namespaces: string;
}

/** What of some kinds could not be read, in the given namespaces or anywhere; null when all of it was. */
export function hiddenKinds(
  { unreadable }: Pick<PlanningSnapshot, 'unreadable'>,
  kinds: readonly string[],
  namespaces?: readonly string[],
): (HiddenKinds & Record<string, string>) | null {
  const hidden = unreadable.filter(
    ({ kind, namespace }) => kinds.includes(kind) && (!namespaces || namespaces.includes(namespace)),
  );
  if (hidden.length === 0) return null;
  const named = [...new Set(hidden.map(({ namespace }) => namespace))].filter((namespace) => namespace !== '*');
  return {
    kinds: listText([...new Set(hidden.map(({ kind }) => kind))]),
    scope: named.length === 0 ? 'others' : 'one',
    namespaces: listText(named),
  };
}
