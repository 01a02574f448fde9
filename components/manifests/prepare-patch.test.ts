import { describe, expect, test } from 'vitest';
import type { ObjectPatch } from '@/lib/contract/task';
import { preparePatch } from './prepare-patch';

const patch: ObjectPatch = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  namespace: 'shop',
  name: 'reviews',
  direction: 'in',
  tool: 'Flux',
  landed: false,
  problem: null,
  forms: { yaml: 'kind: VirtualService\n', kustomize: 'patches: []\n', kubectl: 'kubectl patch', operations: [] },
  ignoreDifferences: null,
};

const formsOf = (fields: Partial<ObjectPatch>) => preparePatch({ ...patch, ...fields }).map(({ form }) => form);

describe('the forms of a patch', () => {
  test('are those that its owner can use', () => {
    expect(formsOf({})).toEqual(['kubectl', 'kustomize', 'yaml']);
    expect(formsOf({ ignoreDifferences: 'spec: {}\n' })).toEqual(['kubectl', 'kustomize', 'yaml', 'argocd']);
  });

  test('going out name a kustomization’s patch, which there is no other one for', () => {
    const forms = patch.forms && { ...patch.forms, kustomize: null };
    const out = preparePatch({ ...patch, direction: 'out', forms });
    expect(out.find(({ form }) => form === 'kustomize')).toEqual({
      form: 'kustomize',
      lead: 'kustomizeOut',
      text: null,
    });
  });

  test('are none where there is nothing to do', () => {
    expect(formsOf({ forms: null, landed: true })).toEqual([]);
  });
});
