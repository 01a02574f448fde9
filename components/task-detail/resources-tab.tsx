'use client';

import { useQuery } from '@tanstack/react-query';
import { CircleAlert, Download, EyeOff, Pencil, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge';
import { Button, ButtonLink } from '@/components/ui/button';
import { Card, CardBody, CardHeader } from '@/components/ui/card';
import { CopyButton } from '@/components/ui/copy-button';
import { Code, Skeleton } from '@/components/ui/feedback';
import { UpdatedAgo } from '@/components/ui/time-ago';
import { manifestsFileUrl, taskManifestsOptions } from '@/lib/client/tasks';
import { isFinished } from '@/components/tasks/task-progress';
import type { Task } from '@/lib/contract/task';
import { useFormat } from '@/lib/format/use-format';
import { ChecksCard } from './checks-card';
import { chooseResource, prepareResources, type Resource } from './prepare-resources';
import { ResourceViewer } from './resource-viewer';
import { sharesText, versionOf } from './task-words';
import { UnreadAlert } from './unread-alert';

/** Every object that the task made or edited: what it does, what deleting does to it, and its lines. */
export function ResourcesTab({
  task,
  wanted,
  onChoose,
}: {
  task: Task;
  /** The object that the address names. */
  wanted: string | null;
  onChoose: (id: string) => void;
}) {
  const t = useTranslations('task.resources');
  const { data, error, refetch, dataUpdatedAt } = useQuery(taskManifestsOptions(task.namespace, task.name));
  const finished = isFinished(task);
  const resources = data ? prepareResources(data.items, task.namespace, finished) : null;
  const chosen = resources ? chooseResource(resources, wanted) : null;

  return (
    <>
      <Card aria-labelledby="resources-title">
        <CardHeader
          id="resources-title"
          title={t('title')}
          lead={t(finished ? 'leadFinished' : 'lead', { namespace: task.namespace })}
          actions={
            <>
              <UpdatedAgo at={dataUpdatedAt} />
              <ButtonLink
                size="small"
                icon={<Download size={14} aria-hidden />}
                href={manifestsFileUrl(task.namespace, task.name)}
                download
              >
                {t('download')}
              </ButtonLink>
            </>
          }
        />
        {error ? (
          <CardBody>
            <UnreadAlert error={error} since={dataUpdatedAt} onRetry={() => void refetch()} />
          </CardBody>
        ) : null}
        {resources ? (
          <table className="table table-cards">
            <caption className="sr-only">{t('title')}</caption>
            <thead>
              <tr>
                {(['object', 'change', 'does', 'onDelete', 'show'] as const).map((column) => (
                  <th key={column} scope="col">
                    {t(`column.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {resources.map((resource) => (
                <ResourceRow
                  key={resource.id}
                  task={task}
                  resource={resource}
                  chosen={resource.id === chosen?.id}
                  onChoose={onChoose}
                />
              ))}
            </tbody>
          </table>
        ) : error ? null : (
          <Skeleton className="m-4 h-40" />
        )}
        {chosen ? (
          <CardBody className="border-t border-line">
            <ResourceViewer key={chosen.id} resource={chosen} />
          </CardBody>
        ) : null}
      </Card>
      {finished ? null : <ChecksCard task={task} />}
      {finished ? null : <StopCommand command={task.stopCommand} />}
    </>
  );
}

function ResourceRow({
  task,
  resource,
  chosen,
  onChoose,
}: {
  task: Task;
  resource: Resource;
  chosen: boolean;
  onChoose: (id: string) => void;
}) {
  const t = useTranslations('task.resources');
  const format = useFormat();
  const { item, words } = resource;
  const params = {
    service: task.service,
    live: versionOf(task, 'primary'),
    mirror: versionOf(task, 'mirror'),
    percentage: sharesText(task, format.percentage),
    copies: isFinished(task) ? 'ended' : task.state === 'Paused' ? 'paused' : 'on',
  };
  const created = item.relation === 'created';
  return (
    <tr>
      <th scope="row" className="font-normal">
        <b>{item.kind}</b> <span className="[overflow-wrap:anywhere]">{item.name}</span>
        {item.namespace === task.namespace ? null : <span className="block text-xs text-ink-3">{item.namespace}</span>}
      </th>
      <td data-label={t('column.change')}>
        <span className="flex flex-wrap gap-1.5">
          <Badge tone={created ? 'ok' : 'warn'} icon={created ? <Plus aria-hidden /> : <Pencil aria-hidden />}>
            {t(`relation.${item.relation}`)}
          </Badge>
          {resource.condition === 'missing' ? (
            <Badge tone="bad" icon={<CircleAlert aria-hidden />}>
              {t('missing')}
            </Badge>
          ) : null}
          {resource.condition === 'hidden' ? (
            <Badge tone="idle" icon={<EyeOff aria-hidden />}>
              {t('hidden')}
            </Badge>
          ) : null}
        </span>
      </td>
      <td data-label={t('column.does')} className="text-ink-2">
        {t(`does.${words}.${item.relation}`, params)}
      </td>
      <td data-label={t('column.onDelete')} className="text-ink-2">
        {t(`onDelete.${words}.${item.relation}`, params)}
      </td>
      <td data-label={t('column.show')}>
        <Button
          size="small"
          variant={chosen ? 'control' : 'default'}
          aria-pressed={chosen}
          onClick={() => onChoose(resource.id)}
        >
          {t(chosen ? 'shown' : 'show')}
          <span className="sr-only">
            {item.kind} {item.name}
          </span>
        </Button>
      </td>
    </tr>
  );
}

function StopCommand({ command }: { command: string }) {
  const t = useTranslations('task.resources');
  return (
    <Card aria-labelledby="stop-title">
      <CardHeader id="stop-title" title={t('stopTitle')} lead={t('stopLead')} />
      <CardBody className="flex items-start gap-3">
        <div className="panel min-w-0 flex-1">
          <Code>{command}</Code>
        </div>
        <CopyButton text={command} name={t('stopName')} />
      </CardBody>
    </Card>
  );
}
