'use client';
import { Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/choice';
import { EmptyState, Skeleton } from '@/components/ui/feedback';
import { Field, Select, TextInput } from '@/components/ui/field';
import { fieldMark } from '@/components/ui/focus-field';
import { Group } from '@/components/ui/group';
import { protocolNames } from '@/components/targets/target-choices';
import type { ServiceInfo } from '@/lib/contract/inventory';
import { appsOf, filterServices, type AppFilter } from './model/filter-services';
import { withService } from './model/form-model';
import { useProblemText } from './problem-text';
import { ServiceCard } from './service-card';
import type { Wizard } from './use-wizard';

const allApps = '*';

/** Step 2: the service whose requests are copied, and its ports where there are several. */
export function ServiceStep({ wizard }: { wizard: Wizard }) {
  const services = wizard.facts.services;
  if (services === undefined) return <ServicesUnread wizard={wizard} />;
  return services.length === 0 ? (
    <NoService namespace={wizard.namespace} />
  ) : (
    <ServiceChoice wizard={wizard} services={services} />
  );
}

function ServiceChoice({ wizard, services }: { wizard: Wizard; services: readonly ServiceInfo[] }) {
  const t = useTranslations('wizard.service');
  const textOf = useProblemText();
  const [app, setApp] = useState<AppFilter>(null);
  const [text, setText] = useState('');
  const shown = filterServices(services, app, text);
  const eligible = services.filter((service) => service.eligible).length;
  const chosen = wizard.form.service;
  const error = textOf(wizard.problemOf('service'));
  const clear = (): void => {
    setApp(null);
    setText('');
  };
  return (
    <div className="grid gap-5">
      <div className="grid grid-cols-[minmax(0,300px)_minmax(0,1fr)] gap-4 max-sm:grid-cols-1">
        <Field label={t('app')}>
          <Select
            value={app ?? allApps}
            onChange={(event) => setApp(event.target.value === allApps ? null : event.target.value)}
            options={[
              { value: allApps, label: t('appCount', { app: t('allApps'), count: services.length }) },
              ...appsOf(services).map((option) => ({
                value: option.app,
                label: t('appCount', { app: option.app || t('noApp'), count: option.count }),
              })),
            ]}
          />
        </Field>
        <Field label={t('search')}>
          <TextInput
            type="search"
            placeholder={t('searchHint')}
            start={<Search size={16} aria-hidden />}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
      </div>
      <Group title={t('title')} lead={t('lead', { eligible, other: services.length - eligible })}>
        {error && (
          <div className="mb-3">
            <Alert tone="bad" title={error} live />
          </div>
        )}
        {chosen !== null && !shown.some((service) => service.name === chosen) && (
          <div className="mb-3">
            <Alert
              title={t('hiddenChoice', { service: chosen })}
              actions={
                <Button size="small" onClick={clear}>
                  {t('clearFilter')}
                </Button>
              }
            />
          </div>
        )}
        <div
          role="radiogroup"
          aria-label={t('title')}
          aria-required
          {...fieldMark('service')}
          className="grid grid-cols-2 gap-3 max-sm:grid-cols-1"
        >
          {shown.map((service) => (
            <ServiceCard
              key={service.name}
              namespace={wizard.namespace}
              service={service}
              chosen={service.name === chosen}
              onChoose={(name) => wizard.update((form) => withService(form, name))}
            />
          ))}
          {shown.length > 0 && <p className="panel grid content-center text-xs text-ink-2">{t('missing')}</p>}
        </div>
        {shown.length === 0 && (
          <EmptyState title={t('noMatch')} actions={<Button onClick={clear}>{t('clearFilter')}</Button>}>
            {t('noMatchBody')}
          </EmptyState>
        )}
      </Group>
      {wizard.choices.mirrorablePorts.length > 1 && <PortChoice wizard={wizard} />}
    </div>
  );
}

function PortChoice({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.service');
  const textOf = useProblemText();
  const { mirrorablePorts, service } = wizard.choices;
  const chosen = wizard.form.ports ?? mirrorablePorts;
  const choose = (port: number, on: boolean): void => {
    const ports = mirrorablePorts.filter((other) => (other === port ? on : chosen.includes(other)));
    wizard.update((form) => ({ ...form, ports: ports.length === mirrorablePorts.length ? null : ports }));
  };
  return (
    <Field group label={t('ports')} hint={t('portsHint')} error={textOf(wizard.problemOf('ports'))} required>
      <div className="flex flex-wrap gap-x-5 gap-y-2" {...fieldMark('ports')}>
        {service?.ports
          .filter((port) => mirrorablePorts.includes(port.port))
          .map((port) => (
            <Checkbox
              key={port.port}
              checked={chosen.includes(port.port)}
              onChange={(event) => choose(port.port, event.target.checked)}
            >
              {port.name === null
                ? t('port', { port: String(port.port), protocol: protocolNames[port.protocol] })
                : t('portNamed', { port: String(port.port), name: port.name, protocol: protocolNames[port.protocol] })}
            </Checkbox>
          ))}
      </div>
    </Field>
  );
}

function NoService({ namespace }: { namespace: string }) {
  const t = useTranslations('wizard.service');
  return <EmptyState title={t('none', { namespace })}>{t('noneBody')}</EmptyState>;
}

/** Being read; or they could not be read, which stands above the step with the way to try again. */
function ServicesUnread({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.service');
  const textOf = useProblemText();
  const error = textOf(wizard.problemOf('service'));
  if (!wizard.loading) return error && <Alert tone="bad" title={error} live />;
  return (
    <div className="grid gap-3" aria-busy>
      <p className="text-xs text-ink-2">{t('loading', { namespace: wizard.namespace })}</p>
      <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
        {['a', 'b', 'c', 'd'].map((key) => (
          <Skeleton key={key} className="h-24" />
        ))}
      </div>
    </div>
  );
}
