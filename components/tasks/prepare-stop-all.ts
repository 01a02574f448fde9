import type { StopList } from '@/lib/contract/task';

export type StopItem = StopList['items'][number];

export interface StopRow {
  item: StopItem;
  /** `failed`: was asked for, was refused, and can be asked for again. */
  status: 'ready' | 'failed' | 'pausing' | 'paused' | 'refused';
  reason: StopItem['reason'];
}

/**
 * How each task stands. `now`: what stopping would do now. `asked`: what it would have done when it was confirmed;
 * `answers`: what became of those. A task that was asked for and is no longer among those that copy is paused.
 */
export function prepareStopAll(
  now: readonly StopItem[],
  asked: readonly StopItem[] = [],
  answers: readonly StopItem[] = [],
): StopRow[] {
  const answerOf = new Map(answers.map((item) => [keyOf(item), item]));
  const copying = new Set(now.map(keyOf));
  const askedOnce = new Map(asked.map((item) => [keyOf(item), item]));
  const paused = [...askedOnce.values()].filter((item) => !copying.has(keyOf(item)));
  const rows = now.map((item) => rowOf(item, answerOf.get(keyOf(item))));
  return [...rows, ...paused.map((item): StopRow => ({ item, status: 'paused', reason: null }))].toSorted((a, b) =>
    keyOf(a.item) < keyOf(b.item) ? -1 : 1,
  );
}

function rowOf(item: StopItem, answer: StopItem | undefined): StopRow {
  if (item.outcome === 'stopping') return { item, status: 'pausing', reason: item.reason };
  if (item.outcome === 'refused') return { item, status: 'refused', reason: item.reason };
  if (answer?.outcome === 'refused') return { item, status: 'failed', reason: answer.reason };
  // The list is a moment behind what was written.
  return { item, status: answer ? 'pausing' : 'ready', reason: item.reason };
}

/** Rows by namespace, in their order. */
export function byNamespace(rows: readonly StopRow[]): [string, StopRow[]][] {
  const groups = new Map<string, StopRow[]>();
  for (const row of rows) {
    const { namespace } = row.item;
    groups.set(namespace, [...(groups.get(namespace) ?? []), row]);
  }
  return [...groups];
}

function keyOf({ namespace, name }: StopItem): string {
  return `${namespace}/${name}`;
}
