import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { PageMessages } from '@/components/layout/page-messages';
import { ServicesPage } from '@/components/workloads/services-page';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('workloads');
  return { title: t('services') };
}

export default function ServicesRoute() {
  return (
    <PageMessages areas={['workloads', 'reason']}>
      <ServicesPage />
    </PageMessages>
  );
}
