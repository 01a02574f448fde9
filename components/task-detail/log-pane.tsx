'use client';

import { useTranslations } from 'next-intl';
import { useLayoutEffect, useRef } from 'react';
import { VersionTag } from '@/components/ui/badge';
import { Card } from '@/components/ui/card';
import { CopyButton } from '@/components/ui/copy-button';
import { Field, Select } from '@/components/ui/field';
import { ScrollRegion } from '@/components/ui/scroll-region';
import type { MetricSide } from '@/lib/contract/metrics';
import type { Task } from '@/lib/contract/task';
import { splitMatches } from './log-buffer';
import { versionOf } from './task-words';
import { UnreadAlert } from './unread-alert';
import { useLogStream, type LogStream } from './use-log-stream';

/** How near to its end a log must be scrolled to go on following it, px. */
const nearEnd = 40;

/** The log of one side: all its pods or one of them. */
export function LogPane({
  task,
  side,
  pods,
  pod,
  onPod,
  q,
  follow,
}: {
  task: Task;
  side: MetricSide;
  /** Names of the side's pods. */
  pods: readonly string[];
  /** The chosen pod; empty: all. */
  pod: string;
  onPod: (pod: string) => void;
  q: string;
  follow: boolean;
}) {
  const t = useTranslations('task.logs');
  const stream = useLogStream({ namespace: task.namespace, task: task.name, side, pod, q, follow });
  const { lines, first } = stream.log;
  const mirror = side === 'mirror';
  const label = t(mirror ? 'mirrorLog' : 'liveLog', { version: versionOf(task, side) });

  return (
    <Card aria-label={label} className={`min-w-0 border-t-4 ${mirror ? 'border-dashed border-mirror' : 'border-live'}`}>
      <header className="card-header">
        <VersionTag side={mirror ? 'mirror' : 'live'}>{versionOf(task, side)}</VersionTag>
        <h2 className="min-w-0 text-base font-semibold [overflow-wrap:anywhere]">{label}</h2>
        <span className="ml-auto flex max-w-full min-w-0 items-center gap-2">
          {/* A select is as wide as its longest option, here the name of a pod, unless it may shrink. */}
          <Field label={t('podOf', { version: versionOf(task, side) })} labelHidden className="min-w-0">
            <Select
              value={pod}
              onChange={(event) => onPod(event.target.value)}
              options={[
                { value: '', label: t('allPods', { count: pods.length }) },
                ...pods.map((name) => ({ value: name, label: name })),
              ]}
            />
          </Field>
          <CopyButton text={lines.join('\n')} name={label} />
        </span>
      </header>
      {stream.error ? (
        <div className="p-3">
          <UnreadAlert
            error={stream.error}
            since={follow && lines.length > 0 ? stream.followedUntil : 0}
            onRetry={stream.restart}
          />
        </div>
      ) : null}
      <LogLines
        label={t('linesOf', { log: label })}
        lines={lines}
        first={first}
        q={q}
        empty={emptyText(stream.status, q, t)}
      />
      <footer className="table-foot">
        <output>{t('lineCount', { count: lines.length })}</output>
        {first > 0 ? <span>{t('cut')}</span> : null}
        <span>{t(footKey(stream.status, follow))}</span>
      </footer>
    </Card>
  );
}

function LogLines(props: { label: string; lines: readonly string[]; first: number; q: string; empty: string }) {
  const { lines, first, q } = props;
  const region = useRef<HTMLElement>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    if (lines.length > 0 && atEnd.current && region.current) region.current.scrollTop = region.current.scrollHeight;
  }, [lines]);
  return (
    <ScrollRegion
      ref={region}
      label={props.label}
      onScroll={() => {
        const element = region.current;
        if (element) atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearEnd;
      }}
      className="h-[52vh] min-h-60 overflow-auto bg-surface-2 px-4 py-2 font-mono text-xs/5"
    >
      {lines.length === 0 ? (
        <p className="text-ink-3">{props.empty}</p>
      ) : (
        <ol>
          {lines.map((line, index) => (
            <LogLine key={first + index} line={line} q={q} />
          ))}
        </ol>
      )}
    </ScrollRegion>
  );
}

function LogLine({ line, q }: { line: string; q: string }) {
  return (
    <li className="whitespace-pre-wrap [overflow-wrap:anywhere]">
      {q === ''
        ? line
        : splitMatches(line, q).map((part, index) =>
            part.match ? (
              <mark key={index} className="bg-warn-soft text-warn-ink">
                {part.text}
              </mark>
            ) : (
              part.text
            ),
          )}
    </li>
  );
}

/** What the log does now. */
function footKey(status: LogStream['status'], follow: boolean): 'following' | 'standing' | 'taken' {
  if (status === 'taken') return 'taken';
  return follow && status !== 'failed' ? 'following' : 'standing';
}

function emptyText(status: LogStream['status'], q: string, t: ReturnType<typeof useTranslations<'task.logs'>>): string {
  if (status === 'connecting') return t('connecting');
  if (status === 'taken') return t('taken');
  if (status === 'failed') return t('unreadable');
  return q === '' ? t('noLines') : t('noMatch', { q });
}
