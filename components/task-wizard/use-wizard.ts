'use client';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { namespacesOfTargets } from '@/components/targets/target-choices';
import { isMissing, type Problem } from '@/components/targets/target-problems';
import { nameProblem } from '@/lib/domain/names';
import { deploymentsOptions, servicesOptions } from '@/lib/client/inventory';
import { ApiRequestError } from '@/lib/client/http';
import { taskOptions } from '@/lib/client/tasks';
import { useUrlState } from '@/lib/client/url-state';
import { useSettled } from '@/lib/client/use-settled';
import type { Task } from '@/lib/contract/task';
import { readChoices, targetChoices, type WizardChoices, type WizardFacts } from './model/choices';
import { clearDraft, readDraft, writeDraft } from './model/draft';
import { emptyForm, isTouched, withService, withShownVersions, type WizardForm } from './model/form-model';
import { problemsOf } from './model/validate';
import { reachableStep, stepFromAddress, wizardSteps, type WizardStep } from './model/wizard-steps';

export type NameStatus = 'invalid' | 'checking' | 'free' | 'taken' | 'unknown';

/** Everything that the steps read and do. */
export interface Wizard {
  namespace: string;
  form: WizardForm;
  /** Changes the form and keeps the draft. */
  update: (change: (form: WizardForm) => WizardForm) => void;
  facts: WizardFacts;
  choices: WizardChoices;
  nameStatus: NameStatus;
  /** The task that has the name already. */
  taken: Task | null;
  /** Services or Deployments could not be read. */
  loadError: unknown;
  reload: () => void;
  /** Services and Deployments are still being read. */
  loading: boolean;
  /** Null until it is known whether the step in the address may be shown. */
  step: WizardStep | null;
  goTo: (step: WizardStep) => void;
  /** Everything that is wrong on a step, shown or not. */
  problemsOn: (step: WizardStep) => Problem[];
  /** The problem of a field, once it may be shown. */
  problemOf: (field: string) => Problem | undefined;
  /** From now on show what is missing on this step as well. */
  showProblems: (step: WizardStep) => void;
  /** Findings of the API about single fields; forgotten with the next change. */
  setRefusals: (refusals: Problem[]) => void;
  /** Something was typed that would be lost. */
  touched: boolean;
  /** The form opened with a kept draft. */
  restored: boolean;
  /** The form is one that was filled in from a task. */
  prefilled: boolean;
  /** Puts back what had been typed before the form was filled in from a task; null when that was nothing. */
  putBack: (() => void) | null;
  /** Forgets everything typed. */
  discard: () => void;
  /** Forgets what was kept; the form stays on the page until it is left. */
  forgetDraft: () => void;
}

/**
 * State of the wizard: the form with its draft, what the server knows, and the step in the address. `prefilled`: what
 * the form opens with instead of the kept draft.
 */
export function useWizard(namespace: string, prefilled: WizardForm | null): Wizard {
  const draft = useDraft(namespace, prefilled);
  const { form } = draft;
  const services = useQuery(servicesOptions(namespace));
  const deployments = useQuery(deploymentsOptions(namespace));
  const places = namespacesOfTargets([form, ...form.further]);
  const servicesOfPlaces = useQueries({ queries: places.map((place) => servicesOptions(place)) });
  const { nameStatus, taken } = useNameStatus(namespace, form.name);
  const facts: WizardFacts = {
    services: services.data?.items,
    deployments: deployments.data?.items,
    targetServices: Object.fromEntries(places.map((place, index) => [place, servicesOfPlaces[index]?.data?.items])),
    nameTaken: taken !== null,
  };
  const choices = readChoices(form, facts);
  const [shownSteps, setShownSteps] = useState<readonly WizardStep[]>([]);
  const [refusals, setRefusals] = useState<Problem[]>([]);
  const problemsOn = (step: WizardStep): Problem[] => problemsOf(step, form, choices, facts);
  // Once for all fields: there are some for each variable of each container of each target.
  const shown = wizardSteps.flatMap((step) =>
    problemsOn(step).filter((problem) => shownSteps.includes(step) || !isMissing(problem)),
  );

  const loadError = services.data ? (deployments.data ? null : deployments.error) : services.error;
  const settled = (facts.services !== undefined && facts.deployments !== undefined) || loadError !== null;
  const { step, goTo } = useStep(settled, (candidate) => problemsOn(candidate).length === 0);
  useServiceFromAddress((service) => draft.update((current) => withService(current, service)));

  return {
    namespace,
    form,
    update: (change) => {
      setRefusals([]);
      draft.update(change);
    },
    facts,
    choices,
    nameStatus,
    taken,
    loadError,
    loading: !settled,
    reload: () => void Promise.all([services.refetch(), deployments.refetch()]),
    step,
    goTo: (next) => {
      // A suggestion that was passed stands: it must not move on under a reader of the review.
      if (next === 'strategy' || next === 'review')
        draft.update((current) => withShownVersions(current, (key) => targetChoices(choices, key).version));
      draft.acknowledge();
      goTo(next);
    },
    problemsOn,
    problemOf: (field) => [...refusals, ...shown].find((problem) => problem.field === field),
    showProblems: (candidate) => setShownSteps((steps) => (steps.includes(candidate) ? steps : [...steps, candidate])),
    setRefusals,
    touched: isTouched(form),
    restored: draft.restored,
    prefilled: draft.isPrefilled,
    putBack: draft.putBack,
    discard: () => {
      setShownSteps([]);
      setRefusals([]);
      draft.discard();
    },
    forgetDraft: () => clearDraft(sessionStorage, namespace),
  };
}

/** The form, kept in this tab's storage with every change. Only mounted in the browser. */
function useDraft(namespace: string, prefilled: WizardForm | null) {
  const [opened] = useState(() => readDraft(sessionStorage, namespace));
  const kept = opened !== null && isTouched(opened) ? opened : null;
  const [form, setForm] = useState(prefilled ?? opened ?? emptyForm);
  const [restored, setRestored] = useState(kept !== null && prefilled === null);
  const [isPrefilled, setIsPrefilled] = useState(prefilled !== null);
  // Two changes in one event must both count.
  const latest = useRef(form);
  useEffect(() => {
    if (prefilled !== null) writeDraft(sessionStorage, namespace, prefilled);
  }, [namespace, prefilled]);
  const show = (next: WizardForm): void => {
    latest.current = next;
    setForm(next);
    writeDraft(sessionStorage, namespace, next);
  };
  return {
    form,
    restored,
    isPrefilled,
    putBack:
      isPrefilled && kept
        ? (): void => {
            show(kept);
            setIsPrefilled(false);
          }
        : null,
    update: (change: (form: WizardForm) => WizardForm): void => show(change(latest.current)),
    acknowledge: (): void => setRestored(false),
    discard: (): void => {
      latest.current = emptyForm;
      setForm(emptyForm);
      setRestored(false);
      setIsPrefilled(false);
      clearDraft(sessionStorage, namespace);
    },
  };
}

/** Looks up whether a valid name is free, once typing pauses. */
function useNameStatus(namespace: string, name: string): { nameStatus: NameStatus; taken: Task | null } {
  const typed = useSettled(name, 300);
  const valid = nameProblem(name) === null;
  const lookup = useQuery({
    ...taskOptions(namespace, typed),
    enabled: valid && typed === name,
    refetchInterval: false,
    retry: false,
  });
  if (!valid) return { nameStatus: 'invalid', taken: null };
  if (typed !== name || lookup.isPending) return { nameStatus: 'checking', taken: null };
  if (lookup.data && !lookup.isError) return { nameStatus: 'taken', taken: lookup.data };
  const free = lookup.error instanceof ApiRequestError && lookup.error.code === 'not_found';
  return { nameStatus: free ? 'free' : 'unknown', taken: null };
}

/** A link from a service or a task filled in the form when the wizard opened; from the first step on the form has it. */
const spent = { service: null, from: null };

/**
 * The step in the address. A step is judged when it is asked for, not again while it stands: what changes in the
 * cluster meanwhile is told on the step, it does not throw the reader back.
 */
function useStep(settled: boolean, isValid: (step: WizardStep) => boolean) {
  const { get, set } = useUrlState();
  const asked = stepFromAddress(get('step'));
  const [judged, setJudged] = useState<{ asked: WizardStep; step: WizardStep } | null>(null);
  const known = judged?.asked === asked ? judged.step : null;
  if (known === null && (settled || asked === 'basics' || asked === 'service')) {
    setJudged({ asked, step: reachableStep(asked, isValid) });
  }
  useEffect(() => {
    if (known !== null && known !== asked) set({ step: known, ...spent }, 'replace');
  }, [known, asked, set]);
  return {
    step: known === asked ? known : null,
    goTo: (step: WizardStep): void => set({ step, ...spent }, 'push'),
  };
}

/** A link from a service chooses it once, when the wizard opens. */
function useServiceFromAddress(choose: (service: string) => void): void {
  const service = useUrlState().get('service');
  const chooseOnce = useRef<((service: string) => void) | null>(choose);
  useEffect(() => {
    if (service !== '') chooseOnce.current?.(service);
    chooseOnce.current = null;
  }, [service]);
}
