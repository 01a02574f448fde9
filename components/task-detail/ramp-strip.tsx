'use client';
import { Pause, Play, Square } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useTaskActions } from '@/components/tasks/actions/use-task-actions';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { useNow } from '@/components/ui/time-ago';
import { useMessageText } from '@/lib/client/use-error-text';
import type { Task } from '@/lib/contract/task';
import { useFormat } from '@/lib/format/use-format';
import { prepareRamp } from './prepare-ramp';

/** Of a task whose share is raised step by step: where it stands, what comes next, and who can stop that. */
export function RampStrip({ task }: { task: Task }) {
  const t = useTranslations('task.ramp');
  const format = useFormat();
  const messageText = useMessageText();
  const actions = useTaskActions(task);
  const now = useNow();
  const { ramp } = task;
  if (!ramp || now === null) return null;
  const { step, total, percentages, leftMs, next } = prepareRamp(ramp, now);
  const shareText = (shares: readonly number[]) => shares.map(format.percentage).join(' / ');
  const share = shareText(percentages);
  const blocked = actions.blocked('change');
  const button = { size: 'small', pending: actions.pending('change'), disabledReason: blocked } as const;

  function whatNext(): string {
    if (leftMs === null) return t(ramp?.held ? 'notIn' : 'putIn', { percentage: share });
    const time = format.duration(leftMs);
    if (next !== null) return t('next', { time, percentage: shareText(next) });
    return leftMs === 0 ? t('lastOver') : t('last', { time });
  }

  return (
    <Alert
      tone={ramp.held ? 'warn' : 'info'}
      title={t(ramp.held ? 'held' : 'running', { step, total, percentage: share })}
      actions={
        <>
          <Button
            {...button}
            icon={ramp.held ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
            onClick={() => actions.run({ verb: 'change', rampHeld: ramp.held === null })}
          >
            {t(ramp.held ? 'continue' : 'hold')}
          </Button>
          <Button
            {...button}
            icon={<Square size={14} aria-hidden />}
            onClick={() => actions.run({ verb: 'change', ramp: null })}
          >
            {t('stop', { percentage: share })}
          </Button>
        </>
      }
    >
      {ramp.held ? `${messageText('reason', ramp.held.reason)} ` : null}
      {whatNext()} {ramp.held ? null : t('onlyHere')}
    </Alert>
  );
}
