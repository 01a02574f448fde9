'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { isWorse, type TaskDifference } from '@/components/tasks/prepare-difference';
import { VersionTag } from '@/components/ui/badge';
import { Card, CardBody, CardHeader, Facts } from '@/components/ui/card';
import { EmptyState } from '@/components/ui/feedback';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { useNow } from '@/components/ui/time-ago';
import { useMessageText } from '@/lib/client/use-error-text';
import type { CoverageFigures, ReportSide, Task, TaskReport } from '@/lib/contract/task';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';
import type * as z from 'zod/mini';
import { versionOf } from './task-words';

type Report = z.infer<typeof TaskReport>;
type Figures = NonNullable<Report['figures']>;
type Side = z.infer<typeof ReportSide>;

const rows = ['requests', 'success', 'p50', 'p95', 'p99'] as const;
/** The rows that have a difference. */
const compared: Partial<Record<(typeof rows)[number], TaskDifference['metric']>> = {
  success: 'success',
  p95: 'latency_p95',
};

/** What a finished task found: its figures as they were frozen, or why there are none. */
export function ReportCard({ task, report }: { task: Task; report: Report }) {
  const t = useTranslations('task.report');
  const format = useFormat();
  const messageText = useMessageText();
  const now = useNow(60_000);
  const time = (iso: string) => (now === null ? '' : format.time(iso, now, true));
  const { figures, reason } = report;
  return (
    <Card aria-labelledby="report-title">
      <CardHeader id="report-title" title={t('title')} lead={t('lead')} />
      <CardBody className="space-y-4">
        <div className="[&_dl]:border-0 [&_dl]:pt-0">
          <Facts
            items={[
              {
                label: t('period'),
                value: (
                  <>
                    {time(report.begin)} … {time(report.end)}{' '}
                    <Small>{format.duration(Date.parse(report.end) - Date.parse(report.begin))}</Small>
                  </>
                ),
              },
              ...(figures ? [{ label: t('coverage'), value: <CoverageFact coverage={figures.coverage} /> }] : []),
              { label: t('workload'), value: <WorkloadFact task={task} /> },
            ]}
          />
        </div>
        {figures ? (
          <FiguresTable task={task} figures={figures} />
        ) : (
          <EmptyState title={t('noFigures')}>{reason ? messageText('reason', reason) : null}</EmptyState>
        )}
      </CardBody>
    </Card>
  );
}

function CoverageFact({ coverage }: { coverage: CoverageFigures }) {
  const t = useTranslations('task.report');
  const format = useFormat();
  const messageText = useMessageText();
  const { value, low, high, arrivedPerSecond, expectedPerSecond, reason } = coverage;
  if (value === null) {
    return (
      <>
        {dash} {reason ? <Small>{messageText('reason', reason)}</Small> : null}
      </>
    );
  }
  return (
    <>
      {format.share(value)}{' '}
      <Small>
        {low !== null && high !== null
          ? `${t('interval', { low: format.share(low), high: format.share(high) })} · `
          : null}
        {t('arrived', { arrived: format.rate(arrivedPerSecond), expected: format.rate(expectedPerSecond) })}
      </Small>
    </>
  );
}

/** What became of the new version's Deployment. */
function WorkloadFact({ task }: { task: Task }) {
  const t = useTranslations('task.report');
  const [target] = task.targets;
  if (!target) return dash;
  if (target.workload === null) {
    return (
      <>
        {target.label} <Small>{t('elsewhere')}</Small>
      </>
    );
  }
  const fate = !target.created ? 'stood' : task.keepsWorkload ? 'kept' : 'removed';
  return (
    <>
      Deployment {target.workload} <Small>{t(fate)}</Small>
    </>
  );
}

function FiguresTable({ task, figures }: { task: Task; figures: Figures }) {
  const t = useTranslations('task.report');
  const format = useFormat();
  const [live, mirror] = (['primary', 'mirror'] as const).map((name) =>
    figures.sides.find(({ side }) => side === name),
  );
  const text = (side: Side | undefined, row: (typeof rows)[number]) => {
    const value = side?.[row === 'success' ? 'successPercent' : row] ?? null;
    if (value === null) return dash;
    if (row === 'requests') return format.number(value, 0);
    return row === 'success' ? `${format.number(value, 2)} %` : `${format.number(value, 1)} ms`;
  };
  return (
    <ScrollRegion label={t('figures')} className="overflow-x-auto">
      <table className="table">
        <caption className="sr-only">{t('figures')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('metric')}</th>
            <th scope="col" className="num">
              <VersionTag side="live" label={t('live')}>
                {versionOf(task, 'primary')}
              </VersionTag>
            </th>
            <th scope="col" className="num">
              <VersionTag side="mirror" label={t('mirror')}>
                {versionOf(task, 'mirror')}
              </VersionTag>
            </th>
            <th scope="col" className="num">
              {t('difference')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              <th scope="row" className="font-normal">
                {t(`row.${row}`)}
              </th>
              <td className="num">{text(live, row)}</td>
              <td className="num">{text(mirror, row)}</td>
              <td className="num">
                <DifferenceText difference={figures.differences.find(({ metric }) => metric === compared[row])} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function DifferenceText({ difference }: { difference: TaskDifference | undefined }) {
  const t = useTranslations('task.report');
  const format = useFormat();
  if (!difference || difference.value === null) return dash;
  const { value, low, high, unit, samples } = difference;
  return (
    <>
      <span className={isWorse(difference) ? 'font-semibold text-bad-ink' : 'font-semibold'}>
        {format.difference(value, unit)}
      </span>
      <span className="block text-xs whitespace-normal text-ink-3">
        {low !== null && high !== null
          ? `${t('interval', { low: format.difference(low, unit), high: format.difference(high, unit) })} · `
          : null}
        {samples === null ? null : t('samples', { count: samples, samples: format.number(samples, 0) })}
      </span>
    </>
  );
}

function Small({ children }: { children: ReactNode }) {
  return <span className="text-xs font-normal text-ink-3">{children}</span>;
}
