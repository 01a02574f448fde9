import { fromMatchInput } from '@/components/request-match/conditions';
import {
  emptyContainerDraft,
  emptyTarget,
  type ContainerDraft,
  type TargetDraft,
} from '@/components/targets/target-draft';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { ContainerInfo } from '@/lib/contract/inventory';
import { wishesOf, type TargetWish } from '@/lib/domain/planning-snapshot';
import { safeMethods } from '@/lib/domain/request-match';
import { sameJson } from '@/lib/domain/structure';
import { emptyForm, hasUnguarded, placedKind, type WizardForm } from './form-model';

type Target = NonNullable<CreateTaskInput['target']>;
type ContainerInput = Extract<Target, { version: string }>['containers'][number];
type EnvInput = NonNullable<ContainerInput['env']>[number];

export interface Prefilled {
  form: WizardForm;
  /** What the form cannot take over: `container`, `container VARIABLE` or a field of the request. It is to be looked at by hand. */
  lost: string[];
}

/**
 * The form filled in from another task's request. `live`: the containers of the workload that new versions are copied
 * from now; what the task sets alike is not touched. `isTaken`: versions that are in use; instead of such a one a target
 * gets the suggested one, and the first always does.
 */
export function formFromTask(
  input: CreateTaskInput,
  live: readonly ContainerInfo[],
  isTaken: (version: string) => boolean,
): Prefilled {
  const wishes = wishesOf(input);
  const targets: Target[] = input.targets ?? (input.target ? [input.target] : []);
  const [first, ...others] = targets.map((target, index) => {
    const { draft, lost } = fromTarget(target, input.namespace, live);
    return { draft, lost, wish: wishes[index] };
  });
  const form = {
    ...emptyForm,
    name: input.name,
    description: input.description,
    service: input.service,
    ports: input.ports ?? null,
    ...first?.draft,
    version: null,
    percentage: String(first?.wish?.percentage ?? 100),
    further: others.map(({ wish, draft }, index) => ({
      ...draft,
      version: draft.version === null || isTaken(draft.version) ? null : draft.version,
      id: String(index + 1),
      percentage: String(wish?.percentage),
    })),
    delivery: input.delivery ?? null,
    routes: input.routes ?? null,
    conditions: fromMatchInput(input.match ?? []),
  };
  // Of new versions nothing was decided by that: so it is for another target, if one is put in their place.
  const readsOnly = isReadsOnly(input.safety?.methods) || (hasUnguarded(form) ? false : null);
  const kind = placedKind(form);
  const ofKind = [first, ...others].find((one) => one?.draft.targetKind === kind)?.wish;
  return {
    form: { ...form, readsOnly, placement: ofKind?.placement ?? null, ...protectionOf(ofKind?.safety) },
    lost: [
      ...(first?.lost ?? []),
      ...lostMethods(input.safety?.methods),
      ...[first, ...others].flatMap((one, index) => {
        const own = one?.draft.targetKind === kind ? differences(one?.wish, ofKind) : protection(one?.wish);
        return own.map((field) => `targets[${index}].${field}`);
      }),
      ...others.flatMap(({ lost }, index) => lost.map((name) => `targets[${index + 1}] ${name}`)),
    ],
  };
}

/** The form has one placement and one protection for all of a kind. */
function differences(wish: TargetWish | undefined, other: TargetWish | undefined): string[] {
  const isOther = {
    placement: wish?.placement !== other?.placement,
    safety: !sameJson(protectionOf(wish?.safety), protectionOf(other?.safety)),
  };
  return Object.entries(isOther).flatMap(([field, differs]) => (differs ? [field] : []));
}

/** Beside a new version nothing is done to the proxies of a workload that is there already. */
function protection(wish: TargetWish | undefined): string[] {
  return wish?.safety?.denyWrites || wish?.safety?.marker ? ['safety'] : [];
}

/** What a wish says of protection, as the form knows it. */
function protectionOf(safety: TargetWish['safety']): Pick<WizardForm, 'denyWrites' | 'marker'> {
  return { denyWrites: safety?.denyWrites ?? null, marker: safety?.marker ?? false };
}

/** The form knows every method, or those that change nothing. */
function isReadsOnly(methods: readonly string[] | undefined): boolean {
  return methods !== undefined && sameJson([...methods].toSorted(), [...safeMethods].toSorted());
}

function lostMethods(methods: readonly string[] | undefined): string[] {
  return methods === undefined || isReadsOnly(methods) ? [] : ['safety.methods'];
}

/** A target as the form has it, and what of its containers it cannot have. */
function fromTarget(
  target: Target,
  namespace: string,
  live: readonly ContainerInfo[],
): { draft: TargetDraft; lost: string[] } {
  if (target.kind === 'service') {
    const targetNamespace = target.namespace === namespace ? null : target.namespace;
    const named = { targetNamespace, targetService: target.name, targetPort: target.port };
    return { draft: { ...emptyTarget, targetKind: 'service', ...named }, lost: [] };
  }
  if (target.kind === 'external') {
    const { host, port, tls } = target;
    const named = { externalHost: host, externalPort: String(port), externalTls: tls };
    return { draft: { ...emptyTarget, targetKind: 'external', ...named }, lost: [] };
  }
  if ('existing' in target) {
    return { draft: { ...emptyTarget, targetKind: 'existing', existing: target.existing }, lost: [] };
  }
  const { version, replicas } = target;
  const found = target.containers.map((container) => fromContainer(container, live));
  const containers = Object.fromEntries(found.flatMap(({ name, draft }) => (draft ? [[name, draft]] : [])));
  return { draft: { ...emptyTarget, version, replicas, containers }, lost: found.flatMap(({ lost }) => lost) };
}

interface FromContainer {
  name: string;
  draft: ContainerDraft | null;
  lost: string[];
}

function fromContainer(input: ContainerInput, live: readonly ContainerInfo[]): FromContainer {
  const { name } = input;
  const container = live.find((one) => one.name === name);
  if (!container) return { name, draft: null, lost: [name] };
  const env = input.env ? fromEnv(input.env, container) : { draft: {}, lost: [] };
  const { requests = {}, limits = {} } = input.resources ?? {};
  const draft: ContainerDraft = {
    ...emptyContainerDraft,
    image: input.image === undefined || input.image === container.image ? null : input.image,
    ...env.draft,
    ...(input.resources && {
      requests: changedQuantities(requests, container.resources.requests),
      limits: changedQuantities(limits, container.resources.limits),
    }),
  };
  return { name, draft, lost: env.lost.map((variable) => `${name} ${variable}`) };
}

type EnvDraft = Pick<ContainerDraft, 'envValues' | 'envRemoved' | 'envAdded'>;

/** A list of variables is whole: what it does not name was taken out. */
function fromEnv(env: readonly EnvInput[], container: ContainerInfo): { draft: EnvDraft; lost: string[] } {
  const live = new Map(container.env.map((variable) => [variable.name, variable]));
  const wanted = new Map(env.map((variable) => [variable.name, variable]));
  // A value in a reference's place: the form knows that as one out, one in.
  const replaces = ({ name, valueFrom }: EnvInput): boolean => !valueFrom && Boolean(live.get(name)?.valueFrom);
  const isOut = (name: string): boolean => {
    const variable = wanted.get(name);
    return variable === undefined || replaces(variable);
  };
  const added = env.filter((variable) => !variable.valueFrom && (!live.has(variable.name) || replaces(variable)));
  const changed = env.filter(({ name, value, valueFrom }) => {
    const known = live.get(name);
    return known && !valueFrom && !known.valueFrom && (value ?? '') !== (known.value ?? '');
  });
  const lost = env.filter(({ name, valueFrom }) => {
    return valueFrom && !sameJson(valueFrom, live.get(name)?.valueFrom ?? null);
  });
  return {
    draft: {
      envValues: Object.fromEntries(changed.map(({ name, value }) => [name, value ?? ''])),
      envRemoved: [...live.keys()].filter(isOut),
      envAdded: added.map(({ name, value }, index) => ({ id: String(index + 1), name, value: value ?? '' })),
    },
    lost: lost.map(({ name }) => name),
  };
}

/** An empty text takes a live quantity away. */
function changedQuantities(wanted: Record<string, string>, live: Record<string, string>): Record<string, string> {
  const names = [...new Set([...Object.keys(live), ...Object.keys(wanted)])];
  const changed = names.filter((name) => wanted[name] !== live[name]);
  return Object.fromEntries(changed.map((name) => [name, wanted[name] ?? '']));
}
