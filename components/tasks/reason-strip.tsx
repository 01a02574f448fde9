'use client';
import { useTranslations } from 'next-intl';
import { Fragment } from 'react';
import { Alert } from '@/components/ui/alert';
import { ButtonLink } from '@/components/ui/button';
import type { Task } from '@/lib/contract/task';
import { useMessageText } from '@/lib/client/use-error-text';
import { needsAttention } from '@/lib/domain/task';
import { routes } from '@/lib/routes';
import type { ActionVerb } from './actions/use-task-actions';
import { VerbButton } from './actions/verb-button';
import { splitLead } from './split-lead';
import { stateTone } from './task-state-badge';

/** A longer lead (a registry's whole answer) is cut in the list: the task's page has all of it. */
const longLead = 160;

/** True when the task says why it needs a person. */
export function hasReasonStrip(task: Task): boolean {
  return needsAttention(task) && task.reason !== null;
}

/** A task that should copy nothing and whose mirror gets copies all the same. */
function isStray({ state }: Task): boolean {
  return state === 'Paused' || state === 'Finished';
}

function mayAny(task: Task, verbs: readonly ActionVerb[]): boolean {
  return task.actions.some(({ verb, allowed }) => allowed && verbs.includes(verb));
}

/** What is wrong, whether live requests are affected, and what can be done: one row under the task's own. */
export function ReasonStrip({ task }: { task: Task }) {
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
      tone={isStray(task) ? 'bad' : stateTone(task.state)}
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
          {task.state === 'Incomplete' &&
            (mayAny(task, ['retry', 'rollback']) ? (
              <>
                <VerbButton task={task} verb="retry" size="small" />
                <VerbButton task={task} verb="rollback" size="small" />
              </>
            ) : (
              // Why neither can be done stands on the task's page and in the row's menu.
              link(t('showDetail'), routes.task(task.namespace, task.name))
            ))}
          {task.state === 'Drifted' && (
            <>
              {link(t('showDifference'), routes.task(task.namespace, task.name, { tab: 'resources' }))}
              {(['restore', 'adopt'] as const)
                .filter((verb) => mayAny(task, [verb]))
                .map((verb) => (
                  <Fragment key={verb}>
                    {link(t(`do.${verb}`), routes.task(task.namespace, task.name, { action: verb }))}
                  </Fragment>
                ))}
            </>
          )}
          {isStray(task) && link(t('showCause'), routes.task(task.namespace, task.name))}
          {task.state === 'Degraded' && (
            <>
              {mayAny(task, ['change']) &&
                link(t('do.change'), routes.task(task.namespace, task.name, { action: 'change' }))}
              {link(t('showDetail'), routes.task(task.namespace, task.name))}
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
