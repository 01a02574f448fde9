import { describe, expect, test } from 'vitest';
import { deliveryOf } from './delivery.ts';
import { permissionsNeeded, permissionText } from './permissions.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput } from './planning-snapshot.ts';
import { stepsFor } from './steps.ts';
import type { TaskSpec } from './task.ts';
import { reviews } from './testing/snapshot.ts';

const argo = { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:reviews' } };
const flux = { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } };
const helm = { labels: { 'app.kubernetes.io/managed-by': 'Helm' } };
const flagger = { ownerReferences: [{ apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'reviews', uid: '1' }] };

const rollouts = { annotations: { 'argo-rollouts.argoproj.io/managed-by-rollouts': 'reviews' } };
const kubeSphere = {
  ownerReferences: [{ apiVersion: 'servicemesh.kubesphere.io/v1alpha2', kind: 'Strategy', name: 'reviews', uid: '1' }],
};
const applied = { managedFields: [{ manager: 'kubectl', operation: 'Apply' }] };

/** A task on reviews, whose VirtualService bears these marks. */
function planned(marks: object, input: Partial<PlanningInput> = {}) {
  const { snapshot, input: asked } = reviews();
  const virtualServices = snapshot.virtualServices.map((object) => ({
    ...object,
    metadata: { ...object.metadata, ...marks },
  }));
  const owned = { ...snapshot, virtualServices };
  const { spec, checks } = planCreate({ ...asked, ...input }, owned);
  if (!spec) throw new Error(JSON.stringify(checks));
  return { spec, delivery: deliveryOf(spec, owned), owner: checks.filter(({ code }) => code === 'owner_tool') };
}

const writesShared = (spec: TaskSpec) =>
  permissionsNeeded('create', spec)
    .map(permissionText)
    .filter((text) => /^(create|update|delete) (virtualservices|destinationrules)/.test(text));

describe('how changes of others’ objects are delivered', () => {
  test.each([
    ['Argo CD', argo, 'patch'],
    ['Flux', flux, 'patch'],
    ['Helm', helm, 'write'],
    ['Flagger', flagger, 'write'],
    ['Argo Rollouts', rollouts, 'write'],
    ['KubeSphere', kubeSphere, 'write'],
    ['server-side apply (kubectl)', applied, 'write'],
  ])('is by a patch where the owner’s tool takes writes back from a manifest: %s', (tool, marks, proposed) => {
    const { delivery } = planned(marks);
    expect(delivery).toMatchObject({ chosen: 'write', proposed, owners: [{ tool, object: { name: 'reviews' } }] });
  });

  test('is by the console where no tool is seen', () => {
    expect(planned({}).delivery).toEqual({ chosen: 'write', proposed: 'write', owners: [] });
  });

  test('comes with the settings of Argo CD that let the console write, and with no other tool’s', () => {
    expect(planned(argo).delivery.owners[0]?.ignoreDifferences).toContain('jsonPointers:');
    expect(planned(flux).delivery.owners[0]?.ignoreDifferences).toBeNull();
  });

  test('by a patch warns of no tool that applies a manifest, and of one that makes the object itself', () => {
    expect(planned(argo, { delivery: 'patch' }).owner).toMatchObject([
      { severity: 'pass', params: { delivery: 'patch', tool: 'Argo CD' } },
    ]);
    expect(planned(argo).owner).toMatchObject([{ severity: 'warn' }]);
    for (const marks of [flagger, kubeSphere])
      expect(planned(marks, { delivery: 'patch' }).owner).toMatchObject([{ severity: 'warn' }]);
  });

  test('by a patch asks for no right to write what others own', () => {
    expect(writesShared(planned(argo).spec)).not.toEqual([]);
    const { spec } = planned(argo, { delivery: 'patch' });
    expect(writesShared(spec)).toEqual([]);
    expect(permissionsNeeded('create', spec).map(permissionText)).toContain(
      'get virtualservices.networking.istio.io (demo-project)',
    );
  });

  test('by a patch waits where a write would be, and settles before anything is removed', () => {
    const { spec } = planned(argo, { delivery: 'patch' });
    expect(spec.targets[0]).toMatchObject({
      placement: 'dedicated',
      placementReason: { code: 'placement_owner_patch' },
    });
    const idsOf = (verb: 'create' | 'change' | 'delete') => stepsFor(verb, spec).map(({ id }) => id);
    expect(idsOf('create').at(-1)).toBe('await-mirror:demo-project/reviews');
    expect(idsOf('change')).toEqual(['await-mirror:demo-project/reviews']);
    expect(idsOf('delete').slice(0, 3)).toEqual([
      'await-unmirror:demo-project/reviews',
      'settle-unmirror',
      'remove-workload',
    ]);
  });
});
