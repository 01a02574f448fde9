'use client';

import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { useNow } from '@/components/ui/time-ago';
import { useMessageText } from '@/lib/client/use-error-text';
import type { Task } from '@/lib/contract/task';
import { useFormat } from '@/lib/format/use-format';
import { prepareStop, prepareStopRate, type StopRate } from './prepare-stop';

/**
 * Of a task that is to copy nothing: since when no copy arrives, with the rate that falls to zero; that they still
 * arrive, and why; or why it cannot be told.
 */
export function StopStrip({ task }: { task: Task }) {
  const t = useTranslations('task.stop');
  const format = useFormat();
  const messageText = useMessageText();
  const now = useNow(60_000);
  const { stop } = task;
  if (!stop || now === null) return null;
  const { finding, tone } = prepareStop(stop);
  const workload = task.targets.map(({ name }) => name).join(', ');
  const isGone = task.state === 'Finished' && task.targets.every(({ created }) => created) && !task.keepsWorkload;
  const time = (iso: string) => format.time(iso, now, true);
  const rate = prepareStopRate(stop);
  return (
    <Alert tone={tone} live title={t(`title.${finding}`)}>
      {stop.lastCopyAt ? t('lastCopy', { time: time(stop.lastCopyAt) }) : t('noCopy')}{' '}
      {stop.confirmedAt ? t(isGone ? 'goneSince' : 'noneSince', { time: time(stop.confirmedAt), workload }) : null}
      {stop.reason ? messageText('reason', stop.reason) : null}
      {rate ? <RateLine rate={rate} /> : null}
      {stop.causes.length > 0 ? (
        <>
          <span className="mt-2 block font-semibold">{t('causes')}</span>
          <ul className="mt-1 list-disc space-y-1 pl-5">
            {stop.causes.map((cause) => (
              <li key={`${cause.code} ${JSON.stringify(cause.params)}`}>{messageText('reason', cause)}</li>
            ))}
          </ul>
        </>
      ) : null}
    </Alert>
  );
}

/** The mirror's rate around the stop, drawn and in words. */
function RateLine({ rate: { path, before, last, width, height } }: { rate: StopRate }) {
  const t = useTranslations('task.stop');
  const format = useFormat();
  return (
    <span className="mt-1.5 flex flex-wrap items-center gap-2" aria-live="off">
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden>
        <path d={`M0 ${height - 0.5}H${width}`} stroke="var(--line-2)" />
        <path d={path} fill="none" stroke="var(--mirror)" strokeWidth={1.6} strokeLinejoin="round" />
      </svg>
      <span className="num">{t('rate', { before: format.rate(before), last: format.rate(last) })}</span>
    </span>
  );
}
