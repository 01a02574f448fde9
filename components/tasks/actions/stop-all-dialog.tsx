'use client';
import { useQuery } from '@tanstack/react-query';
import { OctagonX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Alert } from '@/components/ui/alert';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { RadioCard } from '@/components/ui/choice';
import { ConfirmByName } from '@/components/ui/confirm-by-name';
import { CopyButton } from '@/components/ui/copy-button';
import { Skeleton } from '@/components/ui/feedback';
import { Field } from '@/components/ui/field';
import { Link } from '@/components/ui/link';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { useToast } from '@/components/ui/toast';
import type { Tone } from '@/components/ui/tone';
import { stopPlanOptions, useStopTasks } from '@/lib/client/stop-tasks';
import { useErrorText, useMessageText } from '@/lib/client/use-error-text';
import { routes } from '@/lib/routes';
import { byNamespace, prepareStopAll, type StopItem, type StopRow } from '../prepare-stop-all';

/** What confirms a stop everywhere, in every language. */
const everywhereWord = 'all';

const tones: Record<StopRow['status'], Tone> = {
  ready: 'info',
  failed: 'bad',
  pausing: 'info',
  paused: 'idle',
  refused: 'warn',
};

/**
 * Says which tasks would be paused and which cannot be, asks for the project's name, then follows each task until it
 * is paused. What was refused can be asked for again. Closing it stops nothing.
 */
export function StopAllDialog({
  namespace,
  open,
  onClose,
}: {
  namespace: string | null;
  open: boolean;
  onClose: () => void;
}) {
  const t = useTranslations('list.stopAll');
  const errorText = useErrorText();
  const toast = useToast();
  const [everywhere, setEverywhere] = useState(false);
  const [asked, setAsked] = useState<readonly StopItem[]>([]);
  const stop = useStopTasks();
  const scope = everywhere ? null : namespace;
  const plan = useQuery({ ...stopPlanOptions(scope), enabled: open });
  const rows = prepareStopAll(plan.data?.items ?? [], asked, stop.data?.items);
  const ready = rows.filter(({ status }) => status === 'ready' || status === 'failed');

  const forget = () => {
    if (stop.isSending()) return;
    stop.reset();
    setAsked([]);
  };
  const close = () => {
    forget();
    onClose();
  };
  const confirm = () => {
    if (stop.isSending()) return;
    setAsked([...asked, ...ready.map(({ item }) => item)]);
    stop.mutate(scope, {
      onSuccess: ({ items }) => {
        const accepted = items.filter(({ outcome }) => outcome === 'accepted').length;
        const refused = items.filter(({ outcome }) => outcome === 'refused').length;
        if (accepted > 0) toast('ok', t('accepted', { count: accepted }));
        if (refused > 0) toast('bad', t('refused', { count: refused }));
      },
    });
  };

  return (
    <ConfirmByName
      open={open}
      onClose={close}
      name={scope ?? everywhereWord}
      title={t('title')}
      icon={<OctagonX size={16} aria-hidden />}
      // Where the tasks cannot be told they can be stopped all the same.
      confirmLabel={plan.isError && !plan.data ? t('confirmAll') : t('confirm', { count: ready.length })}
      cancelLabel={t('close')}
      pending={stop.isPending}
      blocked={plan.isPending ? t('planning') : plan.data && ready.length === 0 ? t('nothing') : undefined}
      onConfirm={confirm}
    >
      <p>{t('lead')}</p>
      {namespace !== null && (
        <Field label={t('scope')} group className="mb-4!">
          <div className="grid gap-2">
            {[false, true].map((choice) => (
              <RadioCard
                key={String(choice)}
                name="stop-scope"
                value={String(choice)}
                checked={everywhere === choice}
                title={choice ? t('everywhere') : t('project', { namespace })}
                onChange={() => {
                  forget();
                  setEverywhere(choice);
                }}
              />
            ))}
          </div>
        </Field>
      )}
      {plan.isPending && <Skeleton className="h-24" />}
      {plan.isError && (
        <Alert
          tone="warn"
          title={t('unknown')}
          actions={
            <Button size="small" onClick={() => void plan.refetch()}>
              {t('look')}
            </Button>
          }
        >
          {errorText(plan.error).title}
        </Alert>
      )}
      {stop.isError && (
        <Alert live tone="bad" title={t('failed')}>
          {errorText(stop.error).title}
        </Alert>
      )}
      {plan.data && <Tasks rows={rows} asked={asked.length > 0} problems={plan.data.problems.length} />}
    </ConfirmByName>
  );
}

function Tasks({ rows, asked, problems }: { rows: StopRow[]; asked: boolean; problems: number }) {
  const t = useTranslations('list.stopAll');
  const count = (...wanted: StopRow['status'][]) => rows.filter(({ status }) => wanted.includes(status)).length;
  const groups = byNamespace(rows);
  const ready = rows.filter(({ status }) => status === 'ready');
  return (
    <>
      <output className="block font-semibold">
        {asked
          ? t('progress', { paused: count('paused'), pausing: count('pausing'), left: count('ready', 'failed') })
          : t('willPause', { count: ready.length, projects: byNamespace(ready).length })}
        {count('refused') > 0 && <span className="block font-normal">{t('cannot', { count: count('refused') })}</span>}
      </output>
      {problems > 0 && <Alert tone="warn" title={t('problems', { count: problems })} />}
      {rows.length > 0 && (
        <ScrollRegion label={t('tasks')} className="max-h-72 overflow-y-auto rounded-sm border border-line px-3 py-2">
          {groups.map(([name, ofNamespace]) => (
            <section key={name} className="mb-3 last:mb-0" aria-label={name}>
              <h3 className="text-xs text-ink-2 [overflow-wrap:anywhere]">
                {t('group', { namespace: name, count: ofNamespace.length })}
              </h3>
              <ul className="space-y-1">
                {ofNamespace.map((row) => (
                  <Row key={row.item.name} row={row} />
                ))}
              </ul>
            </section>
          ))}
        </ScrollRegion>
      )}
    </>
  );
}

function Row({ row: { item, status, reason } }: { row: StopRow }) {
  const t = useTranslations('list.stopAll');
  const text = useMessageText();
  return (
    <li className="[overflow-wrap:anywhere]">
      <span className="flex flex-wrap items-center gap-2">
        <Link className="font-semibold" href={routes.task(item.namespace, item.name)}>
          {item.name}
        </Link>
        <span className="text-xs text-ink-3">{item.service}</span>
        <span className="ml-auto">
          <Badge tone={tones[status]}>{t(`status.${status}`)}</Badge>
        </span>
      </span>
      {(status === 'refused' || status === 'failed' || reason !== null) && (
        <span className="mt-1 block text-xs text-ink-2">
          {reason ? text('reason', reason) : t('noReason')} <CopyButton text={item.stopCommand} label={t('byHand')} />
        </span>
      )}
    </li>
  );
}
