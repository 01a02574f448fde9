'use client';
import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import type { Plan } from '@/lib/contract/task';
import { useCodeText, useErrorText } from '@/lib/client/use-error-text';

/** What stands against a plan: failed checks first, then warnings; or why there is no plan. */
export function PlanProblems({
  plan,
  error,
  onRetry,
}: {
  plan: Plan | undefined;
  error: unknown;
  onRetry: () => void;
}) {
  const t = useTranslations('common');
  const text = useCodeText();
  const errorText = useErrorText();
  if (error) {
    return (
      <Alert
        live
        tone="bad"
        title={errorText(error).title}
        actions={
          <Button size="small" onClick={onRetry}>
            {t('retry')}
          </Button>
        }
      >
        {errorText(error)
          .details.map((detail) => detail.text)
          .join(' ')}
      </Alert>
    );
  }
  const found = plan?.checks.filter((check) => check.severity === 'fail' || check.severity === 'warn') ?? [];
  return found
    .toSorted((a, b) => a.severity.localeCompare(b.severity))
    .map((check, index) => (
      <Alert
        key={`${check.code} ${index}`}
        tone={check.severity === 'fail' ? 'bad' : 'warn'}
        title={text('check', `${check.code}.title`)}
      >
        {check.message} {check.action}
      </Alert>
    ));
}
