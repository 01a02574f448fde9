'use client';
import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { ApiRequestError } from '@/lib/client/http';
import { useErrorText } from '@/lib/client/use-error-text';
import type { PrefillSource } from './use-prefill';
import type { Wizard } from './use-wizard';

/** From which task the form was filled in, and what of it was not; or why it was not. */
export function PrefillNotice({ source, wizard }: { source: PrefillSource; wizard: Wizard }) {
  const t = useTranslations('wizard.prefill');
  const wizardText = useTranslations('wizard');
  const errorText = useErrorText();
  if ('error' in source) {
    if (wizard.step !== 'basics') return null;
    const isMissing = source.error instanceof ApiRequestError && source.error.code === 'not_found';
    const title = isMissing ? t('missing', { task: source.task }) : t('failed', { task: source.task });
    return (
      <Alert className="mb-4" tone="warn" live title={title}>
        {isMissing ? t('missingBody', { namespace: wizard.namespace }) : errorText(source.error).title}
      </Alert>
    );
  }
  if (!wizard.prefilled || wizard.step === 'review') return null;
  const { putBack } = wizard;
  return (
    <Alert
      className="mb-4"
      tone={source.lost.length > 0 ? 'warn' : 'info'}
      title={t('title', { task: source.task })}
      actions={
        <>
          {putBack && (
            <Button size="small" onClick={putBack}>
              {t('putBack')}
            </Button>
          )}
          <Button
            size="small"
            onClick={() => {
              wizard.discard();
              wizard.goTo('basics');
            }}
          >
            {wizardText('startOver')}
          </Button>
        </>
      }
    >
      {source.lost.length > 0 ? t('lost', { names: source.lost.join(', ') }) : t('body')}
    </Alert>
  );
}
