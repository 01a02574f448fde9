'use client';
import { Alert } from '@/components/ui/alert';
import { RetryAlert } from '@/components/ui/retry-alert';
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
  const text = useCodeText();
  const errorText = useErrorText();
  if (error) {
    return (
      <RetryAlert tone="bad" title={errorText(error).title} onRetry={onRetry}>
        {errorText(error)
          .details.map((detail) => detail.text)
          .join(' ')}
      </RetryAlert>
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
