import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { PageMessages } from '@/components/layout/page-messages';
import { TaskListPage } from '@/components/tasks/task-list-page';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('list');
  return { title: t('title') };
}

export default function TasksPage() {
  return (
    <PageMessages areas={['check', 'list', 'reason', 'state']}>
      <TaskListPage />
    </PageMessages>
  );
}
