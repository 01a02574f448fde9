'use client';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { EmptyState } from '@/components/ui/feedback';
import { Field, Select } from '@/components/ui/field';
import { Spinner } from '@/components/ui/spinner';
import { namespacesOptions, servicesOptions } from '@/lib/client/inventory';
import type { ServiceInfo } from '@/lib/contract/inventory';
import { fieldMark } from './focus-field';
import { portsOf } from './model/choices';
import { useProblemText } from './problem-text';
import { protocolNames } from './service-card';
import { TargetFitness } from './target-fitness';
import type { Wizard } from './use-wizard';

/** Another service of the mesh, in this project or in another one; whether it can get copies is looked up at once. */
export function TargetService({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.version');
  const { form, update } = wizard;
  const namespace = form.targetNamespace ?? wizard.namespace;
  const namespaces = useQuery(namespacesOptions());
  const names = new Set([wizard.namespace, namespace, ...(namespaces.data?.items.map(({ name }) => name) ?? [])]);
  return (
    <div className="grid max-w-115 gap-3">
      <Field label={t('serviceNamespace')}>
        <Select
          {...fieldMark('targetNamespace')}
          value={namespace}
          onChange={(event) => {
            const chosen = event.target.value;
            update((current) => ({
              ...current,
              targetNamespace: chosen === wizard.namespace ? null : chosen,
              targetService: null,
              targetPort: null,
            }));
          }}
          options={[...names].toSorted().map((name) => ({ value: name, label: name }))}
        />
      </Field>
      <Services wizard={wizard} namespace={namespace} />
    </div>
  );
}

function Services({ wizard, namespace }: { wizard: Wizard; namespace: string }) {
  const t = useTranslations('wizard.version');
  const textOf = useProblemText();
  const { form, choices, update } = wizard;
  const services = useQuery(servicesOptions(namespace));
  if (services.isPending) {
    return (
      <output className="flex items-center gap-2 text-xs text-ink-3">
        <Spinner />
        {t('serviceLoading', { namespace })}
      </output>
    );
  }
  if (!services.data) return <Alert tone="bad" live title={t('serviceUnread', { namespace })} />;
  const isSame = (service: ServiceInfo): boolean => namespace === wizard.namespace && service.name === form.service;
  const canGet = (service: ServiceInfo): boolean => !isSame(service) && portsOf(service).length > 0;
  const label = (service: ServiceInfo): string => {
    if (isSame(service)) return t('serviceSame', { service: service.name });
    return portsOf(service).length > 0 ? service.name : t('serviceNoPort', { service: service.name });
  };
  if (!services.data.items.some(canGet)) {
    return <EmptyState title={t('serviceNone', { namespace })}>{t('serviceNoneBody')}</EmptyState>;
  }
  return (
    <>
      <Field
        label={t('serviceLabel')}
        required
        hint={t('serviceKept')}
        error={textOf(wizard.problemOf('targetService'))}
      >
        <Select
          {...fieldMark('targetService')}
          value={form.targetService ?? ''}
          onChange={(event) => {
            const chosen = event.target.value || null;
            update((current) => ({ ...current, targetService: chosen, targetPort: null }));
          }}
          options={[
            { value: '', label: t('serviceChoose') },
            ...services.data.items.map((service) => ({
              value: service.name,
              label: label(service),
              disabled: !canGet(service),
            })),
          ]}
        />
      </Field>
      {choices.targetService && <Port wizard={wizard} service={choices.targetService} />}
      {choices.targetPort !== null && <TargetFitness wizard={wizard} />}
    </>
  );
}

function Port({ wizard, service }: { wizard: Wizard; service: ServiceInfo }) {
  const t = useTranslations('wizard.version');
  const textOf = useProblemText();
  const ports = service.ports.filter(({ protocol }) => protocol !== 'other');
  return (
    <Field label={t('servicePort')} required error={textOf(wizard.problemOf('targetPort'))}>
      <Select
        {...fieldMark('targetPort')}
        value={String(wizard.choices.targetPort ?? '')}
        onChange={(event) => {
          const chosen = Number(event.target.value);
          wizard.update((form) => ({ ...form, targetPort: chosen === 0 ? null : chosen }));
        }}
        options={[
          ...(ports.length > 1 ? [{ value: '', label: '—' }] : []),
          ...ports.map(({ port, protocol }) => ({
            value: String(port),
            label: t('servicePortOption', { port: String(port), protocol: protocolNames[protocol] }),
          })),
        ]}
      />
    </Field>
  );
}
