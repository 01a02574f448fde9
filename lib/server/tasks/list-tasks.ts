import { attentionStates, stateOrder, taskStates, type TaskState } from '@/lib/domain/task';
import { ApiError } from '@/lib/server/http/api-error';
import type { TaskContext } from './context';
import { listRecords } from './record-store';
import { viewTask, type TaskView } from './view/task-view';

export const taskSorts = ['attention', 'name', 'created', 'state', 'percentage'] as const;
export type TaskSort = (typeof taskSorts)[number];

export interface TaskQuery {
  /** Null: every namespace that the user may see. */
  namespace: string | null;
  /** States to show, `attention` for those that need a person; empty: all. */
  states: readonly (TaskState | 'attention')[];
  /** Text in name, service, versions, description or creator. */
  q: string;
  sort: TaskSort;
  limit: number;
  /** Where the page before ended, as it was given. */
  continue: string | null;
}

export interface TaskPage {
  items: TaskView[];
  continue: string | null;
  /** Tasks per state, whatever the filter. */
  counts: Record<string, number>;
}

/** One page of the tasks that the user may see. */
export async function listTasks(context: TaskContext, query: TaskQuery): Promise<TaskPage> {
  const { cluster } = context;
  if (query.namespace !== null && !(await cluster.isVisible(query.namespace))) {
    throw new ApiError('forbidden', { reason: `list configmaps (${query.namespace})` });
  }
  const records = await listRecords(cluster, query.namespace);
  const views = await Promise.all(records.map(({ record }) => viewTask(context, record)));
  const found = views.filter((view) => isWanted(view, query)).toSorted(comparing(query.sort));
  const from = query.continue === null ? 0 : pageStart(found, query.sort, query.continue);
  const items = found.slice(from, from + query.limit);
  const last = items.at(-1);
  const isMore = from + items.length < found.length;
  return { items, continue: isMore && last ? cursorOf(last, query.sort) : null, counts: countsOf(views) };
}

function isWanted(view: TaskView, { states, q }: TaskQuery): boolean {
  const { state } = view.derived;
  const needsAttention = attentionStates.some((one) => one === state);
  const inState = states.length === 0 || states.includes(state) || (states.includes('attention') && needsAttention);
  const { spec, createdBy } = view.record;
  const versions = [spec.target, ...spec.primary].flatMap(({ workload, version }) => [workload, version]);
  const text = [spec.name, spec.service.name, spec.description, createdBy, ...versions].join('\n').toLowerCase();
  return inState && text.includes(q.trim().toLowerCase());
}

type SortKey = (string | number)[];

/** What a sort compares; name and namespace make it unique. Newest and largest come first. */
function sortKey({ record, derived }: TaskView, sort: TaskSort): SortKey {
  const { spec, createdAt } = record;
  const identity = [spec.name, spec.namespace];
  switch (sort) {
    case 'name':
      return identity;
    case 'created':
      return [-Date.parse(createdAt), ...identity];
    case 'percentage':
      return [-spec.percentage, ...identity];
    case 'state':
      return [taskStates.indexOf(derived.state), ...identity];
    case 'attention':
      return [stateOrder.indexOf(derived.state), -Date.parse(createdAt), ...identity];
  }
}

function comparing(sort: TaskSort): (a: TaskView, b: TaskView) => number {
  return (a, b) => compareKeys(sortKey(a, sort), sortKey(b, sort));
}

function compareKeys(a: SortKey, b: SortKey): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? '';
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** Where a page ended: by value, so that a task that came or went meanwhile neither repeats nor hides another. */
function cursorOf(view: TaskView, sort: TaskSort): string {
  return Buffer.from(JSON.stringify([sort, ...sortKey(view, sort)])).toString('base64url');
}

function pageStart(found: readonly TaskView[], sort: TaskSort, cursor: string): number {
  const [cursorSort, ...key] = parseCursor(cursor);
  if (cursorSort !== sort) throw badCursor();
  const next = found.findIndex((view) => compareKeys(sortKey(view, sort), key) > 0);
  return next === -1 ? found.length : next;
}

function parseCursor(cursor: string): SortKey {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw badCursor();
  }
  const isKey = (item: unknown): item is string | number => typeof item === 'string' || typeof item === 'number';
  if (!Array.isArray(value) || !value.every(isKey)) throw badCursor();
  return value;
}

function badCursor(): ApiError {
  return new ApiError('invalid_input', {}, [{ path: 'continue', code: 'wrong_format', params: {} }]);
}

function countsOf(views: readonly TaskView[]): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(taskStates.map((state) => [state, 0]));
  for (const { derived } of views) counts[derived.state] = (counts[derived.state] ?? 0) + 1;
  return counts;
}
