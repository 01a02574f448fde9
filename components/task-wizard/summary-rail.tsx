'use client';
import { CircleCheck, ShieldCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Alert } from '@/components/ui/alert';
import { VersionTag } from '@/components/ui/badge';
import { Facts, type Fact } from '@/components/ui/card';
import { targetName } from '@/components/targets/target-name';
import type { ServiceInfo } from '@/lib/contract/inventory';
import type { Plan } from '@/lib/contract/task';
import { parsePercentage } from '@/lib/domain/percentage';
import { useFormat } from '@/lib/format/use-format';
import { targetChoices } from './model/choices';
import { expectedCopies } from './model/expected-copies';
import type { FurtherTarget } from './model/form-model';
import { copiesReadsOnly, deniesWrites, isProtectable } from './model/safety';
import type { Wizard } from './use-wizard';

/** What has been chosen so far, the service as it is now, and on the last step what will change. */
export function SummaryRail({ wizard, plan }: { wizard: Wizard; plan: Plan | undefined }) {
  const t = useTranslations('wizard.summary');
  const service = wizard.choices.service;
  const step = wizard.step ?? 'basics';
  return (
    <aside
      aria-label={t('title')}
      className="grid content-start gap-5 border-l border-line bg-surface-2 p-5 text-xs max-lg:border-t max-lg:border-l-0"
    >
      <section>
        <h3 className="mb-3 text-sm font-semibold">{t('title')}</h3>
        <Summary wizard={wizard} />
      </section>
      {service !== null && step !== 'basics' && step !== 'review' && (
        <section>
          <h3 className="mb-3 text-sm font-semibold">{t('now', { service: service.name })}</h3>
          <ServiceNow service={service} />
        </section>
      )}
      {step === 'review' && plan && (
        <section>
          <h3 className="mb-3 text-sm font-semibold">{t('changes')}</h3>
          <ChangeCounts plan={plan} />
        </section>
      )}
      {step === 'strategy' ? (
        <Alert tone="ok" icon={<CircleCheck size={16} aria-hidden />} title={t('harmlessTitle')}>
          {t('harmlessBody', {
            live: wizard.choices.liveVersions.join(', ') || t('liveVersion'),
            mirror: mirrorNames(wizard).join(', ') || t('mirrorVersion'),
          })}
        </Alert>
      ) : (
        <Alert icon={<ShieldCheck size={16} aria-hidden />}>{t('untouched')}</Alert>
      )}
    </aside>
  );
}

function Summary({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.summary');
  const { form, choices } = wizard;
  const unset = <span className="font-normal text-ink-3">{t('unset')}</span>;
  const service = choices.service;
  const mirror = targetName(form, choices);
  const isNew = form.targetKind === 'new';
  const images = choices.containers.filter((container) => container.image !== container.liveImage);
  const items: Fact[] = [
    { label: t('name'), value: form.name || unset },
    {
      label: t('service'),
      value: service === null ? (form.service ?? unset) : [service.app, service.name].filter(Boolean).join(' / '),
    },
    ...(form.ports === null ? [] : [{ label: t('ports'), value: form.ports.join(', ') }]),
    {
      label: t('live'),
      value: choices.liveVersions.length === 0 ? unset : <LiveVersions versions={choices.liveVersions} />,
    },
    {
      label: t('target'),
      value:
        mirror === null ? (
          unset
        ) : (
          <>
            <VersionTag side="mirror">{mirror}</VersionTag> {t(targetWords[form.targetKind])}
          </>
        ),
    },
    ...(isNew && mirror !== null ? [{ label: t('replicas'), value: form.replicas }] : []),
    ...(isNew && images.length > 0
      ? [
          {
            label: t('images'),
            value: images.map((container) => <div key={container.name}>{shortImage(container.image)}</div>),
          },
        ]
      : []),
    ...(form.routes === null ? [] : [{ label: t('routes'), value: t('routesSome', { count: form.routes.length }) }]),
    ...(form.conditions.length === 0 && !copiesReadsOnly(form, wizard.choices)
      ? []
      : [{ label: t('match'), value: <Selected wizard={wizard} /> }]),
    { label: t('percentage'), value: <Percentage wizard={wizard} unset={unset} /> },
    ...(form.further.length > 0
      ? [{ label: t('further'), value: form.further.map((row) => <Further key={row.id} wizard={wizard} row={row} />) }]
      : []),
    ...(mirror === null || !isProtectable(form) ? [] : [{ label: t('safety'), value: <Safety wizard={wizard} /> }]),
  ];
  return <Facts stacked items={items} />;
}

const targetWords = {
  new: 'newVersion',
  existing: 'existing',
  service: 'service_target',
  external: 'external_target',
} as const;

/** A target beside the first: name, kind and share. */
function Further({ wizard, row }: { wizard: Wizard; row: FurtherTarget }) {
  const t = useTranslations('wizard.summary');
  const format = useFormat();
  const name = targetName(row, targetChoices(wizard.choices, row.id));
  const share = parsePercentage(row.percentage);
  return (
    <div className="mb-1 last:mb-0">
      {name === null ? t('unset') : <VersionTag side="mirror">{name}</VersionTag>} {t(targetWords[row.targetKind])}
      {'percent' in share && <div>{t('percentageValue', { percentage: format.number(share.percent, 4) })}</div>}
    </div>
  );
}

function LiveVersions({ versions }: { versions: readonly string[] }) {
  return (
    <span className="flex flex-wrap gap-1">
      {versions.map((version) => (
        <VersionTag key={version} side="live">
          {version}
        </VersionTag>
      ))}
    </span>
  );
}

function Percentage({ wizard, unset }: { wizard: Wizard; unset: ReactNode }) {
  const t = useTranslations('wizard.summary');
  const format = useFormat();
  const parsed = parsePercentage(wizard.form.percentage);
  if ('problem' in parsed) return unset;
  const copies = expectedCopies(wizard.choices.service?.requestsPerSecond ?? null, parsed.percent, 1);
  const percentage = format.number(parsed.percent, 4);
  return copies.perSecond === null
    ? t('percentageValue', { percentage })
    : t('percentageRate', { percentage, rate: format.rate(copies.perSecond) });
}

function Selected({ wizard: { form, choices } }: { wizard: Wizard }) {
  const t = useTranslations('wizard.summary');
  return (
    <>
      {form.conditions.length > 0 && <div>{t('matchSome', { count: form.conditions.length })}</div>}
      {copiesReadsOnly(form, choices) && <div>{t('readsOnly')}</div>}
    </>
  );
}

function Safety({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.summary');
  return (
    <>
      <div>{t(deniesWrites(wizard.form, wizard.choices) ? 'writesDenied' : 'writesAllowed')}</div>
      {wizard.form.marker && <div>{t('marked')}</div>}
    </>
  );
}

function ServiceNow({ service }: { service: ServiceInfo }) {
  const t = useTranslations('wizard.summary');
  const format = useFormat();
  return (
    <Facts
      stacked
      items={[
        ...service.workloads.map((workload) => ({
          label: workload.version ?? workload.name,
          value: t('ready', { ready: workload.ready, desired: workload.desired }),
        })),
        {
          label: t('rate'),
          value:
            service.requestsPerSecond === null ? '—' : t('rateValue', { rate: format.rate(service.requestsPerSecond) }),
        },
      ]}
    />
  );
}

function ChangeCounts({ plan }: { plan: Plan }) {
  const t = useTranslations('wizard.summary');
  const count = (action: Plan['changes'][number]['action']): string =>
    t('objects', { count: plan.changes.filter((change) => change.action === action).length });
  return (
    <Facts
      stacked
      items={[
        { label: t('creates'), value: count('create') },
        { label: t('updates'), value: count('update') },
        { label: t('deletes'), value: count('delete') },
      ]}
    />
  );
}

/** How the targets are called that are chosen already. */
export function mirrorNames({ form, choices }: Wizard): string[] {
  const further = form.further.map((row) => targetName(row, targetChoices(choices, row.id)));
  return [targetName(form, choices), ...further].filter((name) => name !== null);
}

/** The image without its registry and organisation. */
function shortImage(image: string): string {
  return image.slice(image.lastIndexOf('/') + 1);
}
