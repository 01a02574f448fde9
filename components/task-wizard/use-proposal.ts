'use client';
import { useQuery } from '@tanstack/react-query';
import { planTaskOptions } from '@/lib/client/tasks';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { Placement } from '@/lib/domain/task';
import { toProbeInput } from './model/to-input';
import type { Wizard } from './use-wizard';

/** The plan for service and target with a placement asked for (null: as the console proposes). */
export function useProposal(wizard: Wizard, placement: Placement | null) {
  const input = toProbeInput(wizard.form, wizard.namespace, wizard.choices, placement);
  const query = useQuery({
    ...planTaskOptions(input ?? nothing),
    enabled: input !== null,
    staleTime: 30_000,
    gcTime: 60_000,
  });
  return { plan: query.data, isLoading: query.isLoading, failed: query.isError };
}

const nothing: Pick<CreateTaskInput, 'namespace' | 'name' | 'service' | 'target'> = {
  namespace: '',
  name: '',
  service: '',
  target: { kind: 'version', existing: '' },
};
