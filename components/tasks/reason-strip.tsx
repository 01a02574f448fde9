'use client';
import { useTranslations } from 'next-intl';
import { Fragment } from 'react';
import { Alert } from '@/components/ui/alert';
import { ButtonLink } from '@/components/ui/button';
import type { Task } from '@/lib/contract/task';
import { useMessageText } from '@/lib/client/use-error-text';
import { attentionStates } from '@/lib/domain/task';
import { routes } from '@/lib/routes';
import { VerbButton } from './actions/verb-button';
import { splitLead } from './split-lead';
import { stateTone } from './task-state-badge';

/** A longer lead (a registry's whole answer) is cut in the list: the task's page has all of it. */
const longLead = 160;

/** True when the task says why it needs a person. */
export function hasReasonStrip(task: Task): boolean {
  return attentionStates.some((state) => state === task.state) && task.reason !== null;
}

/** What is wrong, whether live requests are affected, and what can be done: one row under the task's own. */
export function ReasonStrip({ task, inDetail = false }: { task: Task; inDetail?: boolean }) {
  const t = useTranslations('list');
  const text = useMessageText();
  if (!task.reason) return null;
  const failed = task.steps.find((step) => step.state === 'failed')?.message;
  const [lead, rest] = splitLead(text('reason', task.reason));
  const link = (label: string, href: string) => (
    <ButtonLink size="small" href={href}>
      {label}
    </ButtonLink>
  );
  return (
    <Alert
      tone={stateTone(task.state)}
      title={
        lead.length > longLead ? (
          <span className="line-clamp-2" title={lead}>
            {lead}
          </span>
        ) : (
          lead
        )
      }
      actions={
        <>
          {task.state === 'Incomplete' && (
            <>
              <VerbButton task={task} verb="retry" size="small" />
              <VerbButton task={task} verb="rollback" size="small" />
            </>
          )}
          {task.state === 'Drifted' && (
            <>
              {link(t('showDifference'), routes.task(task.namespace, task.name, { tab: 'resources' }))}
              {(['restore', 'adopt'] as const)
                .filter((verb) => task.actions.some((action) => action.verb === verb && action.allowed))
                .map((verb) => (
                  <Fragment key={verb}>
                    {link(t(`do.${verb}`), routes.task(task.namespace, task.name, { action: verb }))}
                  </Fragment>
                ))}
            </>
          )}
          {task.state === 'Degraded' && (
            <>
              {task.actions.some((action) => action.verb === 'change' && action.allowed) &&
                link(t('do.change'), routes.task(task.namespace, task.name, { action: 'change' }))}
              {!inDetail && link(t('showDetail'), routes.task(task.namespace, task.name))}
            </>
          )}
        </>
      }
    >
      {rest} {task.changedBy && t('changedBy', { manager: task.changedBy })}{' '}
      {failed && failed.code !== task.reason.code && text('reason', failed)}
    </Alert>
  );
}
