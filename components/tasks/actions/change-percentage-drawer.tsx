'use client';
import { useQuery } from '@tanstack/react-query';
import { Percent } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Alert } from '@/components/ui/alert';
import { Field, NumberInput } from '@/components/ui/field';
import { logScale, Slider } from '@/components/ui/slider';
import { Chip } from '@/components/ui/tabs';
import type { Task } from '@/lib/contract/task';
import { metricsOf, taskListMetricsOptions } from '@/lib/client/metrics';
import type { TaskVerbRequest } from '@/lib/client/tasks';
import { useSettled } from '@/lib/client/use-settled';
import { formatPercent, parsePercentage } from '@/lib/domain/percentage';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';
import { VerbDrawer } from './verb-drawer';

const scale = logScale(0.1, 100);
const presets = [1, 5, 10, 25, 50, 100];
const formTypingMs = 300;

/** Changes how much is copied, after showing what that means and which lines change. */
export function ChangePercentageDrawer({ task, open, onClose }: { task: Task; open: boolean; onClose: () => void }) {
  const t = useTranslations('list.change');
  const format = useFormat();
  const [chosen, setChosen] = useState<string | null>(null);
  const target = task.targets.find(({ id }) => id === chosen) ?? task.targets[0];
  const now = target?.percentage ?? 0;
  const [typed, setTyped] = useState(() => formatPercent(now));
  const [openBefore, setOpenBefore] = useState(open);
  if (open !== openBefore) {
    setOpenBefore(open);
    if (open) setTyped(formatPercent(now));
  }
  const parsed = parsePercentage(typed);
  const percent = 'percent' in parsed ? parsed.percent : null;
  const settled = useSettled(percent, formTypingMs);
  const changed = percent !== null && percent !== now;
  const share = { percentage: percent === null ? dash : format.percentage(percent) };

  function notReady(): string | undefined {
    if (percent === null) return t('wrong');
    if (!changed) return t('same');
    return settled === percent ? undefined : t('planning');
  }

  return (
    <VerbDrawer
      task={task}
      request={requestFor(task, target?.id ?? '', settled ?? now)}
      notReady={notReady()}
      open={open}
      onClose={onClose}
      title={t('title')}
      icon={<Percent size={16} aria-hidden />}
      confirm={t('apply', share)}
    >
      {task.targets.length > 1 && (
        <fieldset aria-label={t('target')} className="flex flex-wrap gap-1.5">
          {task.targets.map(({ id, label, percentage }) => (
            <Chip
              key={id}
              pressed={id === target?.id}
              onClick={() => {
                setChosen(id);
                setTyped(formatPercent(percentage));
              }}
            >
              {label} · {format.percentage(percentage)}
            </Chip>
          ))}
        </fieldset>
      )}
      <Field
        label={t('share')}
        hint={t('range')}
        error={'problem' in parsed ? t(`problem.${parsed.problem}`) : undefined}
        className="max-w-50"
      >
        <NumberInput unit="%" value={typed} onChange={(event) => setTyped(event.target.value)} />
      </Field>
      <Slider
        label={t('share')}
        value={percent ?? now}
        onChange={(value) => setTyped(formatPercent(value))}
        scale={scale}
        valueText={format.percentage(percent ?? now)}
        marks={[0.1, 1, 10, 100].map((value) => ({ value, label: format.percentage(value) }))}
      />
      <div className="flex flex-wrap gap-1.5">
        {presets.map((value) => (
          <Chip key={value} pressed={percent === value} onClick={() => setTyped(formatPercent(value))}>
            {format.percentage(value)}
          </Chip>
        ))}
      </div>
      <ExpectedEffect task={task} target={target} now={now} next={percent ?? now} />
      {task.state === 'Paused' && <Alert>{t('paused')}</Alert>}
    </VerbDrawer>
  );
}

/** Of a task with several targets the share of one of them. */
function requestFor({ targets }: Task, id: string, percentage: number): TaskVerbRequest {
  return targets.length > 1 ? { verb: 'change', targets: [{ id, percentage }] } : { verb: 'change', percentage };
}

/** Requests per second now and after the change, from what is measured; a dash where nothing is. */
function ExpectedEffect({
  task,
  target,
  now,
  next,
}: {
  task: Task;
  target: Task['targets'][number] | undefined;
  now: number;
  next: number;
}) {
  const t = useTranslations('list.change');
  const format = useFormat();
  const { data } = useQuery(taskListMetricsOptions([task]));
  const live = metricsOf(data, task)?.last.primary ?? null;
  const pods = target?.replicas?.ready || null;
  const copies = (percent: number) => (live === null ? null : (live * percent) / 100);
  const perPod = (percent: number) => {
    const rate = copies(percent);
    return rate === null || pods === null ? null : rate / pods;
  };
  const version = target?.label ?? '';
  const rate = (value: number | null) => (value === null ? dash : `${format.rate(value)} rps`);
  const rows = [
    [t('copies', { version }), copies(now), copies(next)],
    [t('perPod', { version }), perPod(now), perPod(next)],
    [t('liveRate'), live, live],
  ] as const;
  return (
    <table className="w-full text-xs">
      <caption className="sr-only">{t('effect')}</caption>
      <thead className="text-ink-3">
        <tr>
          <th scope="col" className="py-1 text-left font-semibold">
            {t('effect')}
          </th>
          <th scope="col" className="py-1 text-right font-semibold">
            {t('now', { percentage: format.percentage(now) })}
          </th>
          <th scope="col" className="py-1 text-right font-semibold">
            {t('next', { percentage: format.percentage(next) })}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([label, before, after]) => (
          <tr key={label} className="border-t border-line">
            <th scope="row" className="py-1.5 text-left font-normal">
              {label}
            </th>
            <td className="py-1.5 text-right">{rate(before)}</td>
            <td className="py-1.5 text-right font-semibold">{rate(after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
