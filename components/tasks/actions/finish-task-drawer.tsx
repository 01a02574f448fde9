'use client';
import { Flag } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useId, useState } from 'react';
import { RadioCard } from '@/components/ui/choice';
import { Field } from '@/components/ui/field';
import type { Task } from '@/lib/contract/task';
import { VerbDrawer } from './verb-drawer';

type Workload = 'remove' | 'keep';

/** Ends a task: says what stops, what is frozen and what stays; asks what becomes of a workload that the task made. */
export function FinishTaskDrawer({ task, open, onClose }: { task: Task; open: boolean; onClose: () => void }) {
  const t = useTranslations('list.finish');
  const radioName = useId();
  const [choice, setChoice] = useState<Workload>('remove');
  const own = task.targets.filter(({ created }) => created);
  const made = own.length > 0;
  const workload = own.flatMap((one) => one.workload ?? []).join(', ');
  // What keeps requests away from any of them stays with them.
  const placement = own.some((one) => one.placement === 'subset') ? 'subset' : 'dedicated';
  const request = { verb: 'finish', keepWorkload: made && choice === 'keep' } as const;

  return (
    <VerbDrawer
      task={task}
      request={request}
      open={open}
      onClose={onClose}
      title={t('title', { name: task.name })}
      icon={<Flag size={16} aria-hidden />}
      confirm={t(made ? `confirm.${choice}` : 'confirm.end', { workload })}
    >
      <ul className="list-disc space-y-1 pl-5">
        <li>{t(task.state === 'Paused' ? 'stopped' : 'stops', { service: task.service })}</li>
        <li>{t(task.state === 'Paused' ? 'frozenAtPause' : 'frozen')}</li>
        <li>{t('staysListed')}</li>
        {task.targets
          .filter(({ created }) => !created)
          .map(({ id, workload: standing, label }) => (
            <li key={id}>
              {standing === null ? t('elsewhere', { target: label }) : t('existing', { workload: standing })}
            </li>
          ))}
      </ul>
      {made && (
        <div>
          <Field group label={t('workload', { workload })}>
            <div className="space-y-2">
              {(['remove', 'keep'] as const).map((value) => (
                <RadioCard
                  key={value}
                  name={radioName}
                  value={value}
                  checked={choice === value}
                  onChange={() => setChoice(value)}
                  title={t(`${value}.title`, { workload })}
                >
                  {t(value === 'remove' ? 'remove.lead' : `keep.${placement}`, {
                    service: task.service,
                  })}
                </RadioCard>
              ))}
            </div>
          </Field>
        </div>
      )}
    </VerbDrawer>
  );
}
