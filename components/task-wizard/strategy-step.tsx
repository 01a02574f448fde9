'use client';
import { useTranslations } from 'next-intl';
import { MatchChoice } from '@/components/request-match/match-choice';
import { DeliveryChoice } from './delivery-choice';
import { Group } from './group';
import { PercentageChoice } from './percentage-choice';
import { PlacementChoice } from './placement-choice';
import { RouteChoice } from './route-choice';
import { SafetyChoice } from './safety-choice';
import { isProtectable } from './model/safety';
import { useProblemText } from './problem-text';
import { UseCaseChoice } from './use-case-choice';
import type { Wizard } from './use-wizard';

/**
 * Step 4: which requests are copied and how many, how the mirror's pods are told from the live ones, and what protects
 * it.
 */
export function StrategyStep({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('match');
  const textOf = useProblemText();
  return (
    <div className="grid gap-6">
      <UseCaseChoice wizard={wizard} />
      <RouteChoice wizard={wizard} />
      <Group title={t('title')} lead={t('lead')}>
        <MatchChoice
          draft={wizard.form}
          onChange={(patch) => wizard.update((form) => ({ ...form, ...patch }))}
          errorOf={(field) => textOf(wizard.problemOf(field))}
        />
      </Group>
      <PercentageChoice wizard={wizard} />
      <DeliveryChoice wizard={wizard} />
      <PlacementChoice wizard={wizard} />
      {isProtectable(wizard.form) && <SafetyChoice wizard={wizard} />}
    </div>
  );
}
