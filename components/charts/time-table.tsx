'use client';

import { useTranslations } from 'next-intl';
import type { MetricName, MetricSide } from '@/lib/contract/metrics';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';
import { formatAgainstLive, formatMetric, type SideNames } from './chart-format';
import type { PreparedMarker } from './prepare-markers';
import type { TableRow } from './prepare-table-rows';

/** A chart's samples, gaps and changes as a table, newest first. */
export function TimeTable(props: {
  caption: string;
  metric: MetricName;
  rows: readonly TableRow[];
  names: SideNames;
  shown: readonly MetricSide[];
  formatTime: (at: number) => string;
  formatChange: (marker: PreparedMarker) => string;
}) {
  const t = useTranslations('charts');
  const { language } = useFormat();
  const { metric, shown, formatTime } = props;
  const withAgainst = shown.length > 1;

  const cells = (row: TableRow) => {
    if (row.kind === 'change')
      return (
        <td colSpan={3} className="font-semibold">
          {props.formatChange(row.marker)}
        </td>
      );
    if (row.kind === 'gap')
      return (
        <td colSpan={3} className="text-ink-3">
          {row.start === row.end
            ? t('noData')
            : t('noDataSpan', { from: formatTime(row.start), to: formatTime(row.end) })}
        </td>
      );
    return (
      <>
        {shown.map((side) => (
          <td key={side} className="num">
            {formatMetric(metric, row[side], language)}
          </td>
        ))}
        {withAgainst ? (
          <td className="num">{formatAgainstLive(metric, row.primary, row.mirror, language) ?? dash}</td>
        ) : null}
      </>
    );
  };

  return (
    <table className="table">
      <caption className="sr-only">{props.caption}</caption>
      <thead className="sticky top-0">
        <tr>
          <th scope="col">{t('time')}</th>
          {shown.map((side) => (
            <th key={side} scope="col" className="num">
              {props.names[side]}
            </th>
          ))}
          {withAgainst ? (
            <th scope="col" className="num">
              {metric === 'rate' ? t('shareOfLive') : t('difference')}
            </th>
          ) : null}
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={`${row.kind} ${row.at}`}>
            <th scope="row" className="font-normal whitespace-nowrap">
              {formatTime(row.at)}
            </th>
            {cells(row)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
