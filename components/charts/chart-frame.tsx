'use client';

import { Table2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useId, useState, type ReactNode } from 'react';
import { LegendKey } from '@/components/ui/badge';
import { Button, IconButton } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { ScrollRegion } from '@/components/ui/scroll-region';
import type { MetricSide } from '@/lib/contract/metrics';
import type { SideNames } from './chart-format';
import { chartSides } from './side-look';

export interface ChartQuery {
  name: string;
  query: string;
}

/**
 * What every chart has around its drawing: title with unit, the same numbers as a table, the queries that made them,
 * and the legend, whose entries show and hide a side.
 */
export function ChartFrame(props: {
  title: string;
  unit: string;
  names: SideNames;
  values: Record<MetricSide, string>;
  note: string | null;
  queries: ChartQuery[];
  hidden: ReadonlySet<MetricSide>;
  onToggle: (side: MetricSide) => void;
  options?: ReactNode;
  renderTable: () => ReactNode;
  children: ReactNode;
}) {
  const t = useTranslations('charts');
  const titleId = useId();
  const queriesId = useId();
  const [asTable, setAsTable] = useState(false);
  const [withQueries, setWithQueries] = useState(false);

  return (
    <figure aria-labelledby={titleId} className="card min-w-0 px-4 py-3">
      <div className="flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1">
        <h3 id={titleId} className="font-semibold">
          {props.title}
        </h3>
        <span className="text-xs text-ink-3">{props.unit}</span>
        <span className="ml-auto flex flex-wrap items-center gap-1">
          {props.options}
          <Button
            size="small"
            variant="ghost"
            aria-expanded={withQueries}
            aria-controls={queriesId}
            onClick={() => setWithQueries(!withQueries)}
          >
            PromQL
          </Button>
          <IconButton
            size="small"
            variant={asTable ? 'control' : 'ghost'}
            label={t('asTable', { chart: props.title })}
            aria-pressed={asTable}
            icon={<Table2 size={14} aria-hidden />}
            onClick={() => setAsTable(!asTable)}
          />
        </span>
      </div>
      <div className="mt-0.5 mb-1.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-ink-2">
        {chartSides.map((side) => (
          <button
            key={side}
            type="button"
            aria-pressed={!props.hidden.has(side)}
            onClick={() => props.onToggle(side)}
            className="inline-flex min-w-0 items-center gap-1.5 rounded-sm hover:text-ink aria-[pressed=false]:line-through"
          >
            <LegendKey side={side === 'primary' ? 'live' : 'mirror'} />
            <span className="min-w-0 text-left [overflow-wrap:anywhere]">{props.names[side]}</span>
            <b className="text-[15px] text-ink">{props.values[side]}</b>
          </button>
        ))}
        {props.note ? <span className="ml-auto text-ink-3">{props.note}</span> : null}
      </div>
      {asTable ? (
        <ScrollRegion label={t('tableOf', { chart: props.title })} className="max-h-[212px] overflow-auto text-xs">
          {props.renderTable()}
        </ScrollRegion>
      ) : (
        props.children
      )}
      <div id={queriesId} hidden={!withQueries}>
        {withQueries ? <Queries queries={props.queries} /> : null}
      </div>
    </figure>
  );
}

function Queries({ queries }: { queries: ChartQuery[] }) {
  const t = useTranslations('charts');
  if (queries.length === 0) return <p className="mt-2 text-xs text-ink-3">{t('noQueries')}</p>;
  return (
    <dl className="mt-2 space-y-2">
      {queries.map(({ name, query }) => (
        <div key={`${name} ${query}`} className="panel">
          <dt className="flex items-center justify-between text-xs font-semibold">
            {name}
            <CopyButton text={query} name={t('queryOf', { name })} />
          </dt>
          <dd>
            <code className="[overflow-wrap:anywhere]">{query}</code>
          </dd>
        </div>
      ))}
    </dl>
  );
}
