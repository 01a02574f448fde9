'use client';
import { PercentageChoice } from './percentage-choice';
import { PlacementChoice } from './placement-choice';
import type { Wizard } from './use-wizard';

/** Step 4: how many requests are copied, and how the mirror's pods are told from the live ones. */
export function StrategyStep({ wizard }: { wizard: Wizard }) {
  return (
    <div className="grid gap-6">
      <PercentageChoice wizard={wizard} />
      <PlacementChoice wizard={wizard} />
    </div>
  );
}
