'use client';

import { Check, Hourglass } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Alert } from '@/components/ui/alert';
import { Badge } from '@/components/ui/badge';
import { CopyButton } from '@/components/ui/copy-button';
import { Code } from '@/components/ui/feedback';
import { Segmented } from '@/components/ui/tabs';
import { useMessageText } from '@/lib/client/use-error-text';
import type { ObjectPatch } from '@/lib/contract/task';
import { preparePatch, type PatchForm } from './prepare-patch';
import { YamlView } from './yaml-view';

/** A change of somebody's object in the forms in which people make it, each with when it applies. */
export function PatchView({ patch }: { patch: ObjectPatch }) {
  const t = useTranslations('manifests.patch');
  const messageText = useMessageText();
  const [wanted, setWanted] = useState<PatchForm>('kubectl');
  const forms = preparePatch(patch);
  const shown = forms.find(({ form }) => form === wanted) ?? forms[0];
  const object = `${patch.kind} ${patch.namespace}/${patch.name}`;
  const title = t(`title.${patch.direction}`, { object });
  return (
    <section aria-label={title} className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="min-w-0 text-sm font-semibold [overflow-wrap:anywhere]">{title}</h3>
        {patch.tool === null ? null : <Badge>{patch.tool}</Badge>}
        <Badge
          tone={patch.landed ? 'ok' : 'info'}
          icon={patch.landed ? <Check aria-hidden /> : <Hourglass aria-hidden />}
        >
          {t(patch.landed ? 'landed' : 'waiting')}
        </Badge>
        {forms.length > 1 ? (
          <span className="ml-auto">
            <Segmented
              small
              label={t('forms', { object })}
              options={forms.map(({ form }) => ({ value: form, label: t(`form.${form}`) }))}
              value={shown?.form ?? 'kubectl'}
              onChange={setWanted}
            />
          </span>
        ) : null}
      </div>
      {patch.problem ? <Alert tone="warn" title={messageText('reason', patch.problem)} /> : null}
      {shown ? (
        <>
          <p className="text-xs text-ink-2">{t(`lead.${shown.lead}`)}</p>
          <FormView form={shown.form} text={shown.text} object={object} />
        </>
      ) : null}
    </section>
  );
}

function FormView({ form, text, object }: { form: PatchForm; text: string | null; object: string }) {
  const t = useTranslations('manifests.patch');
  if (text === null) return null;
  if (form !== 'kubectl') return <YamlView title={`${object} · ${t(`form.${form}`)}`} yaml={text} />;
  return (
    <div className="flex items-start gap-3">
      <div className="panel min-w-0 flex-1">
        <Code>{text}</Code>
      </div>
      <CopyButton text={text} name={`${object} · ${t('form.kubectl')}`} />
    </div>
  );
}
