import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { PageMessages } from '@/components/layout/page-messages';
import { DeploymentsPage } from '@/components/workloads/deployments-page';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('workloads');
  return { title: t('deployments') };
}

export default function DeploymentsRoute() {
  return (
    <PageMessages areas={['workloads']}>
      <DeploymentsPage />
    </PageMessages>
  );
}
