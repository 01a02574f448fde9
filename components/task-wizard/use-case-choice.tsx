'use client';
import { useTranslations } from 'next-intl';
import { RadioCards } from '@/components/ui/choice';
import { Group } from '@/components/ui/group';
import { proposesReadsOnly } from './model/safety';
import { fitted, pickedUseCase, guideUseCases, withUseCase, type UseCase } from './model/use-cases';
import type { Wizard } from './use-wizard';

/** What the task is for: picking one sets the fields below, which stay free to change. */
export function UseCaseChoice({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.useCase');
  const { form, choices } = wizard;
  const cases = guideUseCases.map((useCase) => fitted(useCase, form, choices));
  const picked = pickedUseCase(form, choices);
  return (
    <Group title={t('title')} lead={t('lead')}>
      <RadioCards
        legend={t('title')}
        name="use-case"
        value={picked}
        onChange={(id) => wizard.update((current) => cases.filter((one) => one.id === id).reduce(withUseCase, current))}
        options={cases.map((sets) => ({
          value: sets.id,
          title: t(`name.${sets.id}`),
          body: (
            <>
              {t(`lead_${sets.id}`)}
              <span className="mt-1 block font-medium">
                <Sets useCase={sets} ofReads={proposesReadsOnly(form, choices)} />
              </span>
            </>
          ),
        }))}
      />
      <output className="mt-2 block text-xs text-ink-3">{t(picked === null ? 'own' : 'picked')}</output>
    </Group>
  );
}

/** `ofReads`: only reads are copied where the use case asks for nothing else. */
function Sets({ useCase, ofReads }: { useCase: UseCase; ofReads: boolean }) {
  const t = useTranslations('wizard.useCase');
  const isOfReads = useCase.readsOnly || ofReads;
  const requests = useCase.testUsers ? (isOfReads ? 'test_reads' : 'test_users') : isOfReads ? 'reads' : 'all';
  const marks = useCase.marker ? 'yes' : 'no';
  return t('sets', { percentage: useCase.percentage, requests, marks });
}
