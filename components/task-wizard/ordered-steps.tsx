'use client';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge';
import { Group } from '@/components/ui/group';
import { useCodeText } from '@/lib/client/use-error-text';
import type { Plan } from '@/lib/contract/task';

/** The steps that creating will take, in the order that keeps live requests safe. */
export function OrderedSteps({ plan }: { plan: Plan }) {
  const t = useTranslations('wizard.review');
  const text = useCodeText();
  const key = (id: string): string => id.split(':')[0] ?? id;
  const firstMirror = plan.steps.findIndex((step) => key(step.id) === 'mirror');
  return (
    <Group title={t('steps')} lead={t('stepsLead')}>
      <ol className="panel px-3.5 pt-3.5">
        {plan.steps.map((step, index) => (
          <li
            key={step.id}
            className="relative flex gap-3 pb-3.5 not-last:before:absolute not-last:before:top-6 not-last:before:bottom-0 not-last:before:left-3 not-last:before:border-l not-last:before:border-line-2"
          >
            <span
              className="grid size-6 flex-none place-items-center rounded-full border border-control bg-surface text-xs font-semibold"
              aria-hidden
            >
              {index + 1}
            </span>
            <div className="min-w-0 flex-1">
              <span className="font-semibold [overflow-wrap:anywhere]">
                {text('step', key(step.id), {
                  kind: step.object?.kind ?? '',
                  name: step.object?.name ?? '',
                  namespace: step.object?.namespace ?? '',
                })}
              </span>{' '}
              {index === firstMirror && <Badge tone="idle">{t('startsHere')}</Badge>}
              {step.object && (
                <p className="font-mono text-xs text-ink-3 [overflow-wrap:anywhere]">
                  {step.object.kind} {step.object.namespace}/{step.object.name}
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
    </Group>
  );
}
