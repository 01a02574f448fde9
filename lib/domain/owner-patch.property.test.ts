import * as fc from 'fast-check';
import { withPercentages } from './targets.ts';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { before, editFor } from './edit.ts';
import type { PatchOperation } from './json-patch.ts';
import type { VirtualService } from './kubernetes.ts';
import { toPortableYaml } from './manifest-yaml.ts';
import { hasLanded, ownerPatch, type PatchForms } from './owner-patch.ts';
import { planCreate } from './plan-create.ts';
import { isAwaited, stepsFor, writeOf } from './steps.ts';
import { clone, sameJson } from './structure.ts';
import type { OperationVerb, Step, TaskSpec } from './task.ts';
import { applyJsonPatch } from './testing/apply-json-patch.ts';
import { ShapeCount, type World, worldsOfAnyPlacement } from './testing/arbitraries.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';

const runs = { numRuns: 150 };

interface Case {
  spec: TaskSpec;
  cluster: MemoryCluster;
}

/** A task by patches on a generated world; null where it cannot be planned, or has nothing to wait for. */
function start(world: World): Case | null {
  const { spec, checks } = planCreate({ ...world.input, delivery: 'patch' }, world.snapshot);
  if (!spec || checks.some(({ severity }) => severity === 'fail')) return null;
  const { services, virtualServices, destinationRules } = world.snapshot;
  const cluster = new MemoryCluster([...services, ...virtualServices, ...destinationRules]);
  return stepsFor('create', spec).some(isAwaited) ? { spec, cluster } : null;
}

interface Asked {
  live: VirtualService;
  step: Step;
  forms: PatchForms;
}

/** Runs a verb; the owner does what he is asked to. */
function run(verb: OperationVerb, { spec, cluster }: Case, look: (asked: Asked) => void = () => {}): void {
  for (const step of stepsFor(verb, spec)) {
    if (!isAwaited(step) || !step.object) {
      cluster.apply(step, spec);
      continue;
    }
    const live = cluster.get('VirtualService', step.object.namespace, step.object.name) as VirtualService;
    const { forms, landed } = ownerPatch(step, spec, live);
    expect(forms !== null).toBe(!landed);
    if (!forms) continue;
    expect(hasLanded(step, spec, live)).toBe(false);
    look({ live, step, forms });
    const patched = applyJsonPatch(live, forms.operations);
    expect(hasLanded(step, spec, patched)).toBe(true);
    cluster.put(patched);
  }
}

function forAll(name: string, check: (planned: Case, asked: Set<string>) => void): void {
  it(name, () => {
    const seen = new ShapeCount();
    const property = fc.property(worldsOfAnyPlacement(), (world) => {
      const planned = start(world);
      fc.pre(planned !== null);
      const shapes = new Set(world.shapes);
      if (planned.spec.entries.some(({ cloneName }) => cloneName !== null)) shapes.add('clones');
      if (planned.spec.entries.some(({ replaced }) => replaced?.mirror !== undefined)) shapes.add('mirror moved');
      check(planned, shapes);
      seen.add([...shapes, `placement ${planned.spec.targets[0].placement}`]);
    });
    fc.assert(property, runs);
    const wanted = ['clones', 'mirror moved', 'several routes', 'gateway', 'placement dedicated', 'placement subset'];
    for (const shape of wanted) expect(`${shape}: ${Math.min(seen.of(shape), 1)}`).toBe(`${shape}: 1`);
  });
}

const kinds: OperationVerb[] = ['create', 'pause', 'resume', 'delete'];

describe('patches for the owner', () => {
  forAll('make of the object what the console itself would have written', (planned) => {
    for (const verb of kinds) {
      run(verb, planned, ({ live, step, forms }) => {
        const edit = editFor(writeOf(step), planned.spec, live, { recordUid: null });
        if (edit.kind !== 'update') throw new Error(edit.kind);
        expect(sameJson(applyJsonPatch(live, forms.operations), edit.object)).toBe(true);
        expect(parse(forms.yaml)).toEqual(parse(toPortableYaml(edit.object)));
      });
    }
  });

  forAll('to put entries in and to take them out leave every object as it was', (planned) => {
    const content = planned.cluster.content();
    run('create', planned);
    run('delete', planned);
    expect(planned.cluster.content()).toEqual(content);
  });

  forAll('are the only thing that changes an object of others', (planned) => {
    const { spec, cluster } = planned;
    const own = spec.virtualService?.metadata.name;
    for (const verb of kinds) {
      for (const step of stepsFor(verb, spec)) {
        const isShared = step.object?.kind === 'VirtualService' && step.object.name !== own;
        if (isShared) expect(step.verb).toBe('wait');
      }
      run(verb, planned);
      for (const object of [...cluster.virtualServices, ...cluster.destinationRules])
        if (object.metadata.labels?.['mirror-console.io/task'] === undefined)
          expect(object.metadata.managedFields?.some(({ manager }) => manager === 'mirror-console') ?? false).toBe(
            false,
          );
    }
  });

  forAll('are refused where the routes have moved since', (planned) => {
    run('create', planned, ({ live, forms }) => {
      const moved = clone(live);
      moved.spec.http = [{ name: 'moved-in', directResponse: { status: 503 } }, ...(live.spec.http ?? [])];
      expect(() => applyJsonPatch(moved, forms.operations)).toThrow(/is another/);
    });
  });

  forAll('for a kustomization start from the object without the task, whatever it copies now', (planned) => {
    run('create', planned);
    const changed: Case = {
      ...planned,
      spec: withPercentages(planned.spec, [planned.spec.targets[0].percentage === 7 ? 8 : 7]),
    };
    run('change', changed, ({ live, step, forms }) => {
      const { patches } = parse(forms.kustomize ?? '') as { patches: { target: object; patch: string }[] };
      const theirs = before(changed.spec, live) as VirtualService;
      const patched = applyJsonPatch(theirs, parse(patches[0]?.patch ?? '') as PatchOperation[]);
      expect(hasLanded(step, changed.spec, patched)).toBe(true);
    });
    run('delete', changed, ({ forms }) => expect(forms.kustomize).toBeNull());
  });
});
