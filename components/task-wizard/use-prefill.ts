'use client';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { deploymentsOptions, servicesOptions } from '@/lib/client/inventory';
import { taskInputOptions } from '@/lib/client/tasks';
import { useUrlState } from '@/lib/client/url-state';
import { isVersionTaken, readChoices, type WizardFacts } from './model/choices';
import { emptyForm, type WizardForm } from './model/form-model';
import { formFromTask, type Prefilled } from './model/from-task';

/** The task that the form is filled in from, or why it could not be. */
export type PrefillSource = { task: string } & (Prefilled | { error: unknown });

/**
 * The form filled in from the task that the address names (`?from=`), once: `undefined` until it is read, null when
 * the address names none. The address forgets it then, so that a refresh keeps what was typed since.
 */
export function usePrefill(namespace: string): PrefillSource | null | undefined {
  const { get, set } = useUrlState();
  const [task] = useState(() => get('from'));
  const wanted = task !== '';
  const once = { enabled: wanted, refetchOnWindowFocus: false, refetchInterval: false } as const;
  const input = useQuery({ ...taskInputOptions(namespace, task), ...once });
  const services = useQuery({ ...servicesOptions(namespace), ...once });
  const deployments = useQuery({ ...deploymentsOptions(namespace), ...once });
  const [source, setSource] = useState<PrefillSource | null>(null);

  const failed = input.error ?? services.error ?? deployments.error;
  if (wanted && source === null) {
    if (failed) setSource({ task, error: failed });
    else if (input.data && services.data && deployments.data) {
      const form: WizardForm = { ...emptyForm, service: input.data.service };
      const facts: WizardFacts = {
        services: services.data.items,
        deployments: deployments.data.items,
        nameTaken: false,
      };
      const choices = readChoices(form, facts);
      const live = choices.containers.map((container) => container.live);
      setSource({ task, ...formFromTask(input.data, live, (version) => isVersionTaken(version, choices, facts)) });
    }
  }
  const isRead = source !== null;
  useEffect(() => {
    if (isRead) set({ from: null }, 'replace');
  }, [isRead, set]);
  return wanted ? (source ?? undefined) : null;
}
