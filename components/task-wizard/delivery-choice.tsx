'use client';
import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { YamlView } from '@/components/manifests/yaml-view';
import { Badge } from '@/components/ui/badge';
import { RadioCards } from '@/components/ui/choice';
import { fieldMark } from '@/components/ui/focus-field';
import { Group } from '@/components/ui/group';
import { deliveries } from '@/lib/domain/task';
import { useProposal } from './use-proposal';
import type { Wizard } from './use-wizard';

/** Whether the console writes what a tool owns, or its operator is given the change: asked only where there is such. */
export function DeliveryChoice({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.delivery');
  const words = useTranslations('wizard.strategy');
  const { form, update } = wizard;
  const delivery = useProposal(wizard, form.placement).plan?.delivery ?? null;
  const proposed = delivery?.proposed ?? 'write';
  const owner = delivery?.owners.find(({ kind }) => kind === 'VirtualService') ?? delivery?.owners[0];
  const isOpen = form.delivery === null && proposed === 'patch';
  // Kept from when somebody else owned the routes, whose manifest could take a patch.
  const isOutdated = form.delivery === 'patch' && delivery !== null && !owner?.hasManifest;
  // A request without it means that the console writes: what is proposed is taken over, to be seen and changed.
  useEffect(() => {
    if (isOutdated) update((current) => ({ ...current, delivery: null }));
    else if (isOpen) update((current) => (current.delivery === null ? { ...current, delivery: 'patch' } : current));
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `update` is new in every render
  }, [isOpen, isOutdated]);
  if (!owner) return null;
  const { tool } = owner;
  const chosen = form.delivery ?? proposed;
  const leads = { write: t('writeLead', { tool }), patch: t('patchLead', { tool }) };
  return (
    <Group title={t('title')} lead={t('lead', { object: `${owner.kind} ${owner.name}`, tool })}>
      <RadioCards
        {...fieldMark('delivery')}
        legend={t('title')}
        name="delivery"
        value={chosen}
        onChange={(one) => update((current) => ({ ...current, delivery: one }))}
        options={deliveries.map((one) => ({
          value: one,
          title: t(one),
          end: one === proposed && <Badge tone="ok">{words('proposed')}</Badge>,
          disabledReason: one === 'patch' && !owner.hasManifest ? t('noManifest', { tool }) : undefined,
          body: leads[one],
        }))}
      />
      {chosen === 'write' && owner.ignoreDifferences !== null && (
        <div className="mt-3">
          <YamlView title={t('settings')} yaml={owner.ignoreDifferences} />
        </div>
      )}
    </Group>
  );
}
