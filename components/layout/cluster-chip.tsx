'use client';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Dot } from '@/components/ui/feedback';
import { environmentOptions } from '@/lib/client/inventory';

/** Which cluster this is: sandbox or real, versions, and whether it answers. */
export function ClusterChip() {
  const t = useTranslations('shell');
  const { data, isError } = useQuery(environmentOptions());
  if (!data && !isError) return null;
  const reachable = !isError && Boolean(data?.kubernetes.reachable);
  // Of a cluster that the console says nothing about nobody knows whether it answers.
  const state = isError ? t('consoleDown') : reachable ? t('reachable') : t('unreachable');
  return (
    <span
      className="flex h-7 flex-none items-center gap-2 rounded-sm border border-line-2 bg-surface px-2.5 text-xs whitespace-nowrap text-ink-2"
      title={state}
    >
      <Dot tone={reachable ? 'ok' : 'bad'} />
      <span className="sr-only">{state}: </span>
      {data && (
        <>
          {data.cluster !== data.kind && <b className="max-w-40 truncate">{data.cluster}</b>}
          {data.kind === 'sandbox' ? t('sandbox') : t('cluster')}
          <span className="hidden text-ink-3 xl:inline">
            {[
              data.istioVersion && `Istio ${data.istioVersion}`,
              data.kubernetesVersion && `Kubernetes ${data.kubernetesVersion.replace(/^v/, '')}`,
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </>
      )}
      {!data && state}
    </span>
  );
}
