import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { ContainerInfo } from '@/lib/contract/inventory';
import { wishesOf, type TargetWish } from '@/lib/domain/planning-snapshot';
import { safeMethods } from '@/lib/domain/request-match';
import type { NewVersionTarget } from '@/lib/domain/task';
import { sameJson } from '@/lib/domain/structure';
import { fromMatchInput } from '@/components/request-match/conditions';
import { emptyContainerDraft, emptyForm, type ContainerDraft, type MoreVersion, type WizardForm } from './form-model';

type Target = NonNullable<CreateTaskInput['target']>;
type ContainerInput = Extract<Target, { version: string }>['containers'][number];
type EnvInput = NonNullable<ContainerInput['env']>[number];

export interface Prefilled {
  form: WizardForm;
  /** What the form cannot take over: `container`, `container VARIABLE` or a field of the request. It is to be looked at by hand. */
  lost: string[];
}

/**
 * The form filled in from another task's request. `live`: the containers of the workload that the new version is
 * copied from now; what the task sets alike is not touched. A new version gets the suggested one: its own is in use.
 */
export function formFromTask(input: CreateTaskInput, live: readonly ContainerInfo[]): Prefilled {
  const [first, ...others] = wishesOf(input);
  const { percentage = 100, placement, safety } = first ?? {};
  const target: Target | undefined = input.targets?.[0] ?? input.target;
  const further = others.map((wish, index) => toFurther(wish, index + 1, first, live));
  const containers = target && 'containers' in target ? target.containers : [];
  const drafts = containers.map((container) => fromContainer(container, live));
  return {
    form: {
      ...emptyForm,
      name: input.name,
      description: input.description,
      service: input.service,
      ports: input.ports ?? null,
      percentage: String(percentage),
      placement: placement ?? null,
      delivery: input.delivery ?? null,
      ...(target && fromTarget(target, input.namespace)),
      moreVersions: further.flatMap(({ row }) => row ?? []),
      routes: input.routes ?? null,
      conditions: fromMatchInput(input.match ?? []),
      ...protectionOf(safety),
      readsOnly: isReadsOnly(input.safety?.methods),
      containers: Object.fromEntries(drafts.flatMap(({ name, draft }) => (draft ? [[name, draft]] : []))),
    },
    lost: [
      ...drafts.flatMap(({ lost }) => lost),
      ...lostMethods(input.safety?.methods),
      ...further.flatMap(({ lost }) => lost),
    ],
  };
}

interface Further {
  row: MoreVersion | null;
  lost: string[];
}

/**
 * A target beside the first: the form knows new versions beside a new one, each with its share and an image, and with the
 * first one's placement and protection.
 */
function toFurther(
  { target, percentage, placement, safety }: TargetWish,
  index: number,
  first: TargetWish | undefined,
  live: readonly ContainerInfo[],
): Further {
  const path = `targets[${index}]`;
  if (!('version' in target) || !first || !('version' in first.target)) return { row: null, lost: [path] };
  const { version, replicas } = target;
  const main = live.find(({ init }) => !init);
  const isMainImage = ({ name, image: _image, ...others }: NewVersionTarget['containers'][number]) =>
    name === main?.name && Object.values(others).every((other) => other === undefined);
  const image = target.containers.find(isMainImage)?.image;
  const differs = {
    replicas: replicas !== 1,
    containers: !target.containers.every(isMainImage),
    placement: placement !== first.placement,
    safety: !sameJson(protectionOf(safety), protectionOf(first.safety)),
  };
  return {
    row: {
      id: String(index),
      version,
      image: image === undefined || image === main?.image ? null : image,
      percentage: String(percentage),
    },
    lost: Object.entries(differs).flatMap(([field, isLost]) => (isLost ? [`${path}.${field}`] : [])),
  };
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

function fromTarget(target: Target, namespace: string): Partial<WizardForm> {
  if (target.kind === 'service') {
    const targetNamespace = target.namespace === namespace ? null : target.namespace;
    return { targetKind: 'service', targetNamespace, targetService: target.name, targetPort: target.port };
  }
  if (target.kind === 'external') {
    const { host, port, tls } = target;
    return { targetKind: 'external', externalHost: host, externalPort: String(port), externalTls: tls };
  }
  if ('existing' in target) return { targetKind: 'existing', existing: target.existing };
  return { targetKind: 'new', replicas: target.replicas };
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
