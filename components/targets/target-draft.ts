/** One target: only what belongs to its kind counts, the rest waits for the way back. */
export interface TargetDraft {
  targetKind: TargetKind;
  /** Null = the suggested version. */
  version: string | null;
  replicas: number;
  existing: string | null;
  /** Namespace of another service that is to get the copies; null = the task's own. */
  targetNamespace: string | null;
  targetService: string | null;
  /** Null = its only HTTP or gRPC port. */
  targetPort: number | null;
  /** A host outside the mesh, its port as typed, and whether proxies speak TLS to it. */
  externalHost: string;
  externalPort: string;
  externalTls: boolean;
  /** Changes of the copied containers, by container name. */
  containers: Record<string, ContainerDraft>;
}

/** A target beside others: it has a share of its own of the same requests. */
export interface ListedTargetDraft extends TargetDraft {
  /** As typed; `parsePercentage` decides what it means. */
  percentage: string;
}

/** What gets the copies: two kinds of version of the service, or what is there beside it. */
export const targetKinds = ['new', 'existing', 'service', 'external'] as const;
export type TargetKind = (typeof targetKinds)[number];

/** Changes of one copied container. */
export interface ContainerDraft {
  image: string | null;
  /** New values by variable name; null = was typed, was secret, has to be typed again (see draft.ts). */
  envValues: Record<string, string | null>;
  envRemoved: string[];
  envAdded: EnvAddition[];
  /** Changed quantities by resource name; an empty text takes the quantity away. */
  requests: Record<string, string>;
  limits: Record<string, string>;
}

export interface EnvAddition {
  /** Stable key of the row while its name is being typed. */
  id: string;
  name: string;
  value: string | null;
}

/** Nothing of a copied container is changed. */
export const emptyContainerDraft: ContainerDraft = {
  image: null,
  envValues: {},
  envRemoved: [],
  envAdded: [],
  requests: {},
  limits: {},
};

/** A target as it is offered: a new version with nothing changed. */
export const emptyTarget: TargetDraft = {
  targetKind: 'new',
  version: null,
  replicas: 1,
  existing: null,
  targetNamespace: null,
  targetService: null,
  targetPort: null,
  externalHost: '',
  externalPort: '80',
  externalTls: false,
  containers: {},
};

/** Turns TLS to a host on or off; a port that is usual for the other way follows. */
export function withExternalTls(target: TargetDraft, externalTls: boolean): TargetDraft {
  const [from, to] = externalTls ? ['80', '443'] : ['443', '80'];
  return { ...target, externalTls, externalPort: target.externalPort === from ? to : target.externalPort };
}

/** The draft of one container, empty when nothing of it was changed. */
export function containerDraft(target: Pick<TargetDraft, 'containers'>, container: string): ContainerDraft {
  return target.containers[container] ?? emptyContainerDraft;
}

/** Changes one container. */
export function withContainer<Target extends TargetDraft>(
  target: Target,
  container: string,
  patch: Partial<ContainerDraft>,
): Target {
  return {
    ...target,
    containers: { ...target.containers, [container]: { ...containerDraft(target, container), ...patch } },
  };
}

/** Sets a copied variable; giving it the live value again makes it untouched. */
export function withEnvValue(
  draft: ContainerDraft,
  name: string,
  value: string,
  liveValue: string | null,
): ContainerDraft {
  const { [name]: _dropped, ...others } = draft.envValues;
  return {
    ...draft,
    envRemoved: draft.envRemoved.filter((removed) => removed !== name),
    envValues: value === (liveValue ?? '') ? others : { ...others, [name]: value },
  };
}

/** Takes a copied variable out, or puts it back. */
export function withEnvRemoved(draft: ContainerDraft, name: string, removed: boolean): ContainerDraft {
  const others = draft.envRemoved.filter((other) => other !== name);
  return { ...draft, envRemoved: removed ? [...others, name] : others };
}

/** Adds a row. */
export function withEnvAdded(draft: ContainerDraft, name: string, value: string): ContainerDraft {
  return { ...draft, envAdded: [...draft.envAdded, { id: nextId(draft.envAdded), name, value }] };
}

/** Changes or (with null) drops an added row. */
export function withEnvRow(
  draft: ContainerDraft,
  id: string,
  patch: Partial<Omit<EnvAddition, 'id'>> | null,
): ContainerDraft {
  return { ...draft, envAdded: withRow(draft.envAdded, id, patch) };
}

/** Unique among the rows that are there. */
export function nextId(rows: readonly { id: string }[]): string {
  return String(rows.reduce((max, row) => Math.max(max, Number(row.id)), 0) + 1);
}

/** Changes or (with null) drops one of the rows. */
export function withRow<Row extends { id: string }>(
  rows: readonly Row[],
  id: string,
  patch: Partial<Omit<NoInfer<Row>, 'id'>> | null,
): Row[] {
  return rows.flatMap((row) => {
    if (row.id !== id) return [row];
    return patch === null ? [] : [{ ...row, ...patch }];
  });
}

/** Sets a quantity; the live one again makes it untouched. */
export function withQuantity(
  draft: ContainerDraft,
  side: 'requests' | 'limits',
  resource: string,
  quantity: string,
  liveQuantity: string | undefined,
): ContainerDraft {
  const { [resource]: _dropped, ...others } = draft[side];
  return { ...draft, [side]: quantity === (liveQuantity ?? '') ? others : { ...others, [resource]: quantity } };
}
