'use client';
import { useTranslations } from 'next-intl';
import type { Ref } from 'react';
import { Checkbox } from '@/components/ui/choice';
import { Field, NumberInput, Select, TextInput } from '@/components/ui/field';
import type { DeploymentInfo } from '@/lib/contract/inventory';
import type { Task } from '@/lib/contract/task';
import { addedKinds, type AddedDraft, type AddedKind } from './added-target-draft';

/** One more place that the requests of a running task are to be copied to. */
export function AddedTargetFields({
  kindRef,
  task,
  draft,
  deployments,
  set,
  errorOf,
}: {
  /** Of its first field. */
  kindRef: Ref<HTMLSelectElement>;
  task: Task;
  draft: AddedDraft;
  /** Of the task's namespace; none while they are not read. */
  deployments: readonly DeploymentInfo[];
  set: (patch: Partial<AddedDraft>) => void;
  errorOf: (field: string) => string | undefined;
}) {
  const t = useTranslations('list.change.add');
  const live = deployments.find(({ name }) => name === task.primary[0]?.workload);
  const taken = new Set([...task.primary, ...task.targets].map(({ workload }) => workload));
  const free = deployments.filter(({ name }) => !taken.has(name));
  const text = (field: 'version' | 'namespace' | 'service' | 'port' | 'host') => (
    <Field label={t(field)} required error={errorOf(`added.${field}`)}>
      <TextInput mono value={draft[field]} onChange={(event) => set({ [field]: event.target.value })} />
    </Field>
  );
  return (
    <>
      <Field label={t('kind.label')}>
        <Select
          ref={kindRef}
          value={draft.kind}
          onChange={(event) => set({ kind: event.target.value as AddedKind })}
          options={addedKinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
        />
      </Field>
      {draft.kind === 'version' && (
        <>
          {text('version')}
          {live?.containers.map(({ name, image }) => (
            <Field key={name} label={t('image', { container: name })} required error={errorOf(`added.image.${name}`)}>
              <TextInput
                mono
                value={draft.images[name] ?? image}
                onChange={(event) => set({ images: { ...draft.images, [name]: event.target.value } })}
              />
            </Field>
          ))}
          <p className="text-xs text-ink-3">{t('versionLead')}</p>
        </>
      )}
      {draft.kind === 'existing' && (
        <Field label={t('existing')} required error={errorOf('added.existing')}>
          <Select
            value={draft.existing}
            onChange={(event) => set({ existing: event.target.value })}
            options={[{ value: '', label: t('choose') }, ...free.map(({ name }) => ({ value: name, label: name }))]}
          />
        </Field>
      )}
      {draft.kind === 'service' && (
        <>
          {text('namespace')}
          {text('service')}
          {text('port')}
        </>
      )}
      {draft.kind === 'external' && (
        <>
          {text('host')}
          {text('port')}
          <Checkbox checked={draft.tls} onChange={(event) => set({ tls: event.target.checked })}>
            {t('tls')}
          </Checkbox>
        </>
      )}
      <Field label={t('share')} required error={errorOf('added.percentage')} className="max-w-50">
        <NumberInput unit="%" value={draft.percentage} onChange={(event) => set({ percentage: event.target.value })} />
      </Field>
    </>
  );
}
