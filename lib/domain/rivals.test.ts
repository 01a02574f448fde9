import { describe, expect, it } from 'vitest';
import { planCreate } from './plan-create.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import { withLeaving } from './retarget.ts';
import { rivalOf } from './rivals.ts';
import type { TaskSpec } from './task.ts';
import { reviews } from './testing/snapshot.ts';

const seed = reviews();
const unpinned = seed.snapshot.virtualServices.map((object) => ({
  ...object,
  spec: { ...object.spec, http: [{ route: [{ destination: { host: 'reviews' } }] }] },
}));

function plan(name: string, version: string, input: Partial<PlanningInput>, snapshot: Partial<PlanningSnapshot> = {}) {
  const target = { kind: 'version' as const, version, replicas: 1, containers: [] };
  const { spec, checks } = planCreate({ ...seed.input, name, target, ...input }, { ...seed.snapshot, ...snapshot });
  if (!spec) throw new Error('no plan');
  const failing = checks.filter(({ severity }) => severity === 'fail');
  return { spec, failed: failing.map(({ params }) => params.reason), codes: failing.map(({ code }) => code) };
}

const areRivals = (a: TaskSpec, b: TaskSpec) => [rivalOf(a, [a, b])?.name, rivalOf(b, [a, b])?.name];

describe('tasks planned at the same time', () => {
  it.each<[string, Partial<PlanningInput>, Partial<PlanningSnapshot>]>([
    ['pin the same routes', { placement: 'subset' }, { virtualServices: unpinned }],
    ['make the DestinationRule', { placement: 'subset' }, { destinationRules: [] }],
    ['make a VirtualService for the host', { placement: 'dedicated' }, { virtualServices: [] }],
  ])('are rivals where both %s, and neither is planned beside the other', (_, input, snapshot) => {
    const a = plan('a', 'v2', input, snapshot).spec;
    const b = plan('b', 'v3', input, snapshot).spec;
    expect(areRivals(a, b)).toEqual(['b', 'a']);
    expect(plan('b', 'v3', input, { ...snapshot, tasks: [a] }).failed).toContain('other_task');
  });

  it('are rivals where both make the same subset', () => {
    const a = plan('a', 'v2', {}).spec;
    expect(areRivals(a, plan('b', 'v2', {}).spec)).toEqual(['b', 'a']);
    expect(plan('b', 'v2', {}, { tasks: [a] }).codes).toContain('task_rival');
  });

  it('are rivals where one copies to what the other is about to leave: the leaving would take out the first one’s', () => {
    const httpbin = { kind: 'service' as const, namespace: 'httpbin', name: 'httpbin', port: 8000, percentage: 5 };
    const v3 = { kind: 'version' as const, version: 'v3', replicas: 1, containers: [], percentage: 5 };
    const several = { target: undefined, percentage: undefined };
    const a = withLeaving(plan('a', 'v2', { ...several, targets: [v3, httpbin] }).spec, ['service']);
    expect(areRivals(a, plan('b', 'v2', { ...several, targets: [httpbin] }).spec)).toEqual(['b', 'a']);
  });

  it('are rivals where the owner would have to patch one object for both, also for different services', () => {
    const patched: Partial<PlanningInput> = { placement: 'dedicated', delivery: 'patch' };
    const a = plan('a', 'v2', patched).spec;
    const b = plan('b', 'v3', patched).spec;
    expect(areRivals(a, b)).toEqual(['b', 'a']);
    expect(areRivals(a, { ...b, service: { ...b.service, host: 'ratings.demo-project.svc.cluster.local' } })).toEqual([
      'b',
      'a',
    ]);
    const second = plan('b', 'v3', patched, { tasks: [a] });
    expect(second).toMatchObject({ codes: ['task_rival'], failed: ['patch'] });
    expect(areRivals(a, plan('b', 'v3', { placement: 'dedicated' }).spec)).toEqual([undefined, undefined]);
  });

  it('stand beside each other where each has what it needs to itself', () => {
    const subset = plan('a', 'v2', {}).spec;
    expect(subset.targets[0].placement).toBe('subset');
    expect(areRivals(subset, plan('b', 'v3', {}).spec)).toEqual([undefined, undefined]);
    expect(areRivals(subset, plan('b', 'v2', { placement: 'dedicated' }).spec)).toEqual([undefined, undefined]);
    expect(plan('b', 'v3', {}, { tasks: [subset] }).codes).toEqual([]);
  });

  it('pins are not put where another mirror stands behind the Service by its owner’s pins', () => {
    const { spec } = plan('a', 'v2', {});
    const later = plan('b', 'v3', { placement: 'subset' }, { tasks: [spec], virtualServices: unpinned });
    expect(later.failed).toContain('other_task');
  });
});
