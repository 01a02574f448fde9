import type { Delivery, Placement, RouteChoice } from '@/lib/domain/task';
import type { ConditionDraft } from '@/components/request-match/conditions';

/**
 * What the operator typed, and only that: everything copied from the live workload is derived while rendering,
 * so a draft stays right when the cluster changes under it. `null` means "not touched".
 */
export interface WizardForm {
  name: string;
  description: string;
  service: string | null;
  /** Chosen ports; null = every HTTP and gRPC port of the service. */
  ports: number[] | null;
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
  /** Routes whose requests are copied; null = every one that leads to the service. */
  routes: RouteChoice[] | null;
  /** New versions beside the first, each with its own share. */
  moreVersions: MoreVersion[];
  /** Which requests are copied: those that meet one of these; none: every request. */
  conditions: ConditionDraft[];
  /** Conditions that gave way to those of the guide's test users, for the way back. */
  setAside: ConditionDraft[];
  /** As typed; `parsePercentage` decides what it means. */
  percentage: string;
  /** Null = the console's proposal. */
  placement: Placement | null;
  /** How changes of others' objects get there; null = as proposed. */
  delivery: Delivery | null;
  /** Null = as proposed, see `deniesWrites`. */
  denyWrites: boolean | null;
  /** The mirror's application sees which requests are copies. */
  marker: boolean;
  /** Only requests that change nothing are copied. */
  readsOnly: boolean;
}

/** A new version beside the first. */
export interface MoreVersion {
  /** Stable key of the row. */
  id: string;
  version: string;
  /** Image of the first container; null = as the live version's. */
  image: string | null;
  /** As typed. */
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

/** The low end of the guide's range for functional tests: enough samples, little load; raised on the task's page. */
export const initialPercentage = '10';

export const emptyContainerDraft: ContainerDraft = {
  image: null,
  envValues: {},
  envRemoved: [],
  envAdded: [],
  requests: {},
  limits: {},
};

/** The form as the wizard opens. */
export const emptyForm: WizardForm = {
  name: '',
  description: '',
  service: null,
  ports: null,
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
  moreVersions: [],
  routes: null,
  conditions: [],
  setAside: [],
  percentage: initialPercentage,
  placement: null,
  delivery: null,
  denyWrites: null,
  marker: false,
  readsOnly: false,
};

/** True when there is something to lose by leaving; a service alone is one click, or came with the address. */
export function isTouched(form: WizardForm): boolean {
  return JSON.stringify({ ...form, service: null }) !== JSON.stringify(emptyForm);
}

/** Chooses a service; what was set for another one (target, ports, placement) does not fit the new one. */
export function withService(form: WizardForm, service: string): WizardForm {
  if (form.service === service) return form;
  return {
    ...emptyForm,
    name: form.name,
    description: form.description,
    conditions: form.conditions,
    setAside: form.setAside,
    readsOnly: form.readsOnly,
    percentage: form.percentage,
    service,
  };
}

/** Switches to another kind of target; placement and protection are proposed anew for it. */
export function withTargetKind(form: WizardForm, targetKind: WizardForm['targetKind']): WizardForm {
  return form.targetKind === targetKind ? form : { ...form, targetKind, placement: null, denyWrites: null };
}

/** Adds a new version beside the first; with `live` it is an unchanged copy of that one (A/A), with the first one's share. */
export function withMoreVersion(form: WizardForm, version: string, live: string | null): WizardForm {
  const row = { id: nextId(form.moreVersions), image: null, percentage: form.percentage };
  return {
    ...form,
    moreVersions: [...form.moreVersions, { ...row, version: live === null ? version : `${live}-aa` }],
  };
}

/** Changes or (with null) drops a further version. */
export function withMoreVersionRow(
  form: WizardForm,
  id: string,
  patch: Partial<Omit<MoreVersion, 'id'>> | null,
): WizardForm {
  return { ...form, moreVersions: withRow(form.moreVersions, id, patch) };
}

/** Turns TLS to a host on or off; a port that is usual for the other way follows. */
export function withExternalTls(form: WizardForm, externalTls: boolean): WizardForm {
  const [from, to] = externalTls ? ['80', '443'] : ['443', '80'];
  return { ...form, externalTls, externalPort: form.externalPort === from ? to : form.externalPort };
}

/** True for a target that is there already, beside the service: nothing of it is placed. */
export function isElsewhere({ targetKind }: Pick<WizardForm, 'targetKind'>): boolean {
  return targetKind === 'service' || targetKind === 'external';
}

/** Makes the suggested version the operator's own. */
export function withShownVersion(form: WizardForm, version: string): WizardForm {
  return form.targetKind !== 'new' || form.version !== null || version === '' ? form : { ...form, version };
}

/** The draft of one container, empty when nothing of it was changed. */
export function containerDraft(form: WizardForm, container: string): ContainerDraft {
  return form.containers[container] ?? emptyContainerDraft;
}

/** Changes one container. */
export function withContainer(form: WizardForm, container: string, patch: Partial<ContainerDraft>): WizardForm {
  return {
    ...form,
    containers: { ...form.containers, [container]: { ...containerDraft(form, container), ...patch } },
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
function nextId(rows: readonly { id: string }[]): string {
  return String(rows.reduce((max, row) => Math.max(max, Number(row.id)), 0) + 1);
}

/** Changes or (with null) drops one of the rows. */
function withRow<Row extends { id: string }>(
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
