'use client';

import { RetryAlert } from '@/components/ui/retry-alert';
import { StaleNotice } from '@/components/ui/stale-notice';
import { useErrorText } from '@/lib/client/use-error-text';

/**
 * Why a part of the page could not be read, and a button to try again. `since`: when what stands below was read, in
 * epoch milliseconds, so that nobody takes it for what is; 0: nothing stands there.
 */
export function UnreadAlert({
  error,
  since,
  onRetry,
  className,
}: {
  error: unknown;
  since: number;
  onRetry: () => void;
  className?: string;
}) {
  const errorText = useErrorText();
  const why = errorText(error).title;
  if (since > 0) {
    return (
      <StaleNotice what="part" since={since} onRetry={onRetry} {...(className && { className })}>
        {why}
      </StaleNotice>
    );
  }
  return <RetryAlert tone="bad" title={why} onRetry={onRetry} {...(className && { className })} />;
}
