import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { ContainerInfo } from '@/lib/contract/inventory';
import { containerDraft, type ContainerDraft, type TargetDraft } from './target-draft';

export type EnvState = 'copied' | 'changed' | 'added' | 'removed';

/** One line of the environment table. */
export interface EnvRow {
  /** `live:NAME` or `added:ID`. */
  key: string;
  /** Of an added row; null for a copied one, whose name is fixed. */
  id: string | null;
  name: string;
  /** Null when it has to be typed again after a refresh. */
  value: string | null;
  liveValue: string | null;
  /** "secret NAME/KEY" and the like; such a value is kept as it is. */
  from: string | null;
  state: EnvState;
}

/** One copied container with the operator's changes on top. */
export interface ContainerView {
  name: string;
  init: boolean;
  image: string;
  liveImage: string;
  env: EnvRow[];
  requests: Record<string, string>;
  limits: Record<string, string>;
  live: ContainerInfo;
  draft: ContainerDraft;
}

/** Live containers with a target's changes on top; changes of a container that no longer exists are not shown. */
export function prepareContainers(
  live: readonly ContainerInfo[],
  target: Pick<TargetDraft, 'containers'>,
): ContainerView[] {
  return live.map((container) => {
    const draft = containerDraft(target, container.name);
    return {
      name: container.name,
      init: container.init,
      image: draft.image ?? container.image,
      liveImage: container.image,
      env: envRows(container, draft),
      requests: quantities(container.resources.requests, draft.requests),
      limits: quantities(container.resources.limits, draft.limits),
      live: container,
      draft,
    };
  });
}

/** True when the container differs from the live one in anything. */
export function isChanged(view: ContainerView): boolean {
  return toContainerInput(view) !== null;
}

/** Secrets that the new version would share with the live one, by name, each once. */
export function sharedSecrets(views: readonly ContainerView[]): string[] {
  const names = views.flatMap((view) =>
    view.env.flatMap((row) => {
      const match = row.state === 'removed' ? null : /^secret ([^/]+)/i.exec(row.from ?? '');
      return match?.[1] === undefined ? [] : [match[1]];
    }),
  );
  return [...new Set(names)];
}

type ContainerInput = Extract<CreateTaskInput['target'], { version: string }>['containers'][number];

/** The container's changes as the API takes them; null when there are none. An absent field keeps the live one. */
export function toContainerInput(view: ContainerView): ContainerInput | null {
  const { draft, live } = view;
  const input: ContainerInput = { name: view.name };
  if (view.image.trim() !== live.image) input.image = view.image.trim();
  if (view.env.some((row) => row.state !== 'copied')) input.env = toEnvInput(view);
  if (Object.keys(draft.requests).length > 0 || Object.keys(draft.limits).length > 0) {
    input.resources = { requests: withoutEmpty(view.requests), limits: withoutEmpty(view.limits) };
  }
  return Object.keys(input).length > 1 ? input : null;
}

type EnvInput = NonNullable<ContainerInput['env']>;

function toEnvInput(view: ContainerView): EnvInput {
  const references = new Map(view.live.env.map((variable) => [variable.name, variable.valueFrom]));
  return view.env.flatMap((row): EnvInput => {
    if (row.state === 'removed') return [];
    const reference = row.id === null ? references.get(row.name) : null;
    if (row.from !== null && reference) return [{ name: row.name, valueFrom: reference }];
    return [{ name: row.name, value: row.value ?? '' }];
  });
}

function envRows(container: ContainerInfo, draft: ContainerDraft): EnvRow[] {
  const copied = container.env.map((variable): EnvRow => {
    const typed = variable.from === null ? draft.envValues[variable.name] : undefined;
    return {
      key: `live:${variable.name}`,
      id: null,
      name: variable.name,
      value: typed === undefined ? variable.value : typed,
      liveValue: variable.value,
      from: variable.from,
      state: envState(draft, variable.name, typed !== undefined),
    };
  });
  const added = draft.envAdded.map((row): EnvRow => ({
    key: `added:${row.id}`,
    id: row.id,
    name: row.name,
    value: row.value,
    liveValue: null,
    from: null,
    state: 'added',
  }));
  return [...copied, ...added];
}

function envState(draft: ContainerDraft, name: string, typed: boolean): EnvState {
  if (draft.envRemoved.includes(name)) return 'removed';
  return typed ? 'changed' : 'copied';
}

function quantities(live: Record<string, string>, changed: Record<string, string>): Record<string, string> {
  return { ...live, ...changed };
}

function withoutEmpty(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values)
      .map(([resource, quantity]) => [resource, quantity.trim()] as const)
      .filter(([, quantity]) => quantity !== ''),
  );
}
