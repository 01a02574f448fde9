'use client';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { EmptyState } from '@/components/ui/feedback';
import { Field, Select } from '@/components/ui/field';
import { RetryAlert } from '@/components/ui/retry-alert';
import { Spinner } from '@/components/ui/spinner';
import { namespacesOptions, servicesOptions } from '@/lib/client/inventory';
import { useErrorText } from '@/lib/client/use-error-text';
import type { ServiceInfo } from '@/lib/contract/inventory';
import { InPlaceOf } from './in-place-of';
import { useTargetProblemText } from './target-problem-text';
import { portsOf, protocolNames } from './target-choices';
import type { TargetEditing } from './target-editing';

/** Another service of the mesh, in this project or in another one; whether it can get copies is looked up at once. */
export function TargetService({ editing, fitness }: { editing: TargetEditing; fitness: ReactNode }) {
  const t = useTranslations('target');
  const { target, update } = editing;
  const namespace = target.targetNamespace ?? editing.namespace;
  const namespaces = useQuery(namespacesOptions());
  const names = new Set([editing.namespace, namespace, ...(namespaces.data?.items.map(({ name }) => name) ?? [])]);
  return (
    <div className="grid max-w-115 gap-3">
      <Field label={t('serviceNamespace')}>
        <Select
          {...editing.mark('targetNamespace')}
          value={namespace}
          onChange={(event) => {
            const place = event.target.value;
            update((current) => ({
              ...current,
              targetNamespace: place === editing.namespace ? null : place,
              targetService: null,
              targetPort: null,
            }));
          }}
          options={[...names].toSorted().map((name) => ({ value: name, label: name }))}
        />
      </Field>
      <Services editing={editing} namespace={namespace} fitness={fitness} />
    </div>
  );
}

function Services({ editing, namespace, fitness }: { editing: TargetEditing; namespace: string; fitness: ReactNode }) {
  const t = useTranslations('target');
  const textOf = useTargetProblemText();
  const errorText = useErrorText();
  const { target, chosen, update } = editing;
  const services = useQuery(servicesOptions(namespace));
  if (services.isPending) {
    return (
      <InPlaceOf editing={editing} field="targetService">
        <output className="flex items-center gap-2 text-xs text-ink-3">
          <Spinner />
          {t('serviceLoading', { namespace })}
        </output>
      </InPlaceOf>
    );
  }
  if (!services.data) {
    return (
      <InPlaceOf editing={editing} field="targetService">
        <RetryAlert tone="bad" title={t('serviceUnread', { namespace })} onRetry={() => void services.refetch()}>
          {errorText(services.error).title}
        </RetryAlert>
      </InPlaceOf>
    );
  }
  const isSame = (service: ServiceInfo): boolean =>
    namespace === editing.namespace && service.name === editing.serviceName;
  const canGet = (service: ServiceInfo): boolean => !isSame(service) && portsOf(service).length > 0;
  const label = (service: ServiceInfo): string => {
    if (isSame(service)) return t('serviceSame', { service: service.name });
    return portsOf(service).length > 0 ? service.name : t('serviceNoPort', { service: service.name });
  };
  if (!services.data.items.some(canGet)) {
    return (
      <InPlaceOf editing={editing} field="targetService">
        <EmptyState title={t('serviceNone', { namespace })}>{t('serviceNoneBody')}</EmptyState>
      </InPlaceOf>
    );
  }
  return (
    <>
      <Field
        label={t('serviceLabel')}
        required
        hint={t('serviceKept')}
        error={textOf(editing.problemOf('targetService'))}
      >
        <Select
          {...editing.mark('targetService')}
          value={target.targetService ?? ''}
          onChange={(event) => {
            const targetService = event.target.value || null;
            update((current) => ({ ...current, targetService, targetPort: null }));
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
      {chosen.targetService && <Port editing={editing} service={chosen.targetService} />}
      {chosen.targetPort !== null && fitness}
    </>
  );
}

function Port({ editing, service }: { editing: TargetEditing; service: ServiceInfo }) {
  const t = useTranslations('target');
  const textOf = useTargetProblemText();
  const ports = service.ports.filter(({ protocol }) => protocol !== 'other');
  return (
    <Field label={t('servicePort')} required error={textOf(editing.problemOf('targetPort'))}>
      <Select
        {...editing.mark('targetPort')}
        value={String(editing.chosen.targetPort ?? '')}
        onChange={(event) => {
          const port = Number(event.target.value);
          editing.update((target) => ({ ...target, targetPort: port === 0 ? null : port }));
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
