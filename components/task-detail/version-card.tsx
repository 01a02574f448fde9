'use client';

import { useTranslations } from 'next-intl';
import { memo } from 'react';
import { VersionTag } from '@/components/ui/badge';
import { Card, CardBody } from '@/components/ui/card';
import { Facts } from '@/components/ui/card';
import { Code } from '@/components/ui/feedback';
import { Link } from '@/components/ui/link';
import type { Task, TaskPod } from '@/lib/contract/task';
import { markerHeader } from '@/lib/domain/policies';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';
import { routes } from '@/lib/routes';
import type * as z from 'zod/mini';
import { PodsTable } from './pods-table';
import { isMirrorAlone, isMirrorOutside, replicasOf, versionOf } from './task-words';

type Pod = z.infer<typeof TaskPod>;

/** One version: what runs, how much it gets and uses, and its pods. `pods` null: not read yet. `podsProblem`: why they are not, or not as they are now. */
export const VersionCard = memo(function VersionCard({
  task,
  side,
  rate,
  pods,
  podsProblem,
}: {
  task: Task;
  side: 'primary' | 'mirror';
  rate: number | null;
  pods: Pod[] | null;
  podsProblem: string | null;
}) {
  const t = useTranslations('task.version');
  const format = useFormat();
  const replicas = replicasOf(task, side);
  const workloads = side === 'primary' ? task.primary : task.targets.flatMap(withWorkload);
  const mirror = side === 'mirror';
  const outside = mirror && isMirrorOutside(task);
  const alone = !mirror || isMirrorAlone(task);
  const look = !mirror ? 'live' : outside ? 'external' : alone ? 'mirror' : 'target';
  const sum = (pick: (pod: Pod) => number | null) => {
    const values = pods?.map(pick).filter((value) => value !== null) ?? [];
    return values.length > 0 ? values.reduce((all, value) => all + value, 0) : null;
  };
  const cpu = sum((pod) => pod.cpuMillicores);
  const memory = sum((pod) => pod.memoryMebibytes);

  return (
    <Card
      aria-label={t(`${look}Label`)}
      className={`min-w-0 border-t-4 ${mirror ? 'border-dashed border-mirror' : 'border-live'}`}
    >
      <header className="card-header">
        <VersionTag side={mirror ? 'mirror' : 'live'}>{versionOf(task, side)}</VersionTag>
        <h2 className="min-w-0 text-base font-semibold [overflow-wrap:anywhere]">
          {workloads.length > 0
            ? `Deployment ${workloads.map((workload) => workload.workload).join(', ')}`
            : task.targets
                .map(({ kind, name, port }) => `${kind === 'service' ? 'Service ' : ''}${name}:${port}`)
                .join(', ')}
        </h2>
        <span className="text-xs text-ink-3">{t(`${look}Lead`)}</span>
        <span className="ml-auto flex gap-3 text-xs">
          {workloads.map((workload) => (
            <Link key={workload.workload} href={routes.deployments(task.namespace, { q: workload.workload })}>
              {workloads.length > 1 ? workload.workload : t('openDeployment')}
            </Link>
          ))}
        </span>
      </header>
      <CardBody className="space-y-3">
        {outside ? (
          <p className="text-xs text-ink-2">{t('externalNone')}</p>
        ) : (
          <>
            <div className="[&_dl]:border-0 [&_dl]:pt-0">
              <Facts
                items={[
                  {
                    label: t(alone ? 'replicas' : 'targetPods'),
                    value: replicas ? `${replicas.ready} / ${replicas.desired}` : dash,
                  },
                  {
                    label: t(alone ? 'requests' : 'allRequests'),
                    value: rate === null ? dash : t('rps', { rate: format.rate(rate) }),
                  },
                  { label: t('cpu'), value: cpu === null ? dash : `${format.number(cpu, 0)} m` },
                  { label: t('memory'), value: memory === null ? dash : `${format.number(memory, 0)} MiB` },
                ]}
              />
            </div>
            {workloads.map((workload) => (
              <p key={workload.workload} className="text-xs">
                <span className="text-ink-3">{t('image')}</span> <Code>{workload.image ?? dash}</Code>
              </p>
            ))}
            {mirror && alone && <Safety safety={task.safety} />}
            {podsProblem !== null && <p className="text-xs text-warn-ink">{podsProblem}</p>}
            {pods === null ? (
              podsProblem === null && <p className="text-xs text-ink-3">{t('podsLoading')}</p>
            ) : (
              <PodsTable pods={pods} caption={t('podsOf', { version: versionOf(task, side) })} />
            )}
          </>
        )}
      </CardBody>
    </Card>
  );
});

/** What copies may do at the mirror. */
function Safety({ safety: { methods, denyWrites, marker } }: { safety: Task['safety'] }) {
  const t = useTranslations('task.version');
  const facts = [
    ...(methods === null ? [] : [t('methodsOnly', { methods: methods.join(', ') })]),
    ...(denyWrites ? [t('writesDenied')] : methods === null ? [t('writesAllowed')] : []),
    ...(marker ? [t('marked', { header: markerHeader })] : []),
  ];
  return (
    <p className="text-xs">
      <span className="text-ink-3">{t('safety')}</span> {facts.join(' · ')}
    </p>
  );
}

/** A target elsewhere has no workload of the task's. */
function withWorkload({ workload, image }: Task['targets'][number]): { workload: string; image: string | null }[] {
  return workload === null ? [] : [{ workload, image }];
}
