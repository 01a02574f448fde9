'use client';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useSyncExternalStore } from 'react';
import { Alert } from '@/components/ui/alert';
import { Card } from '@/components/ui/card';
import { EmptyState, Skeleton } from '@/components/ui/feedback';
import { Breadcrumbs } from '@/components/ui/navigation';
import { meOptions, namespacesOptions } from '@/lib/client/inventory';
import { useNamespace } from '@/lib/client/namespace';
import { routes } from '@/lib/routes';
import { usePrefill } from './use-prefill';
import { WizardFrame } from './wizard-frame';

const never = (): (() => void) => () => {};

/** The page that creates a task: five steps, one draft for each namespace. */
export function TaskWizard() {
  const t = useTranslations('wizard');
  const namespace = useNamespace();
  // The draft lives in this tab's storage: nothing to draw before the browser has the page.
  const inBrowser = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  return (
    <div className="mx-auto max-w-[1160px] space-y-3">
      <Breadcrumbs
        label={t('crumb')}
        items={[{ label: t('tasks'), href: routes.tasks(namespace) }, { label: t('crumb') }]}
      />
      {inBrowser && namespace !== null ? <NamespaceWizard key={namespace} namespace={namespace} /> : <NoNamespaceYet />}
    </div>
  );
}

/** The wizard, under the note that the user may not create here, if so. */
function NamespaceWizard({ namespace }: { namespace: string }) {
  const t = useTranslations('wizard');
  const { data: me } = useQuery(meOptions(namespace));
  if (me && !me.permissions.view) {
    return (
      <Card>
        <EmptyState title={t('mayNotCreate', { namespace })}>{t('mayNotSeeBody')}</EmptyState>
      </Card>
    );
  }
  return (
    <>
      {me && !me.permissions.create && (
        <Alert tone="warn" title={t('mayNotCreate', { namespace })}>
          {t('mayNotCreateBody')}
        </Alert>
      )}
      <PrefilledWizard namespace={namespace} />
    </>
  );
}

/** The form, once the task that it is to be filled in from is read. */
function PrefilledWizard({ namespace }: { namespace: string }) {
  const source = usePrefill(namespace);
  return source === undefined ? <WizardLoading /> : <WizardFrame namespace={namespace} source={source} />;
}

/** Before the project is known; for good where there is none to offer. */
function NoNamespaceYet() {
  const t = useTranslations('wizard');
  const namespaces = useQuery(namespacesOptions());
  const none = namespaces.isError || namespaces.data?.items.length === 0;
  if (none) {
    return (
      <Card>
        <EmptyState title={t('needNamespace')}>{t('needNamespaceBody')}</EmptyState>
      </Card>
    );
  }
  return <WizardLoading />;
}

function WizardLoading() {
  return (
    <Card aria-busy>
      <div className="grid gap-4 p-5">
        <Skeleton className="h-8 w-72" />
        <Skeleton className="h-16" />
        <Skeleton className="h-96" />
      </div>
    </Card>
  );
}
