'use client';

import { Check, CircleHelp, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { memo } from 'react';
import { Badge } from '@/components/ui/badge';
import { Card, CardBody, CardHeader } from '@/components/ui/card';
import { useMessageText } from '@/lib/client/use-error-text';
import type { Task } from '@/lib/contract/task';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';
import { isCopying } from './task-words';
import { prepareCoverage, type CoverageVerdict } from './prepare-coverage';

const verdictLook = {
  good: { tone: 'ok', Icon: Check },
  lost: { tone: 'warn', Icon: TriangleAlert },
  surplus: { tone: 'warn', Icon: TriangleAlert },
  unknown: { tone: 'idle', Icon: CircleHelp },
} as const satisfies Record<CoverageVerdict, object>;

/** How many of the expected copies arrived, with its interval; why not when it cannot be told. */
export const CoverageCard = memo(function CoverageCard({ task }: { task: Task }) {
  const t = useTranslations('task.coverage');
  const format = useFormat();
  const messageText = useMessageText();
  const percentage = task.targets[0]?.percentage ?? 0;
  const { coverage } = task;
  const prepared = prepareCoverage(coverage, percentage);
  const { tone, Icon } = verdictLook[prepared.verdict];
  const share = (value: number | null) => format.share(value);

  const rps = (value: number | null | undefined) => (value == null ? dash : t('rate', { rate: format.rate(value) }));

  const rows = [
    { label: t('expected'), value: rps(coverage?.expectedPerSecond) },
    { label: t('arrived'), value: rps(coverage?.arrivedPerSecond) },
    { label: t('lost'), value: rps(prepared.lostPerSecond) },
    {
      label: t('interval'),
      value:
        coverage && coverage.low !== null && coverage.high !== null
          ? `${share(coverage.low)} … ${share(coverage.high)}`
          : share(null),
    },
  ];

  return (
    <Card aria-labelledby="coverage-title" className="w-85 flex-none max-xl:w-75 max-lg:w-full">
      <CardHeader
        id="coverage-title"
        title={t('title')}
        actions={
          <Badge tone={tone} icon={<Icon aria-hidden />}>
            {t(`verdict.${prepared.verdict}`)}
          </Badge>
        }
      />
      <CardBody>
        <Gauge
          prepared={prepared}
          text={share(coverage?.value ?? null)}
          label={t('gaugeLabel', { value: share(coverage?.value ?? null) })}
          caption={t('ofExpected')}
        />
        <p className="mt-0.5 mb-3 text-center text-xs text-ink-2">
          {prepared.arrivedPercent === null
            ? coverage?.reason
              ? messageText('reason', coverage.reason)
              : t(task.state === 'Incomplete' ? 'incomplete' : isCopying(task) ? 'noReason' : 'notCopying')
            : t('sentence', {
                percentage: format.percentage(percentage),
                arrived: `${format.number(prepared.arrivedPercent, 2)} %`,
              })}
        </p>
        <dl className="text-xs">
          {rows.map((row) => (
            <div key={row.label} className="flex justify-between gap-3 border-t border-line py-1.5">
              <dt className="text-ink-2">{row.label}</dt>
              <dd className="text-right font-semibold">{row.value}</dd>
            </div>
          ))}
        </dl>
      </CardBody>
    </Card>
  );
});

function Gauge(props: { prepared: ReturnType<typeof prepareCoverage>; text: string; label: string; caption: string }) {
  const { prepared } = props;
  return (
    <svg viewBox="0 0 220 128" width={220} height={128} role="img" aria-label={props.label} className="mx-auto block">
      <g fill="none">
        <path d={prepared.track} stroke="var(--track)" strokeWidth={16} />
        {prepared.value ? <path d={prepared.value} stroke="var(--mirror)" strokeWidth={16} /> : null}
        <path d={prepared.limit} stroke="var(--text-2)" strokeWidth={2} />
      </g>
      <g textAnchor="middle" fontSize={11} fill="var(--text-3)">
        <text x={110} y={94} fontSize={28} fontWeight={600} fill="var(--text)">
          {props.text}
        </text>
        <text x={110} y={112}>
          {props.caption}
        </text>
        <text x={26} y={124}>
          0
        </text>
        <text x={194} y={124}>
          100
        </text>
      </g>
    </svg>
  );
}
