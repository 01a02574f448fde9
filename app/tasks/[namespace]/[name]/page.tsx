import type { Metadata } from 'next';
import { Suspense } from 'react';
import { PageMessages } from '@/components/layout/page-messages';
import { TaskPage } from '@/components/task-detail/task-page';

interface Props {
  params: Promise<{ namespace: string; name: string }>;
}

async function readParams({ params }: Props) {
  const { namespace, name } = await params;
  return { namespace: decodeURIComponent(namespace), name: decodeURIComponent(name) };
}

export async function generateMetadata(props: Props): Promise<Metadata> {
  return { title: (await readParams(props)).name };
}

export default async function TaskDetailPage(props: Props) {
  const { namespace, name } = await readParams(props);
  return (
    <PageMessages
      areas={['charts', 'check', 'list', 'manifests', 'match', 'reason', 'state', 'step', 'target', 'task', 'verb']}
    >
      <Suspense>
        <TaskPage key={`${namespace}/${name}`} namespace={namespace} name={name} />
      </Suspense>
    </PageMessages>
  );
}
