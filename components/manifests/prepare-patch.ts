import type { ObjectPatch } from '@/lib/contract/task';

export type PatchForm = 'kubectl' | 'kustomize' | 'yaml' | 'argocd';

export interface PreparedForm {
  form: PatchForm;
  /** Key of what is said of it. */
  lead: PatchForm | 'kustomizeOut';
  /** Null: what is said is all there is to do. */
  text: string | null;
}

/** The forms that a patch comes in; none where there is nothing to do, or nothing that can be done. */
export function preparePatch({ forms, direction, ignoreDifferences }: ObjectPatch): PreparedForm[] {
  if (!forms) return [];
  const hasKustomize = forms.kustomize !== null || direction === 'out';
  return [
    { form: 'kubectl', lead: 'kubectl', text: forms.kubectl },
    ...(hasKustomize
      ? [
          {
            form: 'kustomize',
            lead: direction === 'out' ? 'kustomizeOut' : 'kustomize',
            text: forms.kustomize,
          } as const,
        ]
      : []),
    { form: 'yaml', lead: 'yaml', text: forms.yaml },
    ...(ignoreDifferences === null ? [] : [{ form: 'argocd', lead: 'argocd', text: ignoreDifferences } as const]),
  ];
}
