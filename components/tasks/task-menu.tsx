'use client';
import {
  ArrowDownToLine,
  ChartColumn,
  CopyPlus,
  Ellipsis,
  FileCode2,
  Flag,
  Pause,
  Percent,
  Play,
  RotateCw,
  Trash2,
  Undo2,
} from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Menu, type MenuEntry } from '@/components/ui/menu';
import type { Task } from '@/lib/contract/task';
import { routes } from '@/lib/routes';
import { useTaskActions, type ActionVerb } from './actions/use-task-actions';
import { canFinish, isFinished } from './task-progress';

const icon = { size: 16, strokeWidth: 1.6, 'aria-hidden': true } as const;

type OneClick = 'pause' | 'resume' | 'retry' | 'rollback';

/** Verbs that need no drawer or dialog. */
function isOneClick(verb: ActionVerb): verb is OneClick {
  return verb === 'pause' || verb === 'resume' || verb === 'retry' || verb === 'rollback';
}

/** What can be done with the task of a row; what cannot be done now stands there with its reason. */
export function TaskMenu({ task, onDelete }: { task: Task; onDelete: () => void }) {
  const t = useTranslations('list');
  const actions = useTaskActions(task);
  const verb = (name: ActionVerb, rest: Partial<Exclude<MenuEntry, 'separator'>>): MenuEntry[] => {
    if (!actions.offers(name)) return [];
    const reason = actions.blocked(name);
    const { href, ...look } = rest;
    return [
      {
        key: name,
        label: t(`do.${name}`),
        onSelect: () => isOneClick(name) && actions.run({ verb: name }),
        ...look,
        ...(reason ? { disabledReason: reason } : href ? { href } : {}),
      },
    ];
  };
  const answer = (name: 'restore' | 'adopt', look: ReactNode) =>
    verb(name, { icon: look, href: routes.task(task.namespace, task.name, { action: name }) });
  const pauseOrResume =
    task.state === 'Paused' || (actions.allows('resume') && !actions.allows('pause'))
      ? verb('resume', { icon: <Play {...icon} /> })
      : verb('pause', { icon: <Pause {...icon} /> });
  const finished = isFinished(task);
  const incomplete = task.state === 'Incomplete';
  const items: MenuEntry[] = [
    ...(incomplete ? verb('retry', { icon: <RotateCw {...icon} /> }) : []),
    ...(incomplete || actions.allows('rollback') ? verb('rollback', { icon: <Undo2 {...icon} /> }) : []),
    ...(task.state === 'Drifted'
      ? [...answer('restore', <Undo2 {...icon} />), ...(finished ? [] : answer('adopt', <ArrowDownToLine {...icon} />))]
      : []),
    ...(finished
      ? [
          {
            key: 'report',
            label: t('report'),
            icon: <ChartColumn {...icon} />,
            href: routes.task(task.namespace, task.name),
          },
        ]
      : [
          ...verb('change', {
            icon: <Percent {...icon} />,
            href: routes.task(task.namespace, task.name, { action: 'change' }),
          }),
          ...pauseOrResume,
          ...(canFinish(task)
            ? verb('finish', {
                icon: <Flag {...icon} />,
                href: routes.task(task.namespace, task.name, { action: 'finish' }),
              })
            : []),
        ]),
    {
      key: 'resources',
      label: t('resources'),
      icon: <FileCode2 {...icon} />,
      href: routes.task(task.namespace, task.name, { tab: 'resources' }),
    },
    {
      key: 'again',
      label: t('again'),
      icon: <CopyPlus {...icon} />,
      href: routes.newTask(task.namespace, { from: task.name }),
    },
    'separator',
    ...verb('delete', {
      icon: <Trash2 {...icon} />,
      onSelect: onDelete,
      ...(finished ? { label: t('deleteRecord') } : {}),
    }),
  ];
  return (
    <Menu label={t('actionsOf', { name: task.name })} items={items}>
      <Ellipsis size={16} aria-hidden />
    </Menu>
  );
}
