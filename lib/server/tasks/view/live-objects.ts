import type { Deployment, DestinationRule, Pod, VirtualService } from '@/lib/domain/kubernetes';
import { policiesOf, policyKinds, type PolicyObject } from '@/lib/domain/policies';
import { RuleIndex } from '@/lib/domain/rule-index';
import { otherRequestPorts } from '@/lib/domain/service-ports';
import type { LiveTarget, LiveTask } from '@/lib/domain/state';
import { serviceTargetOf } from '@/lib/domain/targets';
import type { TaskSpec, TaskTarget } from '@/lib/domain/task';
import { deploymentsBehind, podsOf, podsWith } from '@/lib/domain/workloads';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { readEverywhere, readNamespace, type Readable } from '../planning/readable';
import { rootNamespace } from '../planning/snapshot';

/** What stands of a task in the cluster, with the live workloads beside it. */
export interface LiveView extends Omit<LiveTask, 'unrenewedMs'> {
  primary: readonly Deployment[];
  /** Deployments behind the service that are no task's. */
  behind: readonly Deployment[];
  /** Ports of the service that the task does not copy and whose requests are counted too; null: not to be read. */
  otherPorts: readonly number[] | null;
}

interface NamespaceObjects {
  deployments: Readable<'Deployment'>;
  pods: Readable<'Pod'>;
  services: Readable<'Service'>;
}

type PolicyKind = (typeof policyKinds)[number];

/** Of the kinds that the task makes policies of; nobody needs to be allowed to read the others. */
type Policies = { kind: PolicyKind; read: Readable<PolicyKind> }[];

interface Rules {
  virtualServices: Readable<'VirtualService'>;
  index: RuleIndex;
}

/** What tasks of one kind in one namespace are made of, but for the rules that are each one's own. */
interface Surroundings {
  own: NamespaceObjects;
  ownRules: Readable<'DestinationRule'>;
  /** Of the namespaces that target Services are in. */
  elsewhere: ReadonlyMap<string, NamespaceObjects>;
  policies: Policies;
  /** Of the task's namespace, where it has one. */
  entries: Readable<'ServiceEntry'> | null;
}

interface RulesOfTask {
  virtualServices: Readable<'VirtualService'>;
  destinationRules: readonly DestinationRule[];
}

/**
 * Tasks' objects from the watch cache, for one look at any number of tasks: each namespace, and the rules of all, are
 * read once. Kinds that the user may not read are named instead.
 */
export class LiveObjects {
  readonly #cluster: Cluster;
  readonly #namespaces = new Map<string, Promise<NamespaceObjects>>();
  readonly #entries = new Map<string, Promise<Readable<'ServiceEntry'>>>();
  readonly #ownRules = new Map<string, Promise<Readable<'DestinationRule'>>>();
  readonly #policies = new Map<string, Promise<Readable<PolicyKind>>>();
  readonly #surroundings = new Map<string, Promise<Surroundings>>();
  #rules: Promise<Rules> | null = null;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** The same view as at the look before while nothing that it is made of has changed. */
  async of(spec: TaskSpec): Promise<LiveView> {
    const rules = await this.#everywhere();
    const surroundings = await this.#surroundingsOf(spec);
    const found = rulesFor(spec, rules.index);
    return this.#seen(spec, surroundings, found, await this.#virtualServicesOf(spec, rules, found));
  }

  /** `of` each, by its spec. What a thousand tasks share is waited for once, not by each. */
  async ofAll(specs: readonly TaskSpec[]): Promise<Map<TaskSpec, LiveView>> {
    const { virtualServices, index } = await this.#everywhere();
    if (virtualServices.unreadable.length > 0) {
      return new Map(await Promise.all(specs.map(async (spec) => [spec, await this.of(spec)] as const)));
    }
    const oneOfEach = new Map(specs.map((spec) => [surroundingsKey(spec), spec]));
    const read = [...oneOfEach].map(async ([key, spec]) => [key, await this.#surroundingsOf(spec)] as const);
    const surroundings = new Map(await Promise.all(read));
    const seen = specs.flatMap((spec): [TaskSpec, LiveView][] => {
      const around = surroundings.get(surroundingsKey(spec));
      const found = rulesFor(spec, index);
      return around ? [[spec, this.#seen(spec, around, found, wholly(found))]] : [];
    });
    return new Map(seen);
  }

  #seen(
    spec: TaskSpec,
    surroundings: Surroundings,
    { destinationRules }: FoundRules,
    virtualServices: Readable<'VirtualService'>,
  ): LiveView {
    const madeOf = [surroundings, destinationRules, virtualServices.items, virtualServices.unreadable.length > 0];
    const known = views.get(spec);
    if (known && madeOf.every((part, index) => part === known.madeOf[index])) return known.view;
    const view = this.#view(spec, surroundings, { virtualServices, destinationRules });
    views.set(spec, { madeOf, view });
    return view;
  }

  /** Read once for all tasks that are made of the same. */
  #surroundingsOf(spec: TaskSpec): Promise<Surroundings> {
    const key = surroundingsKey(spec);
    const known = this.#surroundings.get(key) ?? this.#readSurroundings(key, spec);
    this.#surroundings.set(key, known);
    return known;
  }

  async #readSurroundings(key: string, spec: TaskSpec): Promise<Surroundings> {
    const { namespace } = spec;
    const [own, ownRules, elsewhere, policies, entries] = await Promise.all([
      this.#namespace(namespace),
      this.#rulesIn(spec.subsets?.destinationRule.namespace ?? namespace),
      Promise.all(placesOf(spec).map(async (name) => [name, await this.#namespace(name)] as const)),
      this.#policiesOf(spec),
      hasExternal(spec) ? this.#entriesIn(namespace) : null,
    ]);
    return sameSurroundings(key, { own, ownRules, elsewhere: new Map(elsewhere), policies, entries });
  }

  #view(
    spec: TaskSpec,
    { own: { deployments, pods, services }, ownRules, elsewhere, policies, entries }: Surroundings,
    { virtualServices, destinationRules }: RulesOfTask,
  ): LiveView {
    const byName = <T extends { metadata: { name: string } }>(items: readonly T[], name: string | undefined) =>
      items.find(({ metadata }) => metadata.name === name) ?? null;
    const named = <T extends { metadata: { name: string } }>(
      items: readonly T[],
      names: readonly (string | null | undefined)[],
    ) => names.flatMap((name) => byName(items, name ?? undefined) ?? []);
    const own = named(
      deployments.items,
      spec.targets.map(({ workload }) => workload),
    );
    const external = spec.targets.flatMap((target) => target.external ?? []);
    const service = byName(services.items, spec.service.name);
    const unreadable = Object.entries({
      Deployment: deployments,
      Pod: pods,
      Service: services,
      DestinationRule: ownRules,
      VirtualService: virtualServices,
      ...Object.fromEntries(policies.map(({ kind, read }) => [kind, read])),
      ...(entries && { ServiceEntry: entries }),
    }).flatMap(([kind, read]) => (read.unreadable.length > 0 ? [kind] : []));
    return {
      deployments: own,
      pods: own.flatMap((deployment) => podsOf(deployment, pods.items as readonly Pod[])),
      ...(external.length > 0 && {
        serviceEntries: named(
          entries?.items ?? [],
          external.map(({ serviceEntry }) => serviceEntry.metadata.name),
        ),
        tlsRules: named(
          ownRules.items,
          external.map(({ tlsRule }) => tlsRule?.metadata.name),
        ),
      }),
      targetServices: spec.targets.flatMap((target) => targetServiceOf(target, elsewhere) ?? []),
      virtualServices: virtualServices.items,
      destinationRules,
      destinationRule: byName(ownRules.items, spec.subsets?.destinationRule.name),
      service,
      rootNamespace,
      mirrorServices: named(
        services.items,
        spec.targets.map(({ mirrorService }) => mirrorService?.metadata.name),
      ),
      policies: policiesOf(spec).flatMap(({ kind, metadata }) => {
        const read = policies.find((one) => one.kind === kind)?.read;
        // Listed as objects of that kind; drift compares their spec as a whole.
        return (byName(read?.items ?? [], metadata.name) as PolicyObject | null) ?? [];
      }),
      unreadable,
      otherPorts: services.unreadable.length > 0 ? null : service ? otherRequestPorts(service, spec.service.ports) : [],
      behind: service ? deploymentsBehind(service, deployments.items) : [],
      primary: deployments.items.filter(({ metadata }) =>
        spec.primary.some(({ workload }) => workload === metadata.name),
      ),
    };
  }

  /**
   * Of a user who may not read all of them `unreadable` only speaks of the namespaces that the task's own entries and
   * pins are in.
   */
  async #virtualServicesOf(spec: TaskSpec, rules: Rules, found: FoundRules): Promise<Readable<'VirtualService'>> {
    if (rules.virtualServices.unreadable.length === 0) return wholly(found);
    const items = found.virtualServices;
    const needed = new Set([...spec.entries, ...spec.pins].map(({ virtualService }) => virtualService.namespace));
    const parts = await Promise.all(
      [...needed].map((namespace) => readNamespace(this.#cluster, 'VirtualService', namespace)),
    );
    const others = items.filter(({ metadata }) => !needed.has(metadata.namespace ?? ''));
    return {
      items: [...others, ...parts.flatMap(({ items }) => items)],
      unreadable: parts.flatMap(({ unreadable }) => unreadable),
    };
  }

  #rulesIn(namespace: string): Promise<Readable<'DestinationRule'>> {
    const known = this.#ownRules.get(namespace) ?? readNamespace(this.#cluster, 'DestinationRule', namespace);
    this.#ownRules.set(namespace, known);
    return known;
  }

  async #policiesOf(spec: TaskSpec): Promise<Policies> {
    const made = new Set(policiesOf(spec).map(({ kind }) => kind));
    const needed = policyKinds.filter((kind) => made.has(kind));
    return Promise.all(needed.map(async (kind) => ({ kind, read: await this.#policiesIn(kind, spec.namespace) })));
  }

  #policiesIn(kind: PolicyKind, namespace: string): Promise<Readable<PolicyKind>> {
    const key = `${kind} ${namespace}`;
    const known = this.#policies.get(key) ?? readNamespace(this.#cluster, kind, namespace);
    this.#policies.set(key, known);
    return known;
  }

  #entriesIn(namespace: string): Promise<Readable<'ServiceEntry'>> {
    const known = this.#entries.get(namespace) ?? readNamespace(this.#cluster, 'ServiceEntry', namespace);
    this.#entries.set(namespace, known);
    return known;
  }

  #namespace(namespace: string): Promise<NamespaceObjects> {
    const known = this.#namespaces.get(namespace) ?? this.#readNamespace(namespace);
    this.#namespaces.set(namespace, known);
    return known;
  }

  async #readNamespace(namespace: string): Promise<NamespaceObjects> {
    const [deployments, pods, services] = await Promise.all([
      readNamespace(this.#cluster, 'Deployment', namespace),
      readNamespace(this.#cluster, 'Pod', namespace),
      readNamespace(this.#cluster, 'Service', namespace),
    ]);
    return { deployments, pods, services };
  }

  #everywhere(): Promise<Rules> {
    this.#rules ??= this.#readRules();
    return this.#rules;
  }

  async #readRules(): Promise<Rules> {
    const [virtualServices, destinationRules] = await Promise.all([
      readEverywhere(this.#cluster, 'VirtualService'),
      readEverywhere(this.#cluster, 'DestinationRule'),
    ]);
    return { virtualServices, index: indexOf(virtualServices.items, destinationRules.items) };
  }
}

function wholly({ virtualServices: items }: FoundRules): Readable<'VirtualService'> {
  return { items, unreadable: [] };
}

/** A target Service and its pods; null where the user may not read Services there. */
function targetServiceOf(
  { id, input }: TaskTarget,
  elsewhere: ReadonlyMap<string, NamespaceObjects>,
): LiveTarget | null {
  const target = serviceTargetOf({ input });
  const there = target && elsewhere.get(target.namespace);
  if (!there || there.services.unreadable.length > 0) return null;
  const { services, pods } = there;
  const service = services.items.find(({ metadata }) => metadata.name === target.name) ?? null;
  const selector = service?.spec.selector ?? {};
  const isHidden = pods.unreadable.length > 0;
  return {
    target: id,
    service,
    pods: isHidden || !service ? null : podsWith(selector, target.namespace, pods.items as readonly Pod[]),
  };
}

const keys = new WeakMap<TaskSpec, string>();

/** Tasks with the same key are made of the same objects. */
function surroundingsKey(spec: TaskSpec): string {
  const known = keys.get(spec);
  if (known !== undefined) return known;
  const kindsMade = [...new Set(policiesOf(spec).map(({ kind }) => kind))];
  const ruleNamespace = spec.subsets?.destinationRule.namespace ?? spec.namespace;
  const key = JSON.stringify([spec.namespace, ruleNamespace, placesOf(spec), kindsMade, hasExternal(spec)]);
  keys.set(spec, key);
  return key;
}

/** Namespaces of the Services that get copies. */
function placesOf({ targets }: TaskSpec): string[] {
  return [...new Set(targets.flatMap((target) => serviceTargetOf(target)?.namespace ?? []))].toSorted();
}

function hasExternal({ targets }: TaskSpec): boolean {
  return targets.some(({ external }) => external);
}

const lastSurroundings = new Map<string, { parts: readonly unknown[]; surroundings: Surroundings }>();
const surroundingsMax = 5_000;

/** Those of the look before while they hold the same lists: then nothing that is made of them has changed. */
function sameSurroundings(key: string, now: Surroundings): Surroundings {
  const { own, ownRules, elsewhere, policies, entries } = now;
  const inPlaces = [own, ...elsewhere.values()].flatMap(({ deployments, pods, services }) => [
    deployments,
    pods,
    services,
  ]);
  const read = [...inPlaces, ownRules, ...policies.map((policy) => policy.read), ...(entries ? [entries] : [])];
  const parts = [...read.map(({ items }) => items), ...read.map(({ unreadable }) => unreadable.length > 0)];
  const last = lastSurroundings.get(key);
  if (last && parts.every((part, index) => part === last.parts[index])) return last.surroundings;
  if (lastSurroundings.size >= surroundingsMax) lastSurroundings.clear();
  lastSurroundings.set(key, { parts, surroundings: now });
  return now;
}

/** What was last seen of a task; a record of the watch cache keeps its spec until it is written again. */
const views = new WeakMap<TaskSpec, { madeOf: readonly unknown[]; view: LiveView }>();

interface FoundRules {
  virtualServices: readonly VirtualService[];
  destinationRules: readonly DestinationRule[];
}

const foundRules = new WeakMap<TaskSpec, FoundRules & { index: RuleIndex }>();

/** The task's rules among all; the same lists as before while they hold the same, whatever changed of others. */
function rulesFor(spec: TaskSpec, index: RuleIndex): FoundRules {
  const known = foundRules.get(spec);
  if (known?.index === index) return known;
  const virtualServices = sameOr(known?.virtualServices, index.virtualServicesOf(spec));
  const destinationRules = sameOr(known?.destinationRules, index.destinationRulesOf(spec));
  const found = { index, virtualServices, destinationRules };
  foundRules.set(spec, found);
  return found;
}

function sameOr<T>(known: readonly T[] | undefined, now: readonly T[]): readonly T[] {
  return known?.length === now.length && known.every((item, at) => item === now[at]) ? known : now;
}

/** The watch cache gives the same list until something in it changes: so long its index is good. */
const indexes = new WeakMap<
  readonly VirtualService[],
  { destinationRules: readonly DestinationRule[]; index: RuleIndex }
>();

function indexOf(virtualServices: readonly VirtualService[], destinationRules: readonly DestinationRule[]): RuleIndex {
  const known = indexes.get(virtualServices);
  if (known?.destinationRules === destinationRules) return known.index;
  const index = new RuleIndex(virtualServices, destinationRules);
  indexes.set(virtualServices, { destinationRules, index });
  return index;
}
