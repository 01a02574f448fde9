'use client';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { Spinner } from '@/components/ui/spinner';
import { planTaskOptions } from '@/lib/client/tasks';
import { useMessageText } from '@/lib/client/use-error-text';
import type { PlanCheck } from '@/lib/contract/task';
import type { TargetKey } from './model/form-model';
import { toProbeInput } from './model/to-input';
import { stepOfCheck } from './model/wizard-steps';
import type { Wizard } from './use-wizard';

/** What the plan's checks say about a chosen target that is there already. */
export function TargetFitness({ wizard, target: key }: { wizard: Wizard; target: TargetKey }) {
  const t = useTranslations('wizard.fitness');
  const text = useMessageText();
  const input = toProbeInput(wizard.form, wizard.namespace, wizard.choices, key);
  const plan = useQuery({ ...planTaskOptions(input ?? neverAsked), enabled: input !== null, staleTime: 10_000 });
  if (input === null) return null;
  if (plan.isPending) {
    return (
      <output className="flex items-center gap-2 text-xs text-ink-3">
        <Spinner />
        {t('checking')}
      </output>
    );
  }
  if (plan.isError) return <Alert title={t('unchecked')} />;
  const findings = plan.data.checks.filter(
    (check) => check.severity === 'fail' && stepOfCheck(check.code) === 'version',
  );
  if (findings.length === 0) return <Alert tone="ok" title={t('fit')} live />;
  const words = (check: PlanCheck): string =>
    text('check', { code: `${check.code}.${check.severity}`, params: check.params, message: check.message });
  return findings.map((check) => <Alert key={`${check.code} ${words(check)}`} tone="bad" title={words(check)} live />);
}

const neverAsked = { namespace: '', name: '', service: '', target: { kind: 'version', existing: '' } } as const;
