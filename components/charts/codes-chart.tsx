'use client';

import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import type { MetricSide, TaskMetrics } from '@/lib/contract/metrics';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';
import { formatDecimals, type SideNames } from './chart-format';
import { ChartFrame } from './chart-frame';
import { logPosition, prepareCodes, type CodeRow, type CodesChart as Codes } from './prepare-codes';
import { chartSides } from './side-look';

/** Room for the number at the end of the longest bar. */
const barRoom = '64px';

/** Responses of both sides by code, as shares of 10,000 on a log scale: rare failures stay visible. */
export function CodesChart({ metrics, names, range }: { metrics: TaskMetrics; names: SideNames; range: string }) {
  const t = useTranslations('charts');
  const { language } = useFormat();
  const [hidden, setHidden] = useState<ReadonlySet<MetricSide>>(new Set());
  const chart = useMemo(() => prepareCodes(metrics.totals), [metrics.totals]);
  const shown = chartSides.filter((side) => !hidden.has(side));
  const count = (side: MetricSide) => {
    const sum = chart.sums[side];
    return sum === null ? dash : formatDecimals(Math.round(sum), 0, language);
  };

  return (
    <ChartFrame
      title={t('title.codes')}
      unit={t('unit.codes')}
      names={names}
      values={{ primary: count('primary'), mirror: count('mirror') }}
      note={t('responsesIn', { range })}
      queries={chartSides.flatMap((side) => {
        const query = metrics.totals.find((total) => total.side === side)?.query;
        return query ? [{ name: names[side], query }] : [];
      })}
      hidden={hidden}
      onToggle={(side) =>
        setHidden((before) => new Set(chartSides.filter((each) => before.has(each) !== (each === side))))
      }
      renderTable={() => <CodesTable chart={chart} names={names} shown={shown} />}
    >
      {chart.rows.length === 0 ? (
        <p className="grid h-[212px] place-items-center rounded-sm bg-gap text-xs text-axis">{t('noResponses')}</p>
      ) : (
        <CodeBars chart={chart} names={names} shown={shown} />
      )}
    </ChartFrame>
  );
}

interface CodesProps {
  chart: Codes;
  names: SideNames;
  shown: readonly MetricSide[];
}

function CodeBars({ chart, names, shown }: CodesProps) {
  const t = useTranslations('charts');
  const { language } = useFormat();
  return (
    <div className="relative flex min-h-[212px] flex-col">
      <div aria-hidden className="absolute inset-y-0 right-0 left-20">
        {chart.ticks.map((tick) => (
          <div
            key={tick}
            className="absolute inset-y-0 border-l border-dashed border-grid first:border-solid"
            style={{ left: `calc((100% - ${barRoom}) * ${logPosition(tick, chart.ticks)})` }}
          >
            <span className="absolute bottom-0 -translate-x-1/2 text-2xs text-axis">
              {tick.toLocaleString(language, { maximumFractionDigits: 6 })}
            </span>
          </div>
        ))}
      </div>
      <ul className="relative space-y-2.5 pt-1 pb-6">
        {chart.rows.map((row) => (
          <li key={row.code} className="flex items-center">
            <span className="w-20 flex-none pr-2.5 text-right text-xs font-semibold">{codeName(row.code, t)}</span>
            <span className="min-w-0 flex-1 space-y-1">
              {shown.map((side) => (
                <CodeBar key={side} side={side} row={row} ticks={chart.ticks} name={names[side]} />
              ))}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function CodeBar({ side, row, ticks, name }: { side: MetricSide; row: CodeRow; ticks: number[]; name: string }) {
  const t = useTranslations('charts');
  const { language } = useFormat();
  const share = row[side];
  const look = side === 'primary' ? 'bg-live' : 'border border-dashed border-mirror bg-mirror-soft';
  return (
    <span className="flex items-center gap-2 text-2xs/3 text-axis">
      {share && share.count > 0 ? (
        <span
          className={`block h-2.5 min-w-0.5 flex-none ${look}`}
          style={{ width: `calc((100% - ${barRoom}) * ${logPosition(share.perTenThousand, ticks)})` }}
        />
      ) : null}
      <span className="sr-only">{name} </span>
      {share === null ? t('noData') : formatPerTenThousand(share.perTenThousand, language)}
    </span>
  );
}

function CodesTable({ chart, names, shown }: CodesProps) {
  const t = useTranslations('charts');
  const { language } = useFormat();
  const count = (value: number | undefined) =>
    value === undefined ? dash : formatDecimals(Math.round(value), 0, language);
  return (
    <table className="table">
      <caption className="sr-only">{t('title.codes')}</caption>
      <thead className="sticky top-0">
        <tr>
          <th scope="col">{t('code')}</th>
          {shown.flatMap((side) => [
            <th key={side} scope="col" className="num">
              {names[side]}
            </th>,
            <th key={`${side} share`} scope="col" className="num">
              {t('perTenThousandOf', { side: names[side] })}
            </th>,
          ])}
        </tr>
      </thead>
      <tbody>
        {chart.rows.map((row) => (
          <tr key={row.code}>
            <th scope="row">{codeName(row.code, t)}</th>
            {shown.flatMap((side) => [
              <td key={side} className="num">
                {count(row[side]?.count)}
              </td>,
              <td key={`${side} share`} className="num">
                {row[side] ? formatPerTenThousand(row[side].perTenThousand, language) : dash}
              </td>,
            ])}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Istio reports code 0 for a request whose response never came. */
function codeName(code: string, t: ReturnType<typeof useTranslations<'charts'>>): string {
  return code === '0' ? t('noResponse') : code;
}

function formatPerTenThousand(share: number, language: string): string {
  if (share === 0) return '0';
  if (share < 10) return share.toLocaleString(language, { maximumSignificantDigits: 2 });
  return formatDecimals(Math.round(share), 0, language);
}
