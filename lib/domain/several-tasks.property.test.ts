import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment, KubeObject, Service, VirtualService } from './kubernetes.ts';
import { entriesAnew } from './entries-anew.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import { withPercentages } from './targets.ts';
import type { NewVersionTarget, RouteChoice, TaskSpec } from './task.ts';
import { planAnew } from './replan.ts';
import { reselected, withoutLeaving } from './reselect.ts';
import type { RequestSelection } from './request-match.ts';
import { rivalOf } from './rivals.ts';
import { sameJson } from './structure.ts';
import { elsewhere, outside, selections, ShapeCount, withElsewhere, worlds } from './testing/arbitraries.ts';
import { foreignEdit, hasDistinctRoutes } from './testing/foreign-edit.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { hostOf, outcomeOf, type MeshState, type Request } from './testing/mesh-evaluator.ts';
import { entriesIn, entryStatus, isClone } from './virtual-service-edit.ts';

const requests = fc.record<Request>({
  client: fc.constantFrom('shop', 'other'),
  port: fc.constantFrom(9080, 9090, 9443),
  path: fc.constantFrom('/', '/reviews/0', '/health'),
  method: fc.constantFrom('GET', 'POST'),
  headers: fc.constantFrom<Record<string, string>[]>({}, { 'x-test-user': 'true' }, { cookie: 'beta=1' }),
  labels: fc.constantFrom<Record<string, string>[]>({}, { app: 'productpage' }),
});

function snapshotNow(base: PlanningSnapshot, cluster: MemoryCluster, tasks: TaskSpec[]): PlanningSnapshot {
  return {
    ...base,
    virtualServices: cluster.virtualServices,
    destinationRules: cluster.destinationRules,
    services: cluster.list('Service') as Service[],
    deployments: [...base.deployments, ...(cluster.list('Deployment') as Deployment[])],
    tasks,
  };
}

function feasible(input: PlanningInput, snapshot: PlanningSnapshot): TaskSpec | null {
  const { spec, checks } = planCreate(input, snapshot);
  return checks.some(({ severity }) => severity === 'fail') ? null : spec;
}

const v4: NewVersionTarget & { percentage: number } = {
  kind: 'version',
  version: 'v4',
  replicas: 1,
  containers: [],
  percentage: 30,
};

const names = ['a', 'b', 'c'] as const;
type Name = (typeof names)[number];

interface Move {
  task: Name;
  /**
   * `apply`: the owner's tool writes his own routes again; `edit`: he makes others of them. What mirrors is restored
   * after it, this task first.
   */
  verb: 'pause' | 'resume' | 'change' | 'select' | 'delete' | 'create' | 'apply' | 'edit';
  percentage: number;
  /** What a task that is created again selects, or one that selects otherwise. */
  selection: RequestSelection | undefined;
  /** What the owner does, see `foreignEdit`. */
  data: number[];
}

const moves = fc.array(
  fc.record<Move>({
    task: fc.constantFrom(...names),
    verb: fc.constantFrom('pause', 'resume', 'change', 'select', 'select', 'delete', 'create', 'apply', 'edit', 'edit'),
    data: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
    selection: fc.option(selections, { nil: undefined, freq: 2 }),
    percentage: fc.integer({ min: 1, max: 1_000_000 }).map((millionths) => millionths / 10_000),
  }),
  { maxLength: 6 },
);

/** Which of a service's routes a task copies from, by their positions; undefined: from every one. */
const picks = fc.option(fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }), { nil: undefined, freq: 2 });

function someRoutes(
  input: PlanningInput,
  snapshot: PlanningSnapshot,
  positions: number[] | undefined,
): RouteChoice[] | undefined {
  const able = planCreate(input, snapshot).routes.filter(({ canMirror }) => canMirror);
  if (!positions || able.length === 0) return undefined;
  const picked = [...new Set(positions.map((position) => able[position % able.length]))];
  return picked.flatMap((one) =>
    one ? [{ namespace: one.namespace, virtualService: one.virtualService, route: one.route }] : [],
  );
}

/** A task's own VirtualService does by a rule what Istio does without: the service's port that the request came for. */
function unruled(live: unknown, { port }: Request, service: Service): unknown {
  const plain = { route: [{ destination: { host: hostOf(service), port: { number: port } } }] };
  return sameJson(live, plain) ? 'default' : live;
}

/**
 * What the owner makes of his routes: they move, and what they do changes. None goes that a task may copy from, for it
 * would have to be given up then; none comes, for no task that stands would copy it.
 */
function ownersEdit(object: VirtualService, data: readonly number[]): VirtualService {
  const [, , move = 0, to = 0, weight = 0, label = 0, timeout = 0] = data;
  return foreignEdit(object, [0, 0, move, to, weight, label, timeout]);
}

/** What a task is by itself, on a cluster where it is the only one. */
interface Standing {
  spec: TaskSpec;
  mirrors: boolean;
}

/** Tasks on one service, and everything that is done with them; with one task it is what it does alone. */
class Scene {
  readonly cluster: MemoryCluster;
  readonly standing = new Map<Name, Standing>();
  readonly #snapshot: PlanningSnapshot;
  readonly #service: Service;

  constructor(snapshot: PlanningSnapshot, objects: readonly KubeObject[]) {
    const [service] = snapshot.services;
    if (!service) throw new Error('no service');
    this.#service = service;
    this.#snapshot = snapshot;
    this.cluster = new MemoryCluster(objects);
  }

  get specs(): TaskSpec[] {
    return [...this.standing.values()].map(({ spec }) => spec);
  }

  get state(): MeshState {
    const { virtualServices, destinationRules } = this.cluster;
    return { service: this.#service, virtualServices, destinationRules };
  }

  plan(input: PlanningInput): TaskSpec | null {
    return feasible(input, snapshotNow(this.#snapshot, this.cluster, this.specs));
  }

  create(task: Name, planned: TaskSpec): void {
    const spec = this.#anew(planned);
    this.cluster.run('create', spec);
    this.standing.set(task, { spec, mirrors: true });
  }

  /**
   * Somebody writes the owner's objects; what mirrors is restored, in this order. A clone of another task's clone is
   * behind again once that one is restored: its task says so, and is restored once more.
   */
  write(objects: readonly KubeObject[], order: readonly Name[]): void {
    for (const object of objects) this.cluster.put(object);
    for (let pass = 0; pass === 0 || (pass < names.length && this.#isBehind()); pass++) this.#restore(order);
  }

  #restore(order: readonly Name[]): void {
    for (const task of order) {
      const now = this.standing.get(task);
      if (!now) continue;
      const spec = now.mirrors ? this.#anew(now.spec) : now.spec;
      this.cluster.run('restore', spec, { paused: !now.mirrors });
      this.standing.set(task, { ...now, spec });
    }
  }

  #isBehind(): boolean {
    return this.specs.some((spec) =>
      this.cluster.virtualServices.some((object) =>
        entriesIn(spec, object).some((entry) => entryStatus(object, entry, spec).status === 'clone_stale'),
      ),
    );
  }

  run(task: Name, verb: 'pause' | 'resume' | 'change', percentage: number): void {
    const { spec: before } = this.#of(task);
    const spec =
      verb === 'pause' ? before : this.#anew(verb === 'change' ? withPercentages(before, [percentage]) : before);
    this.cluster.run(verb, spec);
    this.standing.set(task, { spec, mirrors: verb !== 'pause' });
  }

  remove(task: Name): void {
    this.cluster.run('delete', this.#of(task).spec);
    this.standing.delete(task);
  }

  /** Other requests of a task that stands; null where that is refused. `after`: called on the way. */
  select(task: Name, selection: RequestSelection | undefined, after: () => void = () => {}): boolean {
    const { spec, mirrors } = this.#of(task);
    const { selection: _before, ...rest } = spec;
    const wanted = { ...rest, ...(selection && { selection }) };
    const { spec: planned } = planAnew(wanted, snapshotNow(this.#snapshot, this.cluster, this.specs));
    const next = planned && reselected(spec, planned);
    if (!next) return false;
    const started = mirrors ? this.#anew(next) : next;
    this.cluster.run('change', started, { paused: !mirrors }, after);
    this.standing.set(task, { spec: withoutLeaving(started), mirrors });
    return true;
  }

  #of(task: Name): Standing {
    const now = this.standing.get(task);
    if (!now) throw new Error(`no task ${task}`);
    return now;
  }

  #anew(spec: TaskSpec): TaskSpec {
    const others = this.specs.filter(({ name }) => name !== spec.name);
    const { virtualServices } = this.cluster;
    return { ...spec, entries: entriesAnew(spec, { service: this.#service, virtualServices, others }) };
  }
}

describe('three tasks on one service', () => {
  it('copy the union of what each copies alone, whatever is done with any or by the owner, and leave nothing', () => {
    const seen = new ShapeCount();
    const arbitrary = fc.record({
      world: fc.oneof(worlds({ placement: 'dedicated' }), worlds({ pinned: true, placement: 'dedicated' })),
      sent: fc.array(requests, { minLength: 1, maxLength: 8 }),
      ports: fc.option(fc.constantFrom<number[][]>([9080], [9090]), { nil: undefined }),
      selection: fc.option(selections, { nil: undefined, freq: 2 }),
      chosen: fc.record({ a: picks, b: picks, c: picks }),
      history: moves,
      together: fc.boolean(),
      hasSeveral: fc.boolean(),
      third: fc.constantFrom(elsewhere, outside),
    });
    fc.assert(
      fc.property(arbitrary, (drawn) => {
        const { world, sent, ports, selection, chosen, history, together, hasSeveral, third } = drawn;
        const snapshot = withElsewhere(world.snapshot);
        const { input: first } = world;
        const [service] = snapshot.services;
        if (!service) throw new Error('no service');
        const start = [...snapshot.services, ...snapshot.virtualServices, ...snapshot.destinationRules];
        const { ports: _ports, selection: _selection, placement: _placement, ...common } = first;
        const { target, percentage, ...rest } = first;
        const several = target && { ...rest, targets: [{ ...target, percentage: percentage ?? 100 }, v4] };
        const inputs: Record<Name, PlanningInput> = {
          a: (hasSeveral && several) || first,
          b: {
            ...common,
            placement: 'dedicated',
            name: 'task-b',
            target: { kind: 'version', version: 'v3', replicas: 1, containers: [] },
            percentage: 12.5,
            ...(ports && { ports }),
            ...(selection && { selection }),
          },
          c: { ...common, name: 'task-c', target: third, percentage: 50 },
        };
        for (const task of names) {
          const routes = someRoutes(inputs[task], snapshot, chosen[task]);
          if (routes) inputs[task] = { ...inputs[task], routes };
        }
        const all = new Scene(snapshot, start);
        /** What the owner has without us. */
        const owners = new MemoryCluster(start);
        const alone = new Map<Name, Scene>();

        const plan = (task: Name) =>
          feasible(inputs[task], snapshotNow(snapshot, owners, [])) && all.plan(inputs[task]);
        const create = (task: Name, planned = plan(task)): boolean => {
          const itself = new Scene(snapshot, objectsOf(owners));
          const byItself = planned && itself.plan(inputs[task]);
          if (!planned || !byItself) return false;
          all.create(task, planned);
          itself.create(task, byItself);
          alone.set(task, itself);
          return true;
        };
        const write = (objects: readonly VirtualService[], task: Name) => {
          for (const object of objects) owners.put(object);
          const order = [task, ...names.filter((name) => name !== task)];
          for (const scene of [all, ...alone.values()]) scene.write(objects, order);
        };
        const edit = (task: Name, data: number[]): boolean => {
          if (!hasDistinctRoutes(owners.virtualServices)) return false;
          const refs = owners.virtualServices.map(({ metadata }) => metadata);
          for (const cluster of [owners, ...[all, ...alone.values()].map((scene) => scene.cluster)]) {
            for (const { namespace = '', name } of refs) {
              const object = cluster.get('VirtualService', namespace, name) as VirtualService;
              cluster.put(ownersEdit(object, data));
            }
          }
          const order = [task, ...names.filter((name) => name !== task)];
          for (const scene of [all, ...alone.values()]) scene.write([], order);
          return true;
        };
        const move = ({ task, verb, percentage: share, selection: other, data }: Move): boolean => {
          if (verb === 'edit') return edit(task, data);
          if (verb === 'apply') {
            write(owners.virtualServices, task);
            return true;
          }
          const now = all.standing.get(task);
          const itself = alone.get(task);
          if (!now || !itself) {
            if (verb !== 'create') return false;
            const { selection: _before, ...input } = inputs[task];
            inputs[task] = { ...input, ...(other && { selection: other }) };
            return create(task);
          }
          if (verb === 'select') return select(task, itself, other);
          if (verb === 'create' || (verb === 'resume') === now.mirrors) return false;
          if (verb === 'delete') {
            all.remove(task);
            return alone.delete(task);
          }
          for (const scene of [all, itself]) scene.run(task, verb, share);
          return true;
        };
        const copiesNow = () => sent.map((request) => outcomeOf(request, all.state).copies);
        /** On the way nothing is copied that neither the old nor the new selects. */
        const select = (task: Name, itself: Scene, wanted: RequestSelection | undefined): boolean => {
          const states = [copiesNow()];
          if (!all.select(task, wanted, () => states.push(copiesNow()))) return false;
          const { selection: _old, ...input } = inputs[task];
          inputs[task] = { ...input, ...(wanted && { selection: wanted }) };
          expect(itself.select(task, wanted)).toBe(true);
          const [before = [], last = []] = [states[0], states.at(-1)];
          for (const state of states)
            for (const [index, copies] of state.entries())
              expect([...(before[index] ?? []), ...(last[index] ?? [])]).toEqual(expect.arrayContaining(copies));
          return true;
        };
        const compare = () => {
          const { virtualServices } = all.cluster;
          for (const { spec, mirrors } of all.standing.values()) {
            for (const object of virtualServices) {
              const found = entriesIn(spec, object).map((entry) => entryStatus(object, entry, spec).status);
              if (mirrors) expect(found).not.toContain('out');
              expect(found).not.toContain('clone_stale');
            }
          }
          for (const { spec } of virtualServices)
            for (const route of spec.http ?? []) if (isClone(route)) expect(route.match).not.toEqual([]);
          const { virtualServices: rules, destinationRules } = owners;
          const without: MeshState = { service, virtualServices: rules, destinationRules };
          for (const request of sent) {
            const now = outcomeOf(request, all.state);
            const untouched = outcomeOf(request, without);
            const wanted = [...alone.values()].flatMap((scene) => outcomeOf(request, scene.state).copies);
            expect(unruled(now.live, request, service)).toEqual(unruled(untouched.live, request, service));
            expect(now.copies).toEqual([...new Set([...untouched.copies, ...wanted])].sort());
          }
        };

        if (together) {
          // All are planned before any copies anything, as while new versions roll out.
          const plans = names.map((task) => plan(task));
          const standing = plans.filter((one) => one !== null);
          // Rivals are no several tasks: one of them gives way.
          fc.pre(standing.length === names.length);
          fc.pre(standing.every((one) => rivalOf(one, standing) === null));
          for (const [index, task] of names.entries()) create(task, plans[index]);
        } else {
          for (const task of names) fc.pre(create(task));
        }
        seen.add([
          ...world.shapes,
          third.kind,
          ...(hasSeveral ? ['several targets'] : []),
          ...(all.specs.some(({ entries }) => entries.some(({ cloneName }) => cloneName)) ? ['clones'] : []),
          ...(world.input.selection && selection ? ['two selections'] : []),
          ...(names.some((task) => inputs[task].routes) ? ['some routes'] : []),
          ...history.map(({ verb }) => verb),
        ]);
        compare();
        for (const one of history) if (move(one)) compare();
        for (const task of all.standing.keys()) all.remove(task);
        expect(all.cluster.content()).toEqual(owners.content());
      }),
      { numRuns: 800 },
    );
    expect(seen.cases).toBeGreaterThanOrEqual(700);
    const wanted = ['clones', 'match port', 'match', 'foreign mirror', 'foreign mirrors', 'several ports'];
    for (const shape of [
      ...wanted,
      'service',
      'external',
      'two selections',
      'several targets',
      'some routes',
      'pause',
      'resume',
      'change',
      'select',
      'delete',
      'apply',
      'edit',
    ]) {
      expect(`${shape}: ${Math.min(seen.of(shape), 1)}`).toBe(`${shape}: 1`);
    }
  });
});

function objectsOf(cluster: MemoryCluster): KubeObject[] {
  return ['Service', 'VirtualService', 'DestinationRule'].flatMap((kind) => cluster.list(kind));
}
