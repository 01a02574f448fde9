'use client';
import { Box, Check, Globe, Plus, Waypoints } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState, type ReactNode } from 'react';
import { Alert } from '@/components/ui/alert';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { RadioCards } from '@/components/ui/choice';
import { Code } from '@/components/ui/feedback';
import { Field, Stepper, TextInput } from '@/components/ui/field';
import { ContainerCard } from './container-card';
import { ExistingWorkload } from './existing-workload';
import { fieldMark } from './focus-field';
import { Group } from './group';
import { sharedSecrets } from './model/containers';
import { isolationPresets, isTestEnvironment, withTestEnvironment } from './model/env-presets';
import { targetKinds, withContainer, withTargetKind, type TargetKind } from './model/form-model';
import { tagPattern, withTag } from './model/image';
import { maximumReplicas } from './model/validate';
import { MoreVersions } from './more-versions';
import { TargetHost } from './target-host';
import { TargetService } from './target-service';
import { useProblemText } from './problem-text';
import type { Wizard } from './use-wizard';

const targetIcons: Record<TargetKind, ReactNode> = {
  new: <Plus size={16} aria-hidden />,
  existing: <Box size={16} aria-hidden />,
  service: <Waypoints size={16} aria-hidden />,
  external: <Globe size={16} aria-hidden />,
};

/** Step 3: a new version copied from the live workload, or what is already there. */
export function VersionStep({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.version');
  const { form, choices, update } = wizard;
  const live = [choices.service?.name ?? '', choices.liveVersions.join(', ')].join(' ').trim();
  return (
    <div className="grid gap-5">
      <Group title={t('title')} lead={t('lead', { live })}>
        <RadioCards
          legend={t('title')}
          name="target"
          columns={4}
          value={form.targetKind}
          onChange={(kind) => update((current) => withTargetKind(current, kind))}
          options={targetKinds.map((kind) => ({
            value: kind,
            title: (
              <span className="flex items-center gap-1.5">
                {targetIcons[kind]}
                {t(kind)}
              </span>
            ),
            body:
              kind === 'new' && choices.source === null
                ? t('newLeadPlain')
                : t(`${kind}Lead`, { source: choices.source?.name ?? '' }),
          }))}
        />
      </Group>
      <Target wizard={wizard} />
    </div>
  );
}

function Target({ wizard }: { wizard: Wizard }) {
  switch (wizard.form.targetKind) {
    case 'new':
      return <NewVersion wizard={wizard} />;
    case 'existing':
      return <ExistingWorkload wizard={wizard} />;
    case 'service':
      return <TargetService wizard={wizard} />;
    case 'external':
      return <TargetHost wizard={wizard} />;
  }
}

function NewVersion({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.version');
  const textOf = useProblemText();
  const { form, choices, update } = wizard;
  const { source, containers } = choices;
  if (source === null) {
    return (
      <Alert tone="bad" title={t('noSource')}>
        {t('noSourceBody', { service: form.service ?? '' })}
      </Alert>
    );
  }
  const secrets = sharedSecrets(containers);
  const workers = containers.filter((container) => !container.init);
  return (
    <>
      <div className="flex flex-wrap items-start gap-x-6 gap-y-4">
        <Field
          label={t('number')}
          required
          className="w-55 max-w-full"
          error={textOf(wizard.problemOf('version'))}
          hint={
            choices.workload !== '' && (
              <>
                {t('willCreate')} <Code>{choices.workload}</Code>
              </>
            )
          }
        >
          <TextInput
            {...fieldMark('version')}
            value={choices.version}
            onChange={(event) => update((current) => ({ ...current, version: event.target.value.trim() }))}
          />
        </Field>
        <Field
          label={t('replicas')}
          hint={t('replicasHint', { source: source.name, desired: source.replicas.desired })}
          error={textOf(wizard.problemOf('replicas'))}
        >
          <span {...fieldMark('replicas')}>
            <Stepper
              value={form.replicas}
              onChange={(replicas) => update((current) => ({ ...current, replicas }))}
              min={1}
              max={maximumReplicas}
              decreaseLabel={t('replicasFewer')}
              increaseLabel={t('replicasMore')}
            />
          </span>
        </Field>
      </div>
      <Group
        title={
          <>
            {t('containers')} <Badge tone="idle">{containers.length}</Badge>
          </>
        }
        lead={t('containersLead', { source: source.name })}
        end={containers.length > 1 && <AllTags wizard={wizard} />}
      >
        <div className="grid gap-3">
          <TestEnvironment wizard={wizard} />
          {containers.map((container) => (
            <ContainerCard key={container.name} wizard={wizard} view={container} source={source.name} />
          ))}
          {workers.every((container) => container.image === container.liveImage) && (
            <Alert tone="warn" title={t('sameImage')}>
              {t('sameImageBody', { source: source.name })}
            </Alert>
          )}
          {secrets.length > 0 && (
            <Alert tone="warn" title={t('secrets', { secrets: secrets.map((name) => `Secret ${name}`).join(', ') })}>
              {t('secretsBody')}
            </Alert>
          )}
        </div>
      </Group>
      <MoreVersions wizard={wizard} />
    </>
  );
}

/** What the mirroring guide sets on a mirror, on every container at once; each row can still be changed below. */
function TestEnvironment({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.version');
  const { containers } = wizard.choices;
  const on = isTestEnvironment(containers);
  const variables = isolationPresets.map(({ name, value }) => `${name}=${value}`).join(', ');
  return (
    <div className="flex flex-wrap items-center gap-2">
      <button
        type="button"
        className="chip"
        aria-pressed={on}
        onClick={() => wizard.update((form) => withTestEnvironment(form, containers, !on))}
      >
        {on && <Check size={14} aria-hidden />}
        {t('testEnvironment')}
      </button>
      <span className="text-xs text-ink-3">{t('testEnvironmentLead', { variables })}</span>
    </div>
  );
}

/** Gives every container's image the same tag. */
function AllTags({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.version');
  const [tag, setTag] = useState('');
  const [refused, setRefused] = useState(false);
  const apply = (): void => {
    if (!tagPattern.test(tag)) {
      setRefused(true);
      return;
    }
    wizard.update((form) =>
      wizard.choices.containers
        .filter((container) => !container.init)
        .reduce(
          (next, container) => withContainer(next, container.name, { image: withTag(container.image, tag) }),
          form,
        ),
    );
  };
  return (
    <div className="flex items-end gap-2">
      <Field label={t('tags')} className="w-50" error={refused && t('tagsBad')}>
        <TextInput
          mono
          value={tag}
          onChange={(event) => {
            setRefused(false);
            setTag(event.target.value.trim());
          }}
        />
      </Field>
      <Button size="small" className="mb-1" onClick={apply}>
        {t('tagsApply')}
      </Button>
    </div>
  );
}
