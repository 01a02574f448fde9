'use client';
import { DeliveryChoice } from './delivery-choice';
import { PercentageChoice } from './percentage-choice';
import { PlacementChoice } from './placement-choice';
import { RequestChoice } from './request-choice';
import { RouteChoice } from './route-choice';
import { SafetyChoice } from './safety-choice';
import { isProtectable } from './model/safety';
import { UseCaseChoice } from './use-case-choice';
import type { Wizard } from './use-wizard';

/**
 * Step 4: which requests are copied and how many, how the mirror's pods are told from the live ones, and what protects
 * it.
 */
export function StrategyStep({ wizard }: { wizard: Wizard }) {
  return (
    <div className="grid gap-6">
      <UseCaseChoice wizard={wizard} />
      <RouteChoice wizard={wizard} />
      <RequestChoice wizard={wizard} />
      <PercentageChoice wizard={wizard} />
      <DeliveryChoice wizard={wizard} />
      <PlacementChoice wizard={wizard} />
      {isProtectable(wizard.form) && <SafetyChoice wizard={wizard} />}
    </div>
  );
}
