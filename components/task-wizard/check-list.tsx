'use client';
import { useTranslations } from 'next-intl';
import { useState, type ReactNode } from 'react';
import { CopyButton } from '@/components/ui/copy-button';
import { cx } from '@/components/ui/cx';
import { SeverityBadge } from '@/components/ui/severity-badge';
import { UpdatedAgo } from '@/components/ui/time-ago';
import { Group } from '@/components/ui/group';
import { useMessageText } from '@/lib/client/use-error-text';
import type { Plan, PlanCheck } from '@/lib/contract/task';
import { checksBySeverity } from './model/submission';
import { stepOfCheck, wizardSteps } from './model/wizard-steps';
import type { Wizard } from './use-wizard';

const counts = { fail: 'countFail', warn: 'countWarn', unknown: 'countUnknown', pass: 'countPass' } as const;
const severities = ['fail', 'warn', 'unknown', 'pass'] as const;

/** The checks, worst first, each with what to do and the step that mends it; passed ones on demand. */
export function CheckList({
  wizard,
  plan,
  finishedAt,
  end,
}: {
  wizard: Wizard;
  plan: Plan;
  finishedAt: number;
  end: ReactNode;
}) {
  const t = useTranslations('wizard.review');
  const [open, setOpen] = useState(false);
  const checks = checksBySeverity(plan);
  const shown = [...checks.fail, ...checks.warn, ...checks.unknown, ...(open ? checks.pass : [])];
  return (
    <Group
      title={
        <span className="flex flex-wrap items-center gap-2">
          {t('checks')}
          {severities.map(
            (severity) =>
              checks[severity].length > 0 && (
                <SeverityBadge key={severity} severity={severity}>
                  {t(counts[severity], { count: checks[severity].length })}
                </SeverityBadge>
              ),
          )}
        </span>
      }
      lead={
        <>
          {t('checked', { count: plan.checks.length })} <UpdatedAgo at={finishedAt} />
        </>
      }
      end={end}
    >
      <ul className="panel px-3.5 py-0.5">
        {shown.map((check, index) => {
          const next = shown[index + 1];
          const isRepeated = next?.code === check.code && next.action === check.action;
          return (
            // Several findings of one kind have one advice, after the last of them.
            <CheckLine key={`${check.code} ${index}`} check={check} wizard={wizard} hasAdvice={!isRepeated} />
          );
        })}
        {checks.pass.length > 0 && (
          <li className="border-t border-line py-2 first:border-t-0">
            <button
              type="button"
              className="rounded-sm text-xs font-semibold text-brand hover:underline"
              aria-expanded={open}
              onClick={() => setOpen(!open)}
            >
              {open ? t('passedHide') : t('passed', { count: checks.pass.length })}
            </button>
          </li>
        )}
      </ul>
    </Group>
  );
}

function CheckLine({ check, wizard, hasAdvice }: { check: PlanCheck; wizard: Wizard; hasAdvice: boolean }) {
  const t = useTranslations('wizard.review');
  const names = useTranslations('wizard.step');
  const text = useMessageText();
  const { severity } = check;
  const step = severity === 'pass' ? null : stepOfCheck(check.code);
  const action =
    check.action === null
      ? null
      : text('check', { code: `${check.code}.action`, params: check.params, message: check.action });
  return (
    <li
      className={cx(
        'flex flex-wrap items-start gap-x-3 gap-y-1 border-t border-line first:border-t-0',
        severity === 'pass' ? 'py-1' : 'py-2.5',
      )}
    >
      <span className="w-24 flex-none">
        <SeverityBadge severity={severity}>{t(severity)}</SeverityBadge>
      </span>
      <div className="min-w-0 flex-1 basis-60 [overflow-wrap:anywhere]">
        <h4 className={severity === 'pass' ? 'text-xs' : 'text-sm font-semibold'}>
          {text('check', { code: `${check.code}.${severity}`, params: check.params, message: check.message })}
        </h4>
        {severity !== 'pass' && hasAdvice && action !== null && <p className="text-xs text-ink-2">{action}</p>}
      </div>
      {check.code === 'permissions' && severity === 'fail' && (
        <CopyButton
          label={t('copyRequest')}
          text={t('requestText', { namespace: wizard.namespace, permissions: check.params.permissions ?? '' })}
        />
      )}
      {step !== null && (
        <button
          type="button"
          className="rounded-sm text-xs whitespace-nowrap text-brand hover:underline"
          onClick={() => wizard.goTo(step)}
        >
          {t('goTo', { n: wizardSteps.indexOf(step) + 1, name: names(step) })}
        </button>
      )}
    </li>
  );
}
