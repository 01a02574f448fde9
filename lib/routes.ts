/** Every address of the console, typed. `namespace` is kept across pages as `?namespace=`. */

export const taskTabs = ['overview', 'logs', 'resources', 'verify', 'activity'] as const;
export type TaskTab = (typeof taskTabs)[number];

/** What the detail page opens at once: the drawers of `?action=change`, `finish`, `restore` and `adopt`, the dialog of `delete`. */
export const taskPageActions = ['change', 'finish', 'restore', 'adopt', 'delete'] as const;
export type TaskPageAction = (typeof taskPageActions)[number];

type Query = Record<string, string | readonly string[] | null | undefined>;

/** `path` with the parts of `query` that have a value. */
export function href(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) if (item) params.append(name, item);
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

type Namespace = string | null | undefined;

export const routes = {
  tasks: (namespace?: Namespace, query: { q?: string; state?: string; sort?: string } = {}) =>
    href('/tasks', { namespace, ...query }),
  newTask: (namespace?: Namespace, query: { service?: string; step?: string; from?: string } = {}) =>
    href('/tasks/new', { namespace, ...query }),
  task: (
    namespace: string,
    name: string,
    query: { tab?: TaskTab; range?: string; action?: TaskPageAction; object?: string } = {},
  ) => href(`/tasks/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`, query),
  deployments: (namespace?: Namespace, query: { q?: string } = {}) => href('/deployments', { namespace, ...query }),
  services: (namespace?: Namespace, query: { q?: string } = {}) => href('/services', { namespace, ...query }),
  activity: (namespace?: Namespace, query: { q?: string } = {}) => href('/activity', { namespace, ...query }),
};
