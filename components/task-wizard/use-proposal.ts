'use client';
import { useQuery } from '@tanstack/react-query';
import { planTaskOptions } from '@/lib/client/tasks';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { Placement } from '@/lib/domain/task';
import { placedTarget } from './model/form-model';
import { toProbeInput } from './model/to-input';
import type { Wizard } from './use-wizard';

/** The plan for the service and the target that is placed, with a placement asked for (null: as the console proposes). */
export function useProposal({ form, namespace, choices }: Wizard, placement: Placement | null) {
  const input = toProbeInput(form, namespace, choices, placedTarget(form), placement);
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
