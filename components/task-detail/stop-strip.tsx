'use client';

import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { useNow } from '@/components/ui/time-ago';
import { useMessageText } from '@/lib/client/use-error-text';
import type { Task } from '@/lib/contract/task';
import { useFormat } from '@/lib/format/use-format';
import { prepareStop } from './prepare-stop';

/** Of a task that is to copy nothing: since when no copy arrives, or why that cannot be told. */
export function StopStrip({ task }: { task: Task }) {
  const t = useTranslations('task.stop');
  const format = useFormat();
  const messageText = useMessageText();
  const now = useNow(60_000);
  const { stop } = task;
  if (!stop || now === null) return null;
  const { finding, tone } = prepareStop(stop);
  const [target] = task.targets;
  const workload = target?.name ?? '';
  const isGone = task.state === 'Finished' && (target?.created ?? false) && !task.keepsWorkload;
  const time = (iso: string) => format.time(iso, now, true);
  return (
    <Alert tone={tone} live title={t(`title.${finding}`)}>
      {stop.lastCopyAt ? t('lastCopy', { time: time(stop.lastCopyAt) }) : t('noCopy')}{' '}
      {stop.confirmedAt ? t(isGone ? 'goneSince' : 'noneSince', { time: time(stop.confirmedAt), workload }) : null}
      {stop.reason ? messageText('reason', stop.reason) : null}
    </Alert>
  );
}
