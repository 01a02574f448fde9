'use client';

import { useQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Card, CardBody, CardHeader } from '@/components/ui/card';
import { Dot } from '@/components/ui/feedback';
import { Field, TextInput } from '@/components/ui/field';
import { Chip } from '@/components/ui/tabs';
import { taskPodsOptions } from '@/lib/client/tasks';
import { useSettled } from '@/lib/client/use-settled';
import type { MetricSide } from '@/lib/contract/metrics';
import type { Task } from '@/lib/contract/task';
import { LogPane } from './log-pane';
import { RequestsCard } from './requests-card';
import { isMirrorOutside, versionOf } from './task-words';

const typingMs = 300;
const sides = ['primary', 'mirror'] as const;

/** The logs of live and mirrored version side by side: the same request appears in both once it is copied. */
export function LogsTab({ task }: { task: Task }) {
  const t = useTranslations('task.logs');
  const [typed, setTyped] = useState('');
  const [follow, setFollow] = useState(true);
  const [pod, setPod] = useState<Record<MetricSide, string>>({ primary: '', mirror: '' });
  const q = useSettled(typed.trim(), typingMs);
  const { data } = useQuery(taskPodsOptions(task.namespace, task.name));

  return (
    <>
      <Card aria-labelledby="logs-title">
        <CardHeader
          id="logs-title"
          title={t('title')}
          lead={t('lead')}
          actions={
            <>
              <Field label={t('filter')} labelHidden className="w-70 max-w-full">
                <TextInput
                  type="search"
                  maxLength={200}
                  start={<Search size={14} aria-hidden />}
                  placeholder={t('filterHint')}
                  value={typed}
                  onChange={(event) => setTyped(event.target.value)}
                />
              </Field>
              <Chip pressed={follow} icon={<Dot tone={follow ? 'ok' : 'idle'} />} onClick={() => setFollow(!follow)}>
                {t('follow')}
              </Chip>
            </>
          }
        />
      </Card>
      <div className="grid grid-cols-2 gap-3 max-lg:grid-cols-1">
        {sides.map((side) => {
          if (side === 'mirror' && isMirrorOutside(task)) return <NoLog key={side} task={task} />;
          const pods = data?.items.filter((each) => each.side === side).map((each) => each.name) ?? [];
          // A chosen pod that was replaced is no choice any more.
          const chosen = data && !pods.includes(pod[side]) ? '' : pod[side];
          return (
            <LogPane
              key={side}
              task={task}
              side={side}
              pods={pods}
              pod={chosen}
              onPod={(name) => setPod((before) => ({ ...before, [side]: name }))}
              q={q}
              follow={follow}
            />
          );
        })}
      </div>
      {isMirrorOutside(task) ? null : <RequestsCard task={task} q={q} follow={follow} />}
    </>
  );
}

/** A host outside the mesh writes its log elsewhere. */
function NoLog({ task }: { task: Task }) {
  const t = useTranslations('task.logs');
  const target = versionOf(task, 'mirror');
  return (
    <Card aria-label={t('mirrorLog', { version: target })} className="min-w-0 border-t-4 border-dashed border-mirror">
      <CardBody>
        <p className="text-ink-2">{t('external', { target })}</p>
      </CardBody>
    </Card>
  );
}
