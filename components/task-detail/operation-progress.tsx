'use client';

import { Check, Circle, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Card, CardBody, CardHeader } from '@/components/ui/card';
import { Spinner } from '@/components/ui/spinner';
import { useCodeText, useMessageText } from '@/lib/client/use-error-text';
import type { Task } from '@/lib/contract/task';
import { prepareSteps, type PreparedStep } from './prepare-steps';

/** The ordered steps of the operation that runs or stopped: what is done, what goes on, what failed and why. */
export function OperationProgress({ task }: { task: Task }) {
  const t = useTranslations('task.operation');
  const codeText = useCodeText();
  const { operation } = task;
  const prepared = prepareSteps(task.steps, operation !== null && !operation.stale);
  if (prepared.steps.length === 0) return null;
  const verb = operation ? codeText('verb', operation.verb) : t('lastOperation');
  return (
    <Card aria-labelledby="operation-title">
      <CardHeader
        id="operation-title"
        title={t('title', { verb })}
        lead={
          <output>
            {t('count', { done: prepared.done, total: prepared.steps.length })}
            {operation ? ` · ${t('by', { user: operation.startedBy })}` : ''}
          </output>
        }
      />
      <CardBody>
        <ol className="grid grid-cols-[repeat(auto-fill,minmax(210px,1fr))] gap-x-4 gap-y-3">
          {prepared.steps.map((step) => (
            <StepItem key={step.id} step={step} told={task.reason} />
          ))}
        </ol>
      </CardBody>
    </Card>
  );
}

/** `told`: what the page says above; a step does not say it again. */
function StepItem({ step, told }: { step: PreparedStep; told: Task['reason'] }) {
  const t = useTranslations('task.operation');
  const codeText = useCodeText();
  const messageText = useMessageText();
  const message = step.message?.message === told?.message ? null : step.message;
  const title = codeText('step', step.code, step.params);
  const object = step.object && `${step.object.kind} ${step.object.name}`;
  return (
    <li className="flex gap-2.5" aria-current={step.progress === 'running' ? 'step' : undefined}>
      <StepIcon step={step} />
      <div className="min-w-0 text-xs [overflow-wrap:anywhere]">
        <p className={step.progress === 'waiting' ? 'text-ink-3' : 'font-semibold'}>
          {title}
          <span className="sr-only"> ({t(`progress.${step.progress}`)})</span>
        </p>
        {object && !title.includes(object) ? <p className="text-ink-3">{object}</p> : null}
        {message ? (
          <p className={step.progress === 'failed' ? 'text-bad-ink' : 'text-ink-2'}>{messageText('reason', message)}</p>
        ) : null}
      </div>
    </li>
  );
}

function StepIcon({ step }: { step: PreparedStep }) {
  const frame = 'grid size-6 flex-none place-items-center rounded-full border';
  switch (step.progress) {
    case 'done':
      return (
        <span className={`${frame} border-brand bg-brand text-on-brand`}>
          <Check size={13} aria-hidden />
        </span>
      );
    case 'failed':
      return (
        <span className={`${frame} border-bad-mark bg-bad-soft text-bad-ink`}>
          <X size={13} aria-hidden />
        </span>
      );
    case 'running':
      return (
        <span className={`${frame} border-brand text-brand`}>
          <Spinner size={13} />
        </span>
      );
    case 'waiting':
      return (
        <span className={`${frame} border-control text-ink-3`}>
          <Circle size={6} aria-hidden />
        </span>
      );
    default:
      return step.progress satisfies never;
  }
}
