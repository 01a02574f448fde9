import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { PageMessages } from '@/components/layout/page-messages';
import { TaskWizard } from '@/components/task-wizard/task-wizard';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('wizard');
  return { title: t('title') };
}

export default function NewTaskPage() {
  return (
    <PageMessages areas={['check', 'manifests', 'match', 'reason', 'step', 'target', 'wizard']}>
      <Suspense>
        <TaskWizard />
      </Suspense>
    </PageMessages>
  );
}
