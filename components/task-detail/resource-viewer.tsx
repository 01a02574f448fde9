'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { DiffView } from '@/components/manifests/diff-view';
import { YamlView } from '@/components/manifests/yaml-view';
import { Alert } from '@/components/ui/alert';
import { CopyButton } from '@/components/ui/copy-button';
import { Code } from '@/components/ui/feedback';
import { Segmented } from '@/components/ui/tabs';
import type { Resource } from './prepare-resources';

/** One object's lines: what the task changed, or the whole YAML as it stands; and how to look by hand. */
export function ResourceViewer({ resource }: { resource: Resource }) {
  const t = useTranslations('task.resources');
  const { item, condition } = resource;
  const [view, setView] = useState<'diff' | 'yaml'>(item.relation === 'edited' ? 'diff' : 'yaml');
  const title = `${item.kind} ${item.namespace}/${item.name}`;

  return (
    <div className="space-y-3">
      {condition === 'hidden' ? (
        <Alert tone="info" title={t('hiddenTitle', { object: title })}>
          {t('hiddenBody', { kind: item.kind, namespace: item.namespace })}
        </Alert>
      ) : null}
      {condition === 'missing' ? (
        <Alert tone="bad" title={t('missingTitle', { object: title })}>
          {t('missingBody')}
        </Alert>
      ) : null}
      {condition === 'there' ? (
        <Segmented
          label={t('view')}
          options={[
            { value: 'diff', label: t('viewDiff') },
            { value: 'yaml', label: t('viewYaml') },
          ]}
          value={view}
          onChange={setView}
        />
      ) : null}
      {condition === 'hidden' ? null : view === 'yaml' && item.now !== null ? (
        <YamlView title={title} yaml={item.now} />
      ) : (
        <DiffView title={title} before={item.before} after={item.now} />
      )}
      <div className="flex flex-wrap items-center gap-2 text-xs text-ink-3">
        {t('byHand')} <Code>{resource.kubectl}</Code>
        <CopyButton text={resource.kubectl} name={t('byHandName')} />
      </div>
    </div>
  );
}
