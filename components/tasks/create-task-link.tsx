'use client';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button, ButtonLink } from '@/components/ui/button';
import { meOptions } from '@/lib/client/inventory';
import { routes } from '@/lib/routes';

/** To the wizard; for those who may not create tasks here a button that says so. */
export function CreateTaskLink({ namespace }: { namespace: string | null }) {
  const t = useTranslations('list');
  const { data } = useQuery({ ...meOptions(namespace), enabled: namespace !== null });
  const icon = <Plus size={14} aria-hidden />;
  if (data && !data.permissions.create) {
    return (
      <Button
        variant="primary"
        icon={icon}
        disabledReason={t('mayNotCreate', { namespace: namespace ?? '' })}
        reasonPlacement="before"
      >
        {t('create')}
      </Button>
    );
  }
  return (
    <ButtonLink variant="primary" icon={icon} href={routes.newTask(namespace)}>
      {t('create')}
    </ButtonLink>
  );
}
