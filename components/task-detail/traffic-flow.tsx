'use client';

import { useTranslations } from 'next-intl';
import { memo } from 'react';
import { useWidth } from '@/components/charts/use-width';
import { LegendKey } from '@/components/ui/badge';
import { Card, CardBody, CardHeader } from '@/components/ui/card';
import type { Task } from '@/lib/contract/task';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';
import { copiesShown, fitText, layOutFlow, type Box, type FlowLabel, type FlowLayout } from './prepare-flow';
import { isCopying, isMirrorAlone, isMirrorOutside, replicasOf, versionOf } from './task-words';

/** Current requests per second of each side; null where they were not measured. */
export interface SideRates {
  primary: number | null;
  mirror: number | null;
}

/** Where live requests and their copies go, with the rates measured now. */
export const TrafficFlow = memo(function TrafficFlow({
  task,
  rates,
  stoppedAt,
}: {
  task: Task;
  rates: SideRates;
  /** Unix seconds of the rates when they do not follow the traffic; null while they do. */
  stoppedAt: number | null;
}) {
  const t = useTranslations('task.flow');
  const format = useFormat();
  const [width, measure] = useWidth();
  return (
    <Card aria-labelledby="flow-title" className="min-w-0 flex-1">
      <CardHeader
        id="flow-title"
        title={t('title')}
        lead={
          stoppedAt === null
            ? t('lead')
            : t('leadAt', { time: format.time(new Date(stoppedAt * 1000).toISOString(), stoppedAt * 1000, true) })
        }
        actions={
          <span className="flex flex-wrap gap-x-3.5 text-xs text-ink-2">
            <span className="flex items-center gap-1.5">
              <LegendKey side="live" /> {t('live')}
            </span>
            <span className="flex items-center gap-1.5">
              <LegendKey side="mirror" /> {t('copy')}
            </span>
          </span>
        }
      />
      <CardBody>
        <div ref={measure} className="min-h-66">
          {width > 0 ? <FlowPicture task={task} rates={rates} layout={layOutFlow(width)} /> : null}
        </div>
      </CardBody>
    </Card>
  );
});

function FlowPicture({ task, rates, layout }: { task: Task; rates: SideRates; layout: FlowLayout }) {
  const t = useTranslations('task.flow');
  const format = useFormat();
  const [target] = task.targets;
  // What a target elsewhere gets is its own clients' too: no rate of copies.
  const alone = isMirrorAlone(task);
  const outside = isMirrorOutside(task);
  const shown = copiesShown(isCopying(task), task.state === 'Paused', alone ? rates.mirror : null);
  const copying = shown === 'flow' || shown === 'measured';
  const live = versionOf(task, 'primary');
  const mirror = versionOf(task, 'mirror');
  const percentage = format.percentage(target?.percentage ?? 0);
  const rateText = (value: number | null) => (value === null ? dash : format.rate(value));
  const rps = (value: number | null) => (value === null ? dash : t('rate', { rate: format.rate(value) }));
  const ready = (side: 'primary' | 'mirror') => {
    const replicas = replicasOf(task, side);
    return replicas ? t('podsReady', replicas) : t('podsUnknown');
  };
  const mirrorLines = () => {
    if (outside) return [t('outside'), t('uncounted')];
    if (!alone) return [ready('mirror'), t('allRequests', { rate: rateText(rates.mirror) })];
    return [ready('mirror'), t(`placement.${task.placement ?? 'elsewhere'}`)];
  };
  const ports = t('ports', { count: task.ports.length, ports: task.ports.join(', ') });
  const still = t(task.state === 'Paused' ? 'paused' : 'notYet');
  const copies = {
    flow: alone ? `${percentage} · ${rps(rates.mirror)}` : percentage,
    measured: rps(rates.mirror),
    fading: `${still} · ${rps(rates.mirror)}`,
    none: still,
  }[shown];
  const description = alone
    ? (
        {
          flow: 'description',
          measured: 'descriptionMeasured',
          fading: 'descriptionStill',
          none: 'descriptionStill',
        } as const
      )[shown]
    : shown === 'flow'
      ? 'descriptionElsewhere'
      : 'descriptionElsewhereStill';

  return (
    <svg
      width={layout.width}
      height={layout.height}
      role="img"
      aria-label={t(description, {
        service: task.service,
        live,
        mirror,
        percentage,
        liveRate: rps(rates.primary),
        mirrorRate: rps(rates.mirror),
      })}
      className="block text-xs"
      fill="var(--text-2)"
      fontSize={12}
    >
      <FlowBox box={layout.clients} look="plain" centred title={t('clients')} lines={[t('callersOf'), task.service]} />
      <FlowBox
        box={layout.live}
        look="live"
        title={`${task.service} ${live}`}
        tag={t('liveTag')}
        lines={[ready('primary'), ports]}
      />
      <FlowBox
        box={layout.mirror}
        look="mirror"
        title={alone ? `${task.service} ${mirror}` : mirror}
        tag={t('mirrorTag')}
        lines={mirrorLines()}
      />
      <g fill="none">
        <path d={layout.requests} stroke="var(--live)" strokeWidth={3} />
        {layout.answers ? <path d={layout.answers} stroke="var(--live)" strokeWidth={1.5} /> : null}
        <path
          d={layout.copies}
          stroke={copying ? 'var(--mirror)' : 'var(--idle-mark)'}
          strokeWidth={2.5}
          strokeDasharray="7 4"
        />
        <path d={layout.discarded} stroke="var(--text-3)" strokeWidth={1.5} strokeDasharray="2 4" />
      </g>
      {layout.arrows.map((arrow) => (
        <path
          key={arrow.path}
          d={arrow.path}
          fill={arrow.side === 'live' ? 'var(--live)' : copying ? 'var(--mirror)' : 'var(--idle-mark)'}
        />
      ))}
      <circle
        cx={layout.node.x}
        cy={layout.node.y}
        r={8}
        fill="var(--surface)"
        stroke="var(--control-line)"
        strokeWidth={1.5}
      />
      <g transform={`translate(${layout.cross.x} ${layout.cross.y})`}>
        <circle r={10} fill="var(--surface)" stroke="var(--control-line)" strokeWidth={1.5} />
        <path d="m-4-4 8 8m0-8-8 8" stroke="var(--text-2)" strokeWidth={1.8} />
      </g>
      <Label at={layout.labels.requests} fill="var(--live-ink)" big>
        {rps(rates.primary)}
      </Label>
      <Label at={layout.labels.copies} fill={copying ? 'var(--mirror-ink)' : 'var(--text-3)'} big>
        {copies}
      </Label>
      {layout.labels.answers ? <Label at={layout.labels.answers}>{t('answersBack', { version: live })}</Label> : null}
      <Label at={layout.labels.sidecar}>{t('sidecar')}</Label>
      <Label at={layout.labels.discarded}>{t('discarded')}</Label>
    </svg>
  );
}

const boxLooks = {
  plain: { fill: 'var(--surface)', stroke: 'var(--line-2)', width: 1, dash: undefined, ink: 'var(--text)' },
  live: { fill: 'var(--live-soft)', stroke: 'var(--live)', width: 1.5, dash: undefined, ink: 'var(--live-ink)' },
  mirror: { fill: 'var(--mirror-soft)', stroke: 'var(--mirror)', width: 1.5, dash: '5 3', ink: 'var(--mirror-ink)' },
} as const;

function FlowBox({
  box,
  look,
  title,
  tag,
  lines,
  centred = false,
}: {
  box: Box;
  look: keyof typeof boxLooks;
  title: string;
  tag?: string;
  lines: string[];
  centred?: boolean;
}) {
  const { fill, stroke, width, dash, ink } = boxLooks[look];
  const x = centred ? box.x + box.width / 2 : box.x + 14;
  const anchor = centred ? 'middle' : 'start';
  const room = box.width - 24;
  const titleRoom = tag && box.width > 190 ? room - 64 : room;
  const top = box.y + (box.height > 80 ? 26 : 22);
  return (
    <g>
      <rect {...box} rx={4} fill={fill} stroke={stroke} strokeWidth={width} strokeDasharray={dash} />
      <text x={x} y={top} textAnchor={anchor} fontSize={13} fontWeight={600} fill={ink}>
        {fitText(title, titleRoom)}
        <title>{title}</title>
      </text>
      {tag && box.width > 190 ? (
        <text x={box.x + box.width - 12} y={top} textAnchor="end" fill={ink}>
          {tag}
        </text>
      ) : null}
      {lines.map((line, index) => (
        <text
          key={line}
          x={x}
          y={top + 21 + index * 19}
          textAnchor={anchor}
          fontSize={index === 0 ? 12 : 11}
          fill={index === 0 ? 'var(--text-2)' : 'var(--text-3)'}
        >
          {fitText(line, room)}
        </text>
      ))}
    </g>
  );
}

function Label({
  at,
  fill = 'var(--text-3)',
  big = false,
  children,
}: {
  at: FlowLabel;
  fill?: string;
  big?: boolean;
  children: string;
}) {
  return (
    <text x={at.x} y={at.y} textAnchor={at.anchor} fill={fill} fontSize={big ? 15 : 11} fontWeight={big ? 600 : 400}>
      {children}
    </text>
  );
}
