'use client';
import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { RadioCards } from '@/components/ui/choice';
import { Spinner } from '@/components/ui/spinner';
import { fieldMark } from '@/components/ui/focus-field';
import { Group } from '@/components/ui/group';
import { useMessageText } from '@/lib/client/use-error-text';
import type { Plan } from '@/lib/contract/task';
import { placements, type Placement } from '@/lib/domain/task';
import { leftAsTheyAre, placedKind } from './model/form-model';
import { stepOfCheck } from './model/wizard-steps';
import { useProblemText } from './problem-text';
import { mirrorNames } from './summary-rail';
import { useProposal } from './use-proposal';
import type { Wizard } from './use-wizard';

/** Where the mirror's pods stand; of a target that is there already nothing is placed. */
export function PlacementChoice({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.strategy');
  if (placedKind(wizard.form) !== null) return <ProposedPlacement wizard={wizard} />;
  return (
    <Group title={t('placement')}>
      <p className="text-ink-2">{t('elsewhere', { target: mirrorNames(wizard).join(', ') })}</p>
    </Group>
  );
}

/** The proposal preselected with its reason, the other one with what speaks against it. */
function ProposedPlacement({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.strategy');
  const text = useMessageText();
  const textOf = useProblemText();
  const proposal = useProposal(wizard, null);
  const proposed = proposal.plan?.placement ?? null;
  const other: Placement | null = proposed === null ? null : proposed === 'dedicated' ? 'subset' : 'dedicated';
  const fixed = placedKind(wizard.form) === 'existing';
  const left = leftAsTheyAre(wizard.form);
  const otherPlan = useProposal(wizard, fixed ? null : other);
  const against = other === null ? null : fixed ? t('existingFixed') : placementRefusal(otherPlan.plan, text);
  const chosen = wizard.form.placement ?? proposed;
  const error = textOf(wizard.problemOf('placement'));
  const choose = (placement: Placement | null): void => wizard.update((form) => ({ ...form, placement }));
  return (
    <Group
      title={t('placement')}
      lead={t('placementLead')}
      end={
        wizard.form.placement !== null && (
          <Button size="small" onClick={() => choose(null)}>
            {t('letConsole')}
          </Button>
        )
      }
    >
      {error && (
        <div className="mb-2">
          <Alert tone="bad" title={error} live />
        </div>
      )}
      {proposal.isLoading && (
        <output className="mb-2 flex items-center gap-2 text-xs text-ink-3">
          <Spinner />
          {t('planning')}
        </output>
      )}
      {proposal.failed && (
        <div className="mb-2">
          <Alert title={t('planFailed')}>{t('planFailedBody')}</Alert>
        </div>
      )}
      <RadioCards
        {...fieldMark('placement')}
        legend={t('placement')}
        name="placement"
        value={chosen}
        onChange={(placement) => choose(placement === proposed ? null : placement)}
        options={placements.map((placement) => ({
          value: placement,
          title: t(placement),
          end: placement === proposed && <Badge tone="ok">{t('proposed')}</Badge>,
          disabledReason: placement === other && against !== null ? t('notThis', { reason: against }) : undefined,
          body: (
            <>
              {t(`${placement}Lead`)}
              {placement === proposed && proposal.plan?.placementReason && (
                <span className="mt-1.5 block font-medium text-ok-ink">
                  {text('reason', proposal.plan.placementReason)}
                </span>
              )}
            </>
          ),
        }))}
      />
      {left.length > 0 && (
        <p className="mt-2 text-xs text-ink-2">{t('placementNotOf', { workloads: left.join(', ') })}</p>
      )}
    </Group>
  );
}

/** Why a plan with this placement fails, as far as the placement is to blame. */
function placementRefusal(plan: Plan | undefined, text: ReturnType<typeof useMessageText>): string | null {
  const failed =
    plan?.checks.filter((check) => check.severity === 'fail' && stepOfCheck(check.code) === 'strategy') ?? [];
  const words = failed.map((check) =>
    text('check', { code: `${check.code}.fail`, params: check.params, message: check.message }),
  );
  return words.length === 0 ? null : words.join(' ');
}
