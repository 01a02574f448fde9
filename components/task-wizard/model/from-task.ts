import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { ContainerInfo } from '@/lib/contract/inventory';
import { safeMethods } from '@/lib/domain/request-match';
import { sameJson } from '@/lib/domain/structure';
import { fromMatchInput } from './conditions';
import { emptyContainerDraft, emptyForm, type ContainerDraft, type WizardForm } from './form-model';

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
  const { target, percentage, placement, safety, others } = firstTarget(input);
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
      routes: input.routes ?? null,
      conditions: fromMatchInput(input.match ?? []),
      denyWrites: safety?.denyWrites ?? null,
      marker: safety?.marker ?? false,
      readsOnly: isReadsOnly(input.safety?.methods),
      containers: Object.fromEntries(drafts.flatMap(({ name, draft }) => (draft ? [[name, draft]] : []))),
    },
    lost: [
      ...drafts.flatMap(({ lost }) => lost),
      ...lostMethods(input.safety?.methods),
      ...(others > 0 ? ['targets'] : []),
    ],
  };
}

/** The form knows one target: of several the first, and how many are left out. */
function firstTarget(input: CreateTaskInput) {
  const [first, ...others] = input.targets ?? [];
  if (!first) {
    const { target, percentage = 100, placement, safety } = input;
    return { target, percentage, placement, safety, others: 0 };
  }
  const ofPods = first.kind === 'version' ? first : { placement: undefined, safety: undefined };
  const { placement = input.placement, safety = input.safety } = ofPods;
  return { target: first, percentage: first.percentage, placement, safety, others: others.length };
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
