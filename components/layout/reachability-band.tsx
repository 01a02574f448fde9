'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useEffect, useRef } from 'react';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { useNow } from '@/components/ui/time-ago';
import { environmentOptions } from '@/lib/client/inventory';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';

/** Says on every page what is stale and since when, while something that the console reads does not answer. */
export function ReachabilityBand() {
  const t = useTranslations('shell');
  const format = useFormat();
  const now = useNow(60_000);
  const { data, isError, dataUpdatedAt, refetch, isFetching } = useQuery(environmentOptions());
  useFreshAfterOutage(isError ? false : data?.kubernetes.reachable, data?.prometheus.reachable);
  const at = (since: string | null) => (since && now !== null ? format.time(since, now) : dash);
  const again = (
    <Button size="small" pending={isFetching} onClick={() => void refetch()}>
      {t('checkNow')}
    </Button>
  );
  if (isError) {
    const since = dataUpdatedAt ? at(new Date(dataUpdatedAt).toISOString()) : null;
    return (
      <Alert live tone="bad" title={t('consoleDown')} actions={again}>
        {since ? t('consoleDownSince', { time: since }) : t('consoleDownLead')}
      </Alert>
    );
  }
  if (!data) return null;
  const { kubernetes, prometheus } = data;
  return (
    <>
      {!kubernetes.reachable && (
        <Alert live tone="bad" title={t('kubernetesDown')} actions={again}>
          {t('kubernetesDownLead', { time: at(kubernetes.since) })}
        </Alert>
      )}
      {prometheus.configured && !prometheus.reachable && (
        <Alert live tone="warn" title={t('prometheusDown')} actions={again}>
          {t('prometheusDownLead', { time: at(prometheus.since) })}
        </Alert>
      )}
      {!prometheus.configured && <Alert title={t('prometheusAbsent')}>{t('prometheusAbsentLead')}</Alert>}
    </>
  );
}

/**
 * What failed or went stale while something was away is asked for again as soon as that is back, not when it is next
 * due, whatever else is away; once where both come back together. Undefined: it is not known yet.
 */
function useFreshAfterOutage(kubernetes: boolean | undefined, prometheus: boolean | undefined): void {
  const client = useQueryClient();
  const before = useRef({ kubernetes, prometheus });
  useEffect(() => {
    const { current } = before;
    // A page that has just begun to ask has nothing that is stale.
    const isBack = (kubernetes && current.kubernetes === false) || (prometheus && current.prometheus === false);
    if (isBack) void client.invalidateQueries();
    before.current = { kubernetes, prometheus };
  }, [kubernetes, prometheus, client]);
}
