'use client';
import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Problem } from '@/components/targets/target-problems';
import { ApiRequestError } from '@/lib/client/http';
import { meOptions } from '@/lib/client/inventory';
import { useCreateTask } from '@/lib/client/task-mutations';
import { changedObjects, planTaskOptions, taskOptions } from '@/lib/client/tasks';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { Plan } from '@/lib/contract/task';
import { isSameTask, placeOfPath } from './model/submission';
import { toCreateTaskInput } from './model/to-input';
import { wizardSteps, type WizardStep } from './model/wizard-steps';
import type { Wizard } from './use-wizard';

/** How pressing Create ended. `changed`: the cluster moved on, the plan was made again, look at it first. */
export type CreateOutcome =
  | { kind: 'created' }
  | { kind: 'taken' }
  | { kind: 'refused'; step: WizardStep; problems: Problem[] }
  | { kind: 'changed'; objects: string[] };

export interface Creation {
  plan: UseQueryResult<Plan>;
  /** Objects that changed since the plan that was looked at; null when none did. */
  changed: string[] | null;
  error: unknown;
  pending: boolean;
  done: boolean;
  /** Another tab has sent this very form: its task is there, and creating leads to it. */
  made: boolean;
  /** Creates the task once, however often it is called. */
  create: () => Promise<CreateOutcome | null>;
  checkAgain: () => void;
}

/** The plan of the review and the one request that acts on it. */
export function useCreate(wizard: Wizard): Creation {
  const client = useQueryClient();
  const input = toCreateTaskInput(wizard.form, wizard.namespace, wizard.choices);
  const furtherIds = wizard.form.further.map(({ id }) => id);
  const complete = wizardSteps.every((step) => wizard.problemsOn(step).length === 0);
  const plan = useQuery({
    ...planTaskOptions(input ?? unasked),
    enabled: input !== null && complete && wizard.step === 'review',
    // What is looked at is what is created: a plan changes only when it is asked for.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const me = useQuery(meOptions(wizard.namespace));
  const made =
    input !== null && wizard.taken !== null && me.data !== undefined && isSameTask(wizard.taken, input, me.data.user);
  const post = useCreateTask();
  // What came of the last try, and the request it was about: it says nothing about another one.
  const [tried, setTried] = useState<{ input: string; changed: string[] | null; error: unknown } | null>(null);
  const running = useRef(false);

  const createOnce = async (body: CreateTaskInput, seen: Plan): Promise<CreateOutcome> => {
    try {
      await post.mutateAsync({ ...body, basis: seen.basis });
      return { kind: 'created' };
    } catch (error) {
      if (!(error instanceof ApiRequestError)) throw error;
      if (error.code === 'already_exists') {
        const [task, me] = await Promise.all([
          client.fetchQuery({ ...taskOptions(body.namespace, body.name), staleTime: 0 }),
          client.fetchQuery(meOptions(body.namespace)),
        ]);
        return isSameTask(task, body, me.user) ? { kind: 'created' } : { kind: 'taken' };
      }
      if (error.code === 'precondition_failed' || error.code === 'plan_infeasible') {
        const next = await plan.refetch();
        return { kind: 'changed', objects: changedObjects(seen.basis, next.data?.basis ?? seen.basis) };
      }
      const refused = refusalOf(error, body, furtherIds);
      if (refused !== null) return refused;
      throw error;
    }
  };
  const creation = useMutation({
    mutationFn: ({ body, seen }: { body: CreateTaskInput; seen: Plan }) => createOnce(body, seen),
    networkMode: 'always',
    retry: false,
  });
  const signature = JSON.stringify(input);

  const current = tried?.input === signature ? tried : null;

  return {
    plan,
    changed: current?.changed ?? null,
    error: current?.error ?? null,
    pending: creation.isPending,
    done: creation.data?.kind === 'created',
    made,
    create: async () => {
      if (made) return { kind: 'created' };
      if (running.current || input === null || plan.data === undefined) return null;
      running.current = true;
      setTried(null);
      try {
        const outcome = await creation.mutateAsync({ body: input, seen: plan.data });
        setTried({ input: signature, changed: outcome.kind === 'changed' ? outcome.objects : null, error: null });
        // A created task is never created again from this page.
        running.current = outcome.kind === 'created';
        return outcome;
      } catch (error) {
        setTried({ input: signature, changed: null, error });
        running.current = false;
        return null;
      }
    },
    checkAgain: () => {
      setTried(null);
      void plan.refetch();
    },
  };
}

/** Findings about single fields, with the first step that has one; null when the request was refused as a whole. */
function refusalOf(
  error: ApiRequestError,
  input: CreateTaskInput,
  furtherIds: readonly string[],
): CreateOutcome | null {
  const placed = error.details.flatMap((detail) => {
    const place = placeOfPath(detail.path, input, furtherIds);
    return place === null
      ? []
      : [{ step: place.step, problem: { field: place.field, code: detail.code, params: detail.params } }];
  });
  const step = wizardSteps.find((candidate) => placed.some((finding) => finding.step === candidate));
  return step === undefined ? null : { kind: 'refused', step, problems: placed.map((finding) => finding.problem) };
}

const unasked = { namespace: '', name: '', service: '', target: { kind: 'version', existing: '' } } as const;
