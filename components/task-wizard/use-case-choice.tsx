'use client';
import { useTranslations } from 'next-intl';
import { RadioCard } from '@/components/ui/choice';
import { Group } from './group';
import { isProtectable } from './model/safety';
import { fitted, pickedUseCase, guideUseCases, withUseCase, type UseCase } from './model/use-cases';
import type { Wizard } from './use-wizard';

/** What the task is for: picking one sets the fields below, which stay free to change. */
export function UseCaseChoice({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.useCase');
  const { form, choices } = wizard;
  const picked = pickedUseCase(form, choices);
  return (
    <Group title={t('title')} lead={t('lead')}>
      <div role="radiogroup" aria-label={t('title')} className="grid grid-cols-2 gap-2 max-sm:grid-cols-1">
        {guideUseCases.map((useCase) => {
          const sets = fitted(useCase, form, choices);
          return (
            <RadioCard
              key={useCase.id}
              name="use-case"
              value={useCase.id}
              checked={picked === useCase.id}
              onChange={() => wizard.update((current) => withUseCase(current, sets))}
              title={t(`name.${useCase.id}`)}
            >
              {t(`lead_${useCase.id}`)}
              <span className="mt-1 block font-medium">
                <Sets useCase={sets} withMarker={isProtectable(form)} />
              </span>
            </RadioCard>
          );
        })}
      </div>
      <output className="mt-2 block text-xs text-ink-3">{t(picked === null ? 'own' : 'picked')}</output>
    </Group>
  );
}

function Sets({ useCase, withMarker }: { useCase: UseCase; withMarker: boolean }) {
  const t = useTranslations('wizard.useCase');
  const requests = useCase.testUsers ? 'test_users' : useCase.readsOnly ? 'reads' : 'all';
  const marks = useCase.marker && withMarker ? 'yes' : 'no';
  return t('sets', { percentage: useCase.percentage, requests, marks });
}
