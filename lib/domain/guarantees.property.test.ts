import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DestinationRule, KubeObject, VirtualService } from './kubernetes.ts';
import { planCreate } from './plan-create.ts';
import { selects } from './selectors.ts';
import { stepsFor, type StepOptions } from './steps.ts';
import type { OperationVerb, Step, TaskSpec } from './task.ts';
import { ShapeCount, type World, worldsOfAnyTargets } from './testing/arbitraries.ts';
import { templateLabels } from './workloads.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { reachedBy, type MeshState } from './testing/mesh-evaluator.ts';

const clients = ['shop', 'other', 'third'];

/**
 * What proxies may have at a moment: of each object any version since the last settle, for pushes take their time.
 * The mirror's pods are known to proxies from their creation until a settle after they are gone.
 */
class Proxies {
  readonly #versions = new Map<string, (KubeObject | null)[]>();
  readonly #cluster: MemoryCluster;
  #isGone = true;
  knowMirror = false;

  constructor(cluster: MemoryCluster) {
    this.#cluster = cluster;
    this.see();
  }

  after({ id, verb }: Step): void {
    if (id === 'workload') [this.knowMirror, this.#isGone] = [true, false];
    if (id === 'gone') this.#isGone = true;
    if (verb === 'settle') {
      for (const [key, versions] of this.#versions) this.#versions.set(key, versions.slice(-1));
      if (this.#isGone) this.knowMirror = false;
    }
    this.see();
  }

  see(): void {
    const now = new Map(
      [...this.#cluster.virtualServices, ...this.#cluster.destinationRules].map((object) => [keyOf(object), object]),
    );
    for (const key of new Set([...this.#versions.keys(), ...now.keys()])) {
      const versions = this.#versions.get(key) ?? (this.#versions.size === 0 || this.#isFirst ? [] : [null]);
      const object = now.get(key) ?? null;
      if (versions.at(-1)?.metadata.resourceVersion !== object?.metadata.resourceVersion || versions.length === 0)
        versions.push(object);
      this.#versions.set(key, versions);
    }
    this.#isFirst = false;
  }

  #isFirst = true;

  /** Every mix of versions that proxies may have. */
  *mixes(): Generator<{ virtualServices: VirtualService[]; destinationRules: DestinationRule[] }> {
    let mixes: (KubeObject | null)[][] = [[]];
    for (const versions of this.#versions.values())
      mixes = mixes.flatMap((mix) => versions.map((object) => [...mix, object]));
    for (const mix of mixes) {
      const objects = mix.filter((object) => object !== null);
      yield {
        virtualServices: objects.filter(({ kind }) => kind === 'VirtualService') as VirtualService[],
        destinationRules: objects.filter(({ kind }) => kind === 'DestinationRule') as DestinationRule[],
      };
    }
  }
}

function keyOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

function assertSafe(proxies: Proxies, world: World, spec: TaskSpec, where: string, failing: ReadonlySet<string>): void {
  const service = world.snapshot.services[0];
  if (!service) throw new Error('no service');
  const mirrors = spec.targets.flatMap(({ deployment }) => (deployment ? [templateLabels(deployment)] : []));
  const mirrorHosts = spec.targets.flatMap(({ mirrorService }) =>
    mirrorService ? [`${mirrorService.metadata.name}.shop.svc.cluster.local`] : [],
  );
  for (const mix of proxies.mixes()) {
    const state: MeshState = { service, ...mix };
    for (const client of clients) {
      for (const reached of reachedBy(client, state, mirrorHosts)) {
        if (reached === null) {
          if (!failing.has(client)) throw new Error(`${where}: a live request from ${client} fails`);
          continue;
        }
        const isMirror =
          'host' in reached || (proxies.knowMirror && mirrors.some((labels) => selects(reached, labels)));
        if (isMirror) throw new Error(`${where}: a live request from ${client} reaches the mirror`);
      }
    }
  }
}

function walk(
  world: World,
  spec: TaskSpec,
  verbs: readonly OperationVerb[],
  stopAfter: number | null,
  options: StepOptions = {},
): void {
  const { services, virtualServices, destinationRules } = world.snapshot;
  const cluster = new MemoryCluster([...services, ...virtualServices, ...destinationRules]);
  const proxies = new Proxies(cluster);
  const service = services[0];
  if (!service) throw new Error('no service');
  const initial: MeshState = { service, virtualServices, destinationRules };
  const failing = new Set(clients.filter((client) => reachedBy(client, initial).includes(null)));
  for (const [index, verb] of verbs.entries()) {
    const steps = stepsFor(verb, spec, options);
    const until = index === 0 && stopAfter !== null ? steps.slice(0, stopAfter % (steps.length + 1)) : steps;
    for (const step of until) {
      cluster.apply(step, spec);
      proxies.after(step);
      assertSafe(proxies, world, spec, `${verb} ${step.id}`, failing);
    }
  }
}

function forAll(name: string, run: (world: World, spec: TaskSpec, data: number) => void): void {
  it(name, () => {
    const seen = new ShapeCount();
    const arbitrary = worldsOfAnyTargets();
    fc.assert(
      fc.property(arbitrary, fc.nat(), (world, data) => {
        const { spec, checks } = planCreate(world.input, world.snapshot);
        fc.pre(spec !== null && !checks.some(({ severity }) => severity === 'fail'));
        if (!spec) return;
        seen.add([
          ...world.shapes,
          ...spec.targets.map(({ placement }) => `placement ${placement}`),
          ...(spec.subsets && spec.subsets.subsets.filter(({ role }) => role === 'mirror').length > 1
            ? ['several mirrors behind the service']
            : []),
          ...(spec.pins.length > 0 ? ['pins'] : []),
        ]);
        run(world, spec, data);
      }),
      { numRuns: 1_200 },
    );
    expect(seen.cases).toBeGreaterThanOrEqual(1_000);
    for (const shape of [
      'placement dedicated',
      'placement subset',
      'several targets',
      'several mirrors behind the service',
      'pins',
      'gateway',
      'weights',
      'rule of a client namespace',
      'wide subset',
      'wide subset of a client namespace',
      'private rule',
    ]) {
      expect(`${shape}: ${Math.min(seen.of(shape), 1)}`).toBe(`${shape}: 1`);
    }
  });
}

describe('live requests, while proxies may have any version since the last settle', () => {
  forAll('never reach the mirror and never fail, from create to delete', (world, spec) => {
    walk(world, spec, ['create', 'pause', 'resume', 'change', 'delete'], null);
  });

  forAll(
    'never reach the mirror and never fail while it is finished, its workload kept or not',
    (world, spec, data) => {
      walk(world, spec, ['create', 'finish', 'delete'], null, { keepWorkload: data % 2 === 0 });
    },
  );

  forAll(
    'never reach the mirror and never fail when a creation stops anywhere and is taken back',
    (world, spec, data) => {
      walk(world, spec, ['create', 'rollback'], data);
    },
  );
});
