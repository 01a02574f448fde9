import type { ConditionDraft } from '@/components/request-match/conditions';
import {
  emptyTarget,
  nextId,
  withRow,
  type ListedTargetDraft,
  type TargetDraft,
} from '@/components/targets/target-draft';
import type { Delivery, Placement, RouteChoice } from '@/lib/domain/task';

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

/** A target beside the first. */
export interface FurtherTarget extends ListedTargetDraft {
  /** Stable key of the row. */
  id: string;
}

/** The low end of the guide's range for functional tests: enough samples, little load; raised on the task's page. */
export const initialPercentage = '10';

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

/** Makes the suggested versions the operator's own: `shown` by the targets' keys. */
export function withShownVersions(form: WizardForm, shown: (key: TargetKey) => string): WizardForm {
  const fixed = <Target extends TargetDraft>(target: Target, key: TargetKey): Target => {
    if (target.targetKind !== 'new' || target.version !== null || shown(key) === '') return target;
    return { ...target, version: shown(key) };
  };
  return { ...fixed(form, null), further: form.further.map((row) => fixed(row, row.id)) };
}
