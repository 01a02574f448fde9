import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Container, Deployment } from './kubernetes.ts';
import { withContainers } from './new-deployment.ts';
import type { ContainerChange, TaskSpec, WorkloadChange, WorkloadFields } from './task.ts';
import { mirroring } from './testing/standing-task.ts';
import { changeWorkload, ownVersionOf, planWorkloadChange, takenBack, withWorkload } from './workload-change.ts';

const images = fc.constantFrom('reviews:1', 'reviews:2', 'reviews:3');
const envs = fc.uniqueArray(fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: fc.constantFrom('1', '2') }), {
  selector: ({ name }) => name,
  maxLength: 3,
});
const amounts = fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.constantFrom('1', '500m', '2'), { maxKeys: 2 });
const container = (name: string) =>
  fc
    .record({
      image: images,
      env: fc.option(envs.filter(({ length }) => length > 0)),
      requests: amounts,
      limits: amounts,
    })
    .map(({ image, env, requests, limits }): Container => {
      const isFilled = (one: object) => Object.keys(one).length > 0;
      // A request that is not named is the limit, as the API server has it.
      const all = { ...limits, ...requests };
      const resources = { ...(isFilled(all) && { requests: all }), ...(isFilled(limits) && { limits }) };
      return { name, image, ...(env && { env }), resources };
    });
const deployments = fc
  .record({ reviews: container('reviews'), sidecar: container('sidecar'), replicas: fc.integer({ min: 1, max: 4 }) })
  .map(({ reviews, sidecar, replicas }): Deployment => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'reviews-v2', namespace: 'demo-project' },
    spec: { replicas, selector: {}, template: { spec: { containers: [reviews, sidecar] } } },
  }));
const change = (name: string) =>
  fc.record(
    {
      name: fc.constant(name),
      image: images,
      env: envs,
      resources: fc.record({ requests: amounts, limits: amounts }, { requiredKeys: [] }),
    },
    { requiredKeys: ['name'] },
  ) as fc.Arbitrary<ContainerChange>;
const wishes: fc.Arbitrary<WorkloadFields> = fc
  .record({
    replicas: fc.option(fc.integer({ min: 1, max: 4 })),
    containers: fc.tuple(change('reviews'), change('sidecar')),
  })
  .map(({ replicas, containers }) => ({ ...(replicas !== null && { replicas }), containers }));

function changed(live: Deployment, step: WorkloadChange): Deployment {
  const result = changeWorkload(live, step);
  if ('conflict' in result) throw new Error(`conflict in ${result.conflict}`);
  return result.object;
}

/** What the API server makes of quantities and of requests that are not named. */
function served(object: Deployment): Deployment {
  const containers = object.spec.template.spec.containers.map(({ resources = {}, ...others }): Container => {
    const canonical = (texts: Record<string, string>) =>
      Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text === '1000m' ? '1' : text]));
    const all = { ...resources.limits, ...resources.requests };
    return {
      ...others,
      resources: {
        ...(Object.keys(all).length > 0 && { requests: canonical(all) }),
        ...(resources.limits && { limits: canonical(resources.limits) }),
      },
    };
  });
  return { ...object, spec: { ...object.spec, template: { spec: { containers } } } };
}

describe('changing a new version’s workload', () => {
  it('done twice is done once, and taken back leaves what stood, whatever the API server adds', () => {
    fc.assert(
      fc.property(deployments, wishes, (live, asked) => {
        const step = planWorkloadChange(live, asked);
        if (!step) return;
        const now = served(changed(live, step));
        expect(now.spec).not.toEqual(live.spec);
        expect(changed(now, step)).toEqual(now);
        expect(planWorkloadChange(now, asked)).toBeNull();
        const back = takenBack(step);
        expect(served(changed(now, back))).toEqual(live);
        expect(changed(live, back)).toEqual(live);
      }),
    );
  });

  it('says the same of a record as of the Deployment that a plan of today makes', () => {
    fc.assert(
      fc.property(deployments, fc.array(wishes, { maxLength: 3 }), (live, history) => {
        const { spec } = mirroring().record;
        const [target] = spec.targets;
        const start = { ...target, deployment: { ...target.deployment!, spec: live.spec } };
        const first = ownVersionOf(start)!.containers;
        const begun: TaskSpec = { ...spec, targets: [{ ...start, deployment: withFirst(start.deployment, first) }] };
        const [after] = history.reduce((then, fields) => withWorkload(then, target.id, fields), begun).targets;
        const planned = withContainers(live.spec.template.spec, ownVersionOf(after)!.containers);
        expect(after.deployment!.spec.template.spec).toEqual(planned);
        expect(ownVersionOf(after)!.replicas).toBe(
          history.findLast(({ replicas }) => replicas !== undefined)?.replicas ?? ownVersionOf(start)!.replicas,
        );
      }),
    );
  });

  it.each([
    ['an empty value in place of a text', { value: 'x' }, {}],
    ['an empty value in place of a reference', { valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }, { value: '' }],
    ['a reference in place of a text', { value: 'x' }, { valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
  ])('takes %s for a change', (_what, before, after) => {
    const live = fc.sample(deployments, 1)[0]!;
    live.spec.template.spec.containers[0]!.env = [{ name: 'A', ...before }];
    const env = [{ name: 'A', ...after }];
    const step = planWorkloadChange(live, { containers: [{ name: 'reviews', env }] })!;
    expect(changed(live, step).spec.template.spec.containers[0]!.env).toEqual(env);
  });

  it('stops at a field that somebody else has set meanwhile, and leaves it when it is taken back', () => {
    const live = fc.sample(deployments, 1)[0]!;
    live.spec.template.spec.containers[0]!.image = 'reviews:1';
    const step = planWorkloadChange(live, { replicas: 9, containers: [{ name: 'reviews', image: 'reviews:2' }] })!;
    const theirs = structuredClone(live);
    theirs.spec.template.spec.containers[0]!.image = 'reviews:fixed';
    expect(changeWorkload(theirs, step)).toEqual({ conflict: 'reviews.image' });
    theirs.spec.replicas = 9;
    const back = changed(theirs, takenBack(step));
    expect(back.spec.template.spec.containers[0]!.image).toBe('reviews:fixed');
    expect(back.spec.replicas).toBe(live.spec.replicas);
  });
});

function withFirst(deployment: Deployment, containers: readonly ContainerChange[]): Deployment {
  const { template } = deployment.spec;
  return {
    ...deployment,
    spec: { ...deployment.spec, template: { ...template, spec: withContainers(template.spec, containers) } },
  };
}
