import { describe, expect, it } from 'vitest';
import type { Deployment, Pod } from './kubernetes.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningSnapshot, ResourceQuotaObject } from './planning-snapshot.ts';
import { planAnew } from './replan.ts';
import { checksOf, found, namespace } from './testing/checks.ts';
import { deploymentOf, podsOf, reviews } from './testing/snapshot.ts';

function quota(hard: Record<string, string>, used: Record<string, string>, more: object = {}): ResourceQuotaObject {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'team', namespace },
    spec: { hard, ...more },
    status: { hard, used },
  };
}

const v1 = deploymentOf('reviews-v1', namespace, { app: 'reviews', version: 'v1' });

/** The live version with resources in its template, and its pod with a sidecar that asks for 100m. */
function live(resources: object, ofPod: object = resources): { deployments: Deployment[]; pods: Pod[] } {
  const container = { name: 'reviews', image: 'image:1' };
  const template = { metadata: v1.spec.template.metadata ?? {}, spec: { containers: [{ ...container, resources }] } };
  const proxy = { name: 'istio-proxy', resources: { requests: { cpu: '100m' } } };
  const pods = podsOf(v1).map((pod) => ({ ...pod, spec: { containers: [{ ...container, resources: ofPod }, proxy] } }));
  return { deployments: [{ ...v1, spec: { ...v1.spec, template } }], pods };
}

function target(replicas: number, resources?: Record<'requests' | 'limits', Record<string, string>>) {
  return {
    target: {
      kind: 'version' as const,
      version: 'v2',
      replicas,
      containers: [{ name: 'reviews', image: 'image:2', ...(resources ? { resources } : {}) }],
    },
  };
}

const half = { requests: { cpu: '500m' } };

describe('quota', () => {
  it('fails where the replicas, with their sidecars, need more than is left', () => {
    const resourceQuotas = [quota({ 'requests.cpu': '2' }, { 'requests.cpu': '1' })];
    expect(found(checksOf({ ...live(half), resourceQuotas }, target(1)), 'quota')).toEqual(['pass fits']);
    const [check] = checksOf({ ...live(half), resourceQuotas }, target(2)).filter(({ code }) => code === 'quota');
    expect(check).toMatchObject({
      severity: 'fail',
      params: { quota: 'team', resource: 'requests.cpu', need: '1200m', left: '1' },
    });
  });

  it('counts what was asked for the new version instead of what the live one has', () => {
    const resourceQuotas = [quota({ 'limits.memory': '1Gi', cpu: '1' }, { 'limits.memory': '600Mi', cpu: '0' })];
    const asked = (memory: string) => target(1, { requests: {}, limits: { memory } });
    expect(found(checksOf({ ...live(half), resourceQuotas }, asked('512Mi')), 'quota')).toEqual(['fail']);
    expect(found(checksOf({ ...live(half), resourceQuotas }, asked('400Mi')), 'quota')).toEqual(['pass fits']);
  });

  it('counts what the namespace’s defaults give to containers that ask for nothing', () => {
    const resourceQuotas = [quota({ 'requests.memory': '300Mi' }, { 'requests.memory': '150Mi' })];
    const defaulted = live({}, { requests: { memory: '200Mi' } });
    expect(found(checksOf({ ...defaulted, resourceQuotas }, target(1)), 'quota')).toEqual(['fail']);
    const { pods } = live({});
    expect(found(checksOf({ ...defaulted, pods, resourceQuotas }, target(1)), 'quota')).toEqual(['pass fits']);
  });

  it('counts pods, and an init container that asks for more than those that run later', () => {
    const pods = quota({ pods: '3' }, { pods: '2' });
    expect(found(checksOf({ ...live({}), resourceQuotas: [pods] }, target(1)), 'quota')).toEqual(['pass fits']);
    expect(found(checksOf({ ...live({}), resourceQuotas: [pods] }, target(2)), 'quota')).toEqual(['fail']);
    const world = live(half);
    const initContainers = [{ name: 'migrate', resources: { requests: { cpu: '900m' } } }];
    const withInit = world.pods.map((pod) => ({ ...pod, spec: { ...pod.spec, initContainers } }));
    const resourceQuotas = [quota({ 'requests.cpu': '800m' }, { 'requests.cpu': '0' })];
    expect(found(checksOf({ ...world, resourceQuotas }, target(1)), 'quota')).toEqual(['pass fits']);
    expect(found(checksOf({ ...world, pods: withInit, resourceQuotas }, target(1)), 'quota')).toEqual(['fail']);
  });

  it('does not count quotas of other namespaces and of other things, nor an existing workload', () => {
    const other = { ...quota({ pods: '0' }, { pods: '0' }), metadata: { name: 'team', namespace: 'shop' } };
    const ofVolumes = quota({ 'requests.storage': '1Gi', services: '0' }, {});
    expect(found(checksOf({ resourceQuotas: [other, ofVolumes] }), 'quota')).toEqual(['pass none']);
    const existing = deploymentOf('reviews-v2', namespace, { app: 'reviews', version: 'v2' });
    const world = {
      deployments: [v1, existing],
      pods: podsOf(v1, existing),
      resourceQuotas: [quota({ pods: '0' }, { pods: '0' })],
    };
    expect(found(checksOf(world, { target: { kind: 'version', existing: 'reviews-v2' } }), 'quota')).toEqual([
      'pass existing',
    ]);
  });

  it.each<[string, Partial<PlanningSnapshot>]>([
    ['unreadable', { unreadable: [{ kind: 'ResourceQuota', namespace }] }],
    ['scoped', { resourceQuotas: [quota({ pods: '1' }, {}, { scopes: ['BestEffort'] })] }],
    ['uncounted', { resourceQuotas: [quota({ pods: '9' }, {})] }],
    ['no_pod', { resourceQuotas: [quota({ pods: '9' }, {})], unreadable: [{ kind: 'Pod', namespace }] }],
  ])('is unknown as %s', (reason, parts) => {
    expect(found(checksOf(parts), 'quota')).toEqual([`unknown ${reason}`]);
  });

  it('does not count a task’s own pods against it when it is planned again', () => {
    const { input } = reviews();
    const world = { ...reviews().snapshot, ...live(half) };
    const { spec } = planCreate({ ...input, ...target(2) }, world);
    if (!spec?.targets[0].deployment) throw new Error('no plan');
    const own = ['a', 'b'].map((name) => ({
      ...(world.pods[0] as Pod),
      metadata: { name, namespace, labels: spec.targets[0].deployment?.spec.template.metadata?.labels ?? {} },
    }));
    // Three pods of 600m.
    const resourceQuotas = [quota({ 'requests.cpu': '2', pods: '3' }, { 'requests.cpu': '1800m', pods: '3' })];
    const again = { ...world, pods: [...world.pods, ...own], resourceQuotas };
    expect(planAnew(spec, again).failures).toEqual([]);
    const foreign = { ...world, resourceQuotas };
    expect(planAnew(spec, foreign).failures.map(({ code }) => code)).toEqual(['quota', 'quota']);
  });
});
