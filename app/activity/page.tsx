import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { PageMessages } from '@/components/layout/page-messages';
import { ActivityPage } from '@/components/activity/activity-page';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('activity');
  return { title: t('title') };
}

export default function ActivityRoute() {
  return (
    <PageMessages areas={['activity', 'reason', 'verb']}>
      <ActivityPage />
    </PageMessages>
  );
}
