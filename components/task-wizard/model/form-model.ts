import type { Delivery, Placement, RouteChoice } from '@/lib/domain/task';
import type { ConditionDraft } from '@/components/request-match/conditions';

/**
 * What the operator typed, and only that: everything copied from the live workload is derived while rendering,
 * so a draft stays right when the cluster changes under it. `null` means "not touched".
 */
export interface WizardForm extends TargetDraft {
  name: string;
  description: string;
  service: string | null;
  /** Chosen ports; null = every HTTP and gRPC port of the service. */
  ports: number[] | null;
  /** Routes whose requests are copied; null = every one that leads to the service. */
  routes: RouteChoice[] | null;
  /** Targets beside the first, each with its own share. */
  further: FurtherTarget[];
  /** Which requests are copied: those that meet one of these; none: every request. */
  conditions: ConditionDraft[];
  /** Conditions that gave way to those of the guide's test users, for the way back. */
  setAside: ConditionDraft[];
  /** Of the first target, as typed; `parsePercentage` decides what it means. */
  percentage: string;
  /** Of what `placedKind` names; null = the console's proposal. */
  placement: Placement | null;
  /** How changes of others' objects get there; null = as proposed. */
  delivery: Delivery | null;
  /** Of what `placedKind` names; null = as proposed, see `deniesWrites`. */
  denyWrites: boolean | null;
  /** The mirror's application sees which requests are copies. */
  marker: boolean;
  /** Only requests that change nothing are copied; null = as proposed, see `copiesReadsOnly`. */
  readsOnly: boolean | null;
}

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

/** A target beside the first. */
export interface FurtherTarget extends TargetDraft {
  /** Stable key of the row. */
  id: string;
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

/** A target as the wizard offers it: a new version with nothing changed. */
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

/** The form as the wizard opens. */
export const emptyForm: WizardForm = {
  ...emptyTarget,
  name: '',
  description: '',
  service: null,
  ports: null,
  further: [],
  routes: null,
  conditions: [],
  setAside: [],
  percentage: initialPercentage,
  placement: null,
  delivery: null,
  denyWrites: null,
  marker: false,
  readsOnly: null,
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

/** Key of a target of the form: that of its row, null for the first. */
export type TargetKey = string | null;

/** One of the form's targets; the first where a further one is not there. */
export function targetOf(form: WizardForm, key: TargetKey): TargetDraft {
  return form.further.find(({ id }) => id === key) ?? form;
}

/** Field of a target, in problems and on the page. */
export function targetField(key: TargetKey, field: string): string {
  return key === null ? field : `further.${key}.${field}`;
}

/** Changes a target; what was chosen for other ones is proposed anew. */
export function withTarget(form: WizardForm, key: TargetKey, change: (target: TargetDraft) => TargetDraft): WizardForm {
  const changed =
    key === null
      ? { ...form, ...change(form) }
      : { ...form, further: form.further.map((row) => (row.id === key ? { ...row, ...change(row) } : row)) };
  return proposedAnew(changed, form);
}

/** Adds a target beside the first, with its share: a new version, of that name if one is given. */
export function withFurtherTarget(form: WizardForm, version: string | null = null): WizardForm {
  const row = { ...emptyTarget, version, id: nextId(form.further), percentage: form.percentage };
  return proposedAnew({ ...form, further: [...form.further, row] }, form);
}

/** Drops a further target. */
export function withoutFurtherTarget(form: WizardForm, id: string): WizardForm {
  return proposedAnew({ ...form, further: withRow(form.further, id, null) }, form);
}

/** Sets the share of a further target, as typed. */
export function withFurtherShare(form: WizardForm, id: string, percentage: string): WizardForm {
  return { ...form, further: withRow(form.further, id, { percentage }) };
}

/**
 * Whom placement and protection are chosen for: the new versions; where there is none, the workloads that are there
 * already; null where every target is elsewhere, so that nothing is placed and nothing can be protected.
 */
export function placedKind(form: WizardForm): 'new' | 'existing' | null {
  const kinds = [form, ...form.further].map(({ targetKind }) => targetKind);
  return (['new', 'existing'] as const).find((kind) => kinds.includes(kind)) ?? null;
}

/** The target that placement is asked about: the first of those that it is chosen for, else the first of all. */
export function placedTarget(form: WizardForm): TargetKey {
  const kind = placedKind(form);
  if (kind === null || form.targetKind === kind) return null;
  return form.further.find(({ targetKind }) => targetKind === kind)?.id ?? null;
}

/** Workloads that placement and protection are not chosen for: those that are there already, beside a new version. */
export function leftAsTheyAre(form: WizardForm): string[] {
  if (placedKind(form) !== 'new') return [];
  const all = [form, ...form.further];
  return all.flatMap(({ targetKind, existing }) => (targetKind === 'existing' ? [existing ?? ''] : []));
}

/** True when a target is no new version: writes are not denied there unless that is asked for. */
export function hasUnguarded({ targetKind, further }: Pick<WizardForm, 'targetKind' | 'further'>): boolean {
  return [targetKind, ...further.map((one) => one.targetKind)].some((kind) => kind !== 'new');
}

/** Placement and protection hold for what they were chosen for; so does that writes may be copied. */
function proposedAnew(after: WizardForm, before: WizardForm): WizardForm {
  const kind = placedKind(after);
  const form = isAskedOf(after, before) ? after : { ...after, readsOnly: after.readsOnly || null };
  // Somebody's proxies add a header only where that was asked for of them.
  const marker = form.marker && kind === 'new';
  if (kind !== placedKind(before)) return { ...form, placement: null, denyWrites: null, marker };
  const isOther = kind === 'existing' && workloadsOf(form) !== workloadsOf(before);
  return isOther ? { ...form, placement: null, denyWrites: null, marker } : form;
}

/** True when whatever is no new version was there when it was said whether writes are copied. */
function isAskedOf(after: WizardForm, before: WizardForm): boolean {
  const known = unguardedOf(before);
  return hasUnguarded(after) === hasUnguarded(before) && unguardedOf(after).every((one) => known.includes(one));
}

function unguardedOf(form: WizardForm): string[] {
  return [form, ...form.further].flatMap((target) => {
    const { targetKind, existing, targetNamespace, targetService, externalHost } = target;
    const names = {
      new: [],
      existing: [existing],
      service: [targetNamespace, targetService],
      external: [externalHost],
    };
    return targetKind === 'new' ? [] : JSON.stringify([targetKind, ...names[targetKind]]);
  });
}

function workloadsOf(form: WizardForm): string {
  return [form, ...form.further].map(({ existing }) => existing ?? '').join();
}

/** Turns TLS to a host on or off; a port that is usual for the other way follows. */
export function withExternalTls(target: TargetDraft, externalTls: boolean): TargetDraft {
  const [from, to] = externalTls ? ['80', '443'] : ['443', '80'];
  return { ...target, externalTls, externalPort: target.externalPort === from ? to : target.externalPort };
}

/** Makes the suggested versions the operator's own: `shown` by the targets' keys. */
export function withShownVersions(form: WizardForm, shown: (key: TargetKey) => string): WizardForm {
  const fixed = <Target extends TargetDraft>(target: Target, key: TargetKey): Target => {
    if (target.targetKind !== 'new' || target.version !== null || shown(key) === '') return target;
    return { ...target, version: shown(key) };
  };
  return { ...fixed(form, null), further: form.further.map((row) => fixed(row, row.id)) };
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
