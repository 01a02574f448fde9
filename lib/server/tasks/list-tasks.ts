import type { MessageRef } from '@/lib/domain/message';
import { needsAttention, stateOrder, taskStates, type TaskRecord, type TaskState } from '@/lib/domain/task';
import { percentagesOf, targetText } from '@/lib/domain/targets';
import { ApiError } from '@/lib/server/http/api-error';
import type { TaskContext } from './context';
import { listRecordProblems, listRecords } from './record-store';
import { listOrphans } from './view/orphans';
import { taskStandings, viewStanding, type TaskStanding, type TaskView } from './view/task-view';

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
  /** Tasks per state, and `attention`, whatever the filter. */
  counts: Record<string, number>;
  /** What is not among the items: records that cannot be read, and in one namespace what tasks without one left. */
  problems: MessageRef[];
}

/** One page of the tasks that the user may see. */
export async function listTasks(context: TaskContext, query: TaskQuery): Promise<TaskPage> {
  const { cluster } = context;
  if (query.namespace !== null && !(await cluster.isVisible(query.namespace))) {
    throw new ApiError('forbidden', { reason: `list configmaps (${query.namespace})` });
  }
  const records = await listRecords(cluster, query.namespace);
  const standings = await taskStandings(
    context,
    records.map(({ record }) => record),
  );
  const found = sorted(
    standings.filter((standing) => isWanted(standing, query)),
    query.sort,
  );
  const from = query.continue === null ? 0 : pageStart(found, query.sort, query.continue);
  const page = found.slice(from, from + query.limit);
  const last = page.at(-1);
  const isMore = from + page.length < found.length;
  return {
    items: await Promise.all(page.map((standing) => viewStanding(context, standing))),
    continue: isMore && last ? cursorOf(last, query.sort) : null,
    counts: countsOf(standings),
    problems: [
      ...(await listRecordProblems(cluster, query.namespace)),
      ...(query.namespace === null ? [] : await listOrphans(context, query.namespace)),
    ],
  };
}

function isWanted({ record, derived }: TaskStanding, { states, q }: TaskQuery): boolean {
  const { state } = derived;
  const inState =
    states.length === 0 || states.includes(state) || (states.includes('attention') && needsAttention(derived));
  if (!inState) return false;
  const text = q.trim().toLowerCase();
  return text === '' || searchText(record).includes(text);
}

/** What a search looks in, in lower case. */
function searchText({ spec, createdBy }: TaskRecord): string {
  const versions = spec.primary.flatMap(({ workload, version }) => [workload, version]);
  const target = spec.targets.flatMap((one) => [one.workload ?? '', targetText(one)]);
  return [...target, spec.name, spec.service.name, spec.description, createdBy, ...versions].join('\n').toLowerCase();
}

type SortKey = (string | number)[];

/** What a sort compares; name and namespace make it unique. Newest and largest come first. */
function sortKey({ record, derived }: Pick<TaskStanding, 'record' | 'derived'>, sort: TaskSort): SortKey {
  const { spec, createdAt } = record;
  const identity = [spec.name, spec.namespace];
  switch (sort) {
    case 'name':
      return identity;
    case 'created':
      return [-Date.parse(createdAt), ...identity];
    case 'percentage':
      return [-Math.max(...percentagesOf(spec)), ...identity];
    case 'state':
      return [taskStates.indexOf(derived.state), ...identity];
    case 'attention':
      return [needsAttention(derived) ? 0 : 1, stateOrder.indexOf(derived.state), -Date.parse(createdAt), ...identity];
  }
}

function sorted(standings: readonly TaskStanding[], sort: TaskSort): TaskStanding[] {
  return standings
    .map((standing) => ({ standing, key: sortKey(standing, sort) }))
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ standing }) => standing);
}

function compareKeys(a: SortKey, b: SortKey): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? '';
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** Where a page ended: by value, so that a task that came or went meanwhile neither repeats nor hides another. */
function cursorOf(view: TaskStanding, sort: TaskSort): string {
  return Buffer.from(JSON.stringify([sort, ...sortKey(view, sort)])).toString('base64url');
}

function pageStart(found: readonly TaskStanding[], sort: TaskSort, cursor: string): number {
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

function countsOf(standings: readonly TaskStanding[]): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(taskStates.map((state) => [state, 0]));
  for (const { derived } of standings) counts[derived.state] = (counts[derived.state] ?? 0) + 1;
  return { ...counts, attention: standings.filter(({ derived }) => needsAttention(derived)).length };
}
