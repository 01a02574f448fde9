import { getTranslations } from 'next-intl/server';
import { ButtonLink } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { EmptyState } from '@/components/ui/feedback';
import { routes } from '@/lib/routes';

export default async function NotFoundPage() {
  const t = await getTranslations('shell');
  return (
    <Card>
      <EmptyState
        title={t('pageMissing')}
        actions={
          <ButtonLink variant="primary" href={routes.tasks()}>
            {t('toTasks')}
          </ButtonLink>
        }
      >
        {t('pageMissingLead')}
      </EmptyState>
    </Card>
  );
}
