import { infiniteQueryOptions, keepPreviousData, queryOptions, type QueryClient } from '@tanstack/react-query';
import type { ChangeTaskInput, CreateTaskInput } from '@/lib/contract/create-task-input';
import type {
  ActivityList,
  ManifestList,
  PatchList,
  Plan,
  Task,
  TaskChecks,
  TaskList,
  TaskPodList,
  TaskRequests,
  VerificationList,
} from '@/lib/contract/task';
import type * as z from 'zod/mini';
import { inventoryKey } from './inventory';
import { apiPath, apiUrl, requestJson } from './http';
import { pollMs, taskPollMs } from './poll';

export const taskSorts = ['attention', 'name', 'created', 'state', 'percentage'] as const;
export type TaskSort = (typeof taskSorts)[number];

export interface TaskFilter {
  namespace: string;
  /** States, or `attention` for those that need a person; empty = all. */
  states: readonly string[];
  q: string;
  sort: TaskSort;
}

/** Body of POST /api/tasks: fields with a default may be left out. */
export type CreateTaskBody = z.input<typeof CreateTaskInput>;

/** What a running task is to have anew. */
export type ChangeBody = Omit<ChangeTaskInput, 'basis'>;

type PodList = z.infer<typeof TaskPodList>;
type Manifests = z.infer<typeof ManifestList>;
type Activity = z.infer<typeof ActivityList>;

const pageSize = 50;

/** Keys of everything about tasks. Lists and single tasks are apart, so that an event can name one task. */
export const taskKeys = {
  lists: ['tasks'] as const,
  one: (namespace: string, name: string) => ['task', namespace, name] as const,
};

/** The list, page by page. `counts` of the first page are those of the namespace, whatever the filter. */
export function taskListOptions(filter: TaskFilter) {
  return infiniteQueryOptions({
    queryKey: [...taskKeys.lists, 'list', filter] as const,
    queryFn: ({ pageParam, signal }) =>
      requestJson<TaskList>('GET', '/api/tasks', {
        query: {
          namespace: filter.namespace,
          state: filter.states,
          q: filter.q,
          sort: filter.sort,
          limit: pageSize,
          continue: pageParam,
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.continue,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => taskPollMs(query.state.data?.pages.flatMap((page) => page.items) ?? []),
  });
}

/** How many tasks of a namespace are in each state. */
export function taskCountsOptions(namespace: string) {
  return queryOptions({
    queryKey: [...taskKeys.lists, 'counts', namespace] as const,
    queryFn: ({ signal }) => requestJson<TaskList>('GET', '/api/tasks', { query: { namespace, limit: 1 }, signal }),
    select: (list) => list.counts,
    refetchInterval: () => taskPollMs([]),
  });
}

/** One task; steps of a running operation come with it. */
export function taskOptions(namespace: string, name: string) {
  return queryOptions({
    queryKey: [...taskKeys.one(namespace, name), 'task'] as const,
    queryFn: ({ signal }) => requestJson<Task>('GET', apiPath('tasks', namespace, name), { signal }),
    refetchInterval: (query) => {
      const task = query.state.data;
      // No event tells that copies have stopped: the evidence comes with time.
      const evidence = task?.stop?.reason?.code;
      if (evidence === 'stop_settling' || evidence === 'stop_still_arriving') return pollMs.withoutEvents;
      return taskPollMs(task ? [task] : []);
    },
  });
}

/** What the task changed in the cluster, object by object, before and now. */
export function taskManifestsOptions(namespace: string, name: string) {
  return queryOptions({
    queryKey: [...taskKeys.one(namespace, name), 'manifests'] as const,
    queryFn: ({ signal }) => requestJson<Manifests>('GET', apiPath('tasks', namespace, name, 'manifests'), { signal }),
    refetchInterval: pollMs.withEvents,
  });
}

/** Where the task's objects are had as one YAML file. */
export function manifestsFileUrl(namespace: string, name: string): string {
  return apiUrl(apiPath('tasks', namespace, name, 'manifests'), { format: 'yaml' });
}

/** The request for another task like this one. */
export function taskInputOptions(namespace: string, name: string) {
  return queryOptions({
    queryKey: [...taskKeys.one(namespace, name), 'input'] as const,
    queryFn: ({ signal }) =>
      requestJson<CreateTaskInput>('GET', apiPath('tasks', namespace, name, 'input'), { signal }),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
}

/** Commands and queries that show what the task does. */
export function taskVerificationOptions(namespace: string, name: string) {
  return queryOptions({
    queryKey: [...taskKeys.one(namespace, name), 'verification'] as const,
    queryFn: ({ signal }) =>
      requestJson<VerificationList>('GET', apiPath('tasks', namespace, name, 'verification'), { signal }),
    refetchInterval: pollMs.withEvents,
  });
}

/** What the owners of shared objects are asked to do, while the task's operation waits for them. */
export function taskPatchOptions(namespace: string, name: string) {
  return queryOptions({
    queryKey: [...taskKeys.one(namespace, name), 'patch'] as const,
    queryFn: ({ signal }) => requestJson<PatchList>('GET', apiPath('tasks', namespace, name, 'patch'), { signal }),
    refetchInterval: pollMs.withoutEvents,
  });
}

/** What has changed around a task since its creation: its checks of today. */
export function taskChecksOptions(namespace: string, name: string) {
  return queryOptions({
    queryKey: [...taskKeys.one(namespace, name), 'checks'] as const,
    queryFn: ({ signal }) => requestJson<TaskChecks>('GET', apiPath('tasks', namespace, name, 'checks'), { signal }),
    refetchInterval: pollMs.withEvents,
  });
}

/** Pods of both sides with their usage. */
export function taskPodsOptions(namespace: string, name: string) {
  return queryOptions({
    queryKey: [...taskKeys.one(namespace, name), 'pods'] as const,
    queryFn: ({ signal }) => requestJson<PodList>('GET', apiPath('tasks', namespace, name, 'pods'), { signal }),
    refetchInterval: pollMs.withoutEvents,
  });
}

/** Requests that both sides have received, as their sidecars logged them; asked for again and again with `follow`. */
export function taskRequestsOptions(
  namespace: string,
  name: string,
  { q, differing, follow }: { q: string; differing: boolean; follow: boolean },
) {
  return queryOptions({
    queryKey: [...taskKeys.one(namespace, name), 'requests', q, differing] as const,
    queryFn: ({ signal }) =>
      requestJson<TaskRequests>('GET', apiPath('tasks', namespace, name, 'requests'), {
        query: { q, differing },
        signal,
      }),
    placeholderData: keepPreviousData,
    // What could not be read is asked for again even by a page that does not follow.
    refetchInterval: (query) => (follow || query.state.status === 'error') && pollMs.withoutEvents,
  });
}

/** Who did what with one task. */
export function taskActivityOptions(namespace: string, name: string) {
  return queryOptions({
    queryKey: [...taskKeys.one(namespace, name), 'activity'] as const,
    queryFn: ({ signal }) => requestJson<Activity>('GET', apiPath('tasks', namespace, name, 'activity'), { signal }),
    refetchInterval: () => taskPollMs([]),
  });
}

/** Who did what in a namespace, newest first. */
export function activityOptions(namespace: string) {
  return queryOptions({
    queryKey: [...taskKeys.lists, 'activity', namespace] as const,
    queryFn: ({ signal }) => requestJson<Activity>('GET', '/api/activity', { query: { namespace }, signal }),
    refetchInterval: () => taskPollMs([]),
  });
}

/** The plan of a task that does not stand yet: checks, steps, object changes; writes nothing. */
export function planTaskOptions(input: CreateTaskBody) {
  return queryOptions({
    queryKey: ['task-plan', input] as const,
    queryFn: ({ signal }) => requestJson<Plan>('POST', '/api/tasks/plan', { body: input, signal }),
    // A plan speaks of the moment it was made.
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
}

/** A verb on a task that stands; change carries what is to be otherwise, finish what becomes of a workload the task made. */
export type TaskVerbRequest =
  | ({ verb: 'change' } & ChangeBody)
  | { verb: 'finish'; keepWorkload: boolean }
  | { verb: 'pause' | 'resume' | 'retry' | 'rollback' | 'restore' | 'adopt' | 'delete' };

/**
 * Method, path and body of a verb; `dryRun` asks for its plan instead. `basis`: what the plan that was looked at was
 * made on; the verb is refused (precondition_failed) when something of it has changed since.
 */
export function verbRequest(namespace: string, name: string, request: TaskVerbRequest, basis?: Plan['basis']) {
  const path = apiPath('tasks', namespace, name);
  const { verb, ...rest } = request;
  const body = { ...rest, ...(basis ? { basis } : {}) };
  if (verb === 'change') return { method: 'PATCH', path, body } as const;
  if (verb === 'delete') return { method: 'DELETE', path, body: basis ? body : undefined } as const;
  return { method: 'POST', path: `${path}/${verb}`, body } as const;
}

/** Objects that changed, came or went between two plans, as `Kind namespace/name`. */
export function changedObjects(before: Plan['basis'], after: Plan['basis']): string[] {
  type Entry = Plan['basis'][number];
  const keyOf = ({ kind, namespace, name }: Entry) => `${kind} ${namespace}/${name}`;
  const versionsOf = (basis: Plan['basis']) =>
    new Map(basis.map((entry) => [keyOf(entry), `${entry.uid}@${entry.resourceVersion}`]));
  const [old, now] = [versionsOf(before), versionsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key));
}

/** What a verb would change; writes nothing. */
export function taskPlanOptions(namespace: string, name: string, request: TaskVerbRequest) {
  return queryOptions({
    queryKey: [...taskKeys.one(namespace, name), 'plan', request] as const,
    queryFn: ({ signal }) => {
      const { method, path, body } = verbRequest(namespace, name, request);
      return requestJson<Plan>(method, path, { query: { dryRun: true }, body, signal });
    },
    staleTime: 5000,
    gcTime: 0,
    retry: false,
  });
}

/** After writes or events: makes everything that may show these tasks fresh, each query once. */
export async function invalidateTasks(
  client: QueryClient,
  tasks: readonly { namespace: string; name: string }[],
): Promise<void> {
  if (tasks.length === 0) return;
  const namespaces = new Set(tasks.map((task) => task.namespace));
  const keys = [
    taskKeys.lists,
    ...tasks.map((task) => taskKeys.one(task.namespace, task.name)),
    ...[...namespaces].map((namespace) => [inventoryKey, namespace]),
  ];
  await Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
}
