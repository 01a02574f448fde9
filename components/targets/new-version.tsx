'use client';
import { Check } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Alert } from '@/components/ui/alert';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Code } from '@/components/ui/feedback';
import { Field, Stepper, TextInput } from '@/components/ui/field';
import { Group } from '@/components/ui/group';
import { ContainerCard } from './container-card';
import { sharedSecrets } from './containers';
import { isolationPresets, isTestEnvironment, withTestEnvironment } from './env-presets';
import { tagPattern, withTag } from './image';
import { InPlaceOf } from './in-place-of';
import { withContainer } from './target-draft';
import { maximumReplicas } from './target-problems';
import { useTargetProblemText } from './target-problem-text';
import type { TargetEditing } from './target-editing';

/** A new version copied from the live workload. */
export function NewVersion({ editing }: { editing: TargetEditing }) {
  const t = useTranslations('target');
  const textOf = useTargetProblemText();
  const { target, chosen, update, mark, problemOf } = editing;
  const { source } = editing.around;
  const { containers } = chosen;
  if (source === null) {
    return (
      <InPlaceOf editing={editing} field="version">
        <Alert tone="bad" title={t('noSource')}>
          {t('noSourceBody', { service: editing.serviceName })}
        </Alert>
      </InPlaceOf>
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
          error={textOf(problemOf('version'))}
          hint={
            chosen.workload !== '' && (
              <>
                {t('willCreate')} <Code>{chosen.workload}</Code>
              </>
            )
          }
        >
          <TextInput
            {...mark('version')}
            value={chosen.version}
            onChange={(event) => update((current) => ({ ...current, version: event.target.value.trim() }))}
          />
        </Field>
        <Field
          label={t('replicas')}
          hint={t('replicasHint', { source: source.name, desired: source.replicas.desired })}
          error={textOf(problemOf('replicas'))}
        >
          <span {...mark('replicas')}>
            <Stepper
              value={target.replicas}
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
        end={containers.length > 1 && <AllTags editing={editing} />}
      >
        <div className="grid gap-3">
          <TestEnvironment editing={editing} />
          {containers.map((container) => (
            <ContainerCard key={container.name} editing={editing} view={container} source={source.name} />
          ))}
          {workers.every((container) => container.image === container.liveImage) && (
            <SameImage isFurther={editing.isFurther} source={source.name} />
          )}
          {secrets.length > 0 && (
            <Alert tone="warn" title={t('secrets', { secrets: secrets.map((name) => `Secret ${name}`).join(', ') })}>
              {t('secretsBody')}
            </Alert>
          )}
        </div>
      </Group>
    </>
  );
}

/** What it means that every image is the live one's: an oversight in the first target, in another one a comparison (A/A). */
function SameImage({ isFurther, source }: { isFurther: boolean; source: string }) {
  const t = useTranslations('target');
  if (isFurther) return <p className="text-xs text-ink-2">{t('sameImageFurther', { source })}</p>;
  return (
    <Alert tone="warn" title={t('sameImage')}>
      {t('sameImageBody', { source })}
    </Alert>
  );
}

/** What the mirroring guide sets on a mirror, on every container at once; each row can still be changed below. */
function TestEnvironment({ editing }: { editing: TargetEditing }) {
  const t = useTranslations('target');
  const { containers } = editing.chosen;
  const on = isTestEnvironment(containers);
  const variables = isolationPresets.map(({ name, value }) => `${name}=${value}`).join(', ');
  return (
    <div className="flex flex-wrap items-center gap-2">
      <button
        type="button"
        className="chip"
        aria-pressed={on}
        onClick={() => editing.update((target) => withTestEnvironment(target, containers, !on))}
      >
        {on && <Check size={14} aria-hidden />}
        {t('testEnvironment')}
      </button>
      <span className="text-xs text-ink-3">{t('testEnvironmentLead', { variables })}</span>
    </div>
  );
}

/** Gives every container's image the same tag. */
function AllTags({ editing }: { editing: TargetEditing }) {
  const t = useTranslations('target');
  const [tag, setTag] = useState('');
  const [refused, setRefused] = useState(false);
  const apply = (): void => {
    if (!tagPattern.test(tag)) {
      setRefused(true);
      return;
    }
    editing.update((target) =>
      editing.chosen.containers
        .filter((container) => !container.init)
        .reduce(
          (next, container) => withContainer(next, container.name, { image: withTag(container.image, tag) }),
          target,
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
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
            // Not the form's: that would go on, or change the task, with the tags as they are.
            event.preventDefault();
            apply();
          }}
        />
      </Field>
      <Button size="small" className="mb-1" onClick={apply}>
        {t('tagsApply')}
      </Button>
    </div>
  );
}
