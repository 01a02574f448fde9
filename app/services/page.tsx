import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ServicesPage } from '@/components/workloads/services-page';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('workloads');
  return { title: t('services') };
}

export default function ServicesRoute() {
  return <ServicesPage />;
}
