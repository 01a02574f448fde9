import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { PatchOperation } from './json-patch.ts';
import type { VirtualService } from './kubernetes.ts';
import { hasLanded, ownerPatch } from './owner-patch.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput } from './planning-snapshot.ts';
import { mirrorPoliciesOf } from './route-mirror.ts';
import { isAwaited, stepsFor } from './steps.ts';
import type { TaskSpec } from './task.ts';
import { applyJsonPatch } from './testing/apply-json-patch.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { reviews } from './testing/snapshot.ts';

const { snapshot, input } = reviews();
const [manifest] = snapshot.virtualServices as [VirtualService];

function plan(
  name: string,
  version: string,
  wish: Partial<PlanningInput>,
  beside?: { task: TaskSpec; live: VirtualService },
) {
  const target = { kind: 'version' as const, version, replicas: 1, containers: [] };
  const { spec } = planCreate(
    { ...input, name, target, placement: 'dedicated', ...wish },
    beside ? { ...snapshot, tasks: [beside.task], virtualServices: [beside.live] } : snapshot,
  );
  if (!spec) throw new Error('no plan');
  return spec;
}

const mirrors = ({ spec }: Pick<VirtualService, 'spec'>) =>
  (spec.http ?? []).flatMap(mirrorPoliciesOf).map(({ destination }) => destination.host.split('.')[0]);

describe('a patch beside a task that writes', () => {
  it.each<[string, Partial<PlanningInput>]>([
    ['the routes', {}],
    ['a clone', { selection: { methods: ['GET'], match: [] } }],
  ])('has none of its copies in what goes into the owner’s manifest, where it copies from %s', (_, wish) => {
    const writing = plan('one', 'v2', { delivery: 'write', ...wish });
    const cluster = new MemoryCluster([manifest]);
    cluster.run('create', writing);
    const live = cluster.get('VirtualService', 'demo-project', 'reviews') as VirtualService;
    expect(mirrors(live)).toContain('reviews-mirror-one');

    const spec = plan('two', 'v3', { delivery: 'patch' }, { task: writing, live });
    const [step] = stepsFor('create', spec).filter(isAwaited);
    const { forms } = ownerPatch(step!, spec, live, [writing]);
    const whole = parse(forms?.yaml ?? '') as VirtualService;
    expect(new Set(mirrors(whole))).toEqual(new Set(['reviews-mirror-two']));

    const { patches } = parse(forms?.kustomize ?? '') as { patches: { patch: string }[] };
    const patched = applyJsonPatch(manifest, parse(patches[0]?.patch ?? '') as PatchOperation[]);
    expect(mirrors(patched)).toEqual(['reviews-mirror-two']);
    expect(whole.spec.http).toEqual(patched.spec.http);

    const applied = applyJsonPatch(live, forms?.operations ?? []);
    expect(mirrors(applied)).toContain('reviews-mirror-one');
    expect(hasLanded(step!, spec, applied)).toBe(true);
  });
});
