'use client';
import { Pencil, Plus, RotateCw, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { DiffView } from '@/components/manifests/diff-view';
import { PatchView } from '@/components/manifests/patch-view';
import { Alert } from '@/components/ui/alert';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Skeleton } from '@/components/ui/feedback';
import { Group } from '@/components/ui/group';
import { ApiRequestError } from '@/lib/client/http';
import { useErrorText } from '@/lib/client/use-error-text';
import type { Plan } from '@/lib/contract/task';
import { CheckList } from './check-list';
import { checksBySeverity } from './model/submission';
import { OrderedSteps } from './ordered-steps';
import type { Creation } from './use-create';
import type { Wizard } from './use-wizard';

/** Step 5: what the plan says about this task, in the order in which it matters: checks, steps, changes. */
export function ReviewStep({ wizard, creation }: { wizard: Wizard; creation: Creation }) {
  const t = useTranslations('wizard.review');
  const { plan } = creation;
  return (
    <div className="grid gap-6">
      <CreationNotices creation={creation} />
      {plan.data ? (
        <PlanView wizard={wizard} creation={creation} plan={plan.data} />
      ) : (
        <PlanMissing creation={creation} />
      )}
      {/* Announced while and after checking, whatever else is on the page. */}
      <output className="sr-only">
        {plan.isFetching
          ? t('checking')
          : plan.data
            ? t('countFail', { count: checksBySeverity(plan.data).fail.length })
            : ''}
      </output>
    </div>
  );
}

function PlanView({ wizard, creation, plan }: { wizard: Wizard; creation: Creation; plan: Plan }) {
  const t = useTranslations('wizard.review');
  return (
    <>
      <CheckList
        wizard={wizard}
        plan={plan}
        finishedAt={creation.plan.dataUpdatedAt}
        end={
          <Button
            size="small"
            pending={creation.plan.isFetching}
            icon={<RotateCw size={14} aria-hidden />}
            onClick={creation.checkAgain}
          >
            {t('again')}
          </Button>
        }
      />
      {plan.steps.length > 0 && <OrderedSteps plan={plan} />}
      {plan.patches.length > 0 && (
        <Group title={t('patches')} lead={t('patchesLead')}>
          <div className="grid gap-3">
            {plan.patches.map((patch) => (
              <PatchView key={`${patch.namespace}/${patch.name}`} patch={patch} />
            ))}
          </div>
        </Group>
      )}
      <Group title={t('changes')} lead={t('changesLead')}>
        {plan.changes.length === 0 && <p className="panel text-ink-2">{t('changesNone')}</p>}
        <div className="grid gap-2">
          {plan.changes.map((change) => (
            <DiffView
              key={`${change.kind} ${change.namespace}/${change.name}`}
              title={`${change.kind} ${change.name}`}
              before={change.before}
              after={change.after}
              badge={<ActionBadge action={change.action} />}
            />
          ))}
        </div>
      </Group>
    </>
  );
}

function PlanMissing({ creation }: { creation: Creation }) {
  const t = useTranslations('wizard.review');
  const errorText = useErrorText();
  const { plan } = creation;
  if (plan.isError && !plan.isFetching) {
    const { title, details } = errorText(plan.error);
    return (
      <Alert
        tone="bad"
        live
        title={t('planFailed')}
        actions={
          <Button size="small" onClick={creation.checkAgain}>
            {t('again')}
          </Button>
        }
      >
        {[title, ...details.map((detail) => `${detail.path}: ${detail.text}`)].join(' ')}
      </Alert>
    );
  }
  return (
    <Group title={t('checks')} lead={t('checking')}>
      <div className="grid gap-2" aria-busy>
        <Skeleton className="h-12" />
        <Skeleton className="h-12" />
        <Skeleton className="h-12" />
      </div>
    </Group>
  );
}

const actionLooks = {
  create: { tone: 'ok', icon: <Plus aria-hidden /> },
  update: { tone: 'warn', icon: <Pencil aria-hidden /> },
  delete: { tone: 'bad', icon: <Trash2 aria-hidden /> },
} as const;

function ActionBadge({ action }: { action: Plan['changes'][number]['action'] }) {
  const t = useTranslations('wizard.review.action');
  return (
    <Badge tone={actionLooks[action].tone} icon={actionLooks[action].icon}>
      {t(action)}
    </Badge>
  );
}

/** What came of pressing Create, when it was not a task. */
function CreationNotices({ creation }: { creation: Creation }) {
  const t = useTranslations('wizard.review');
  const errorText = useErrorText();
  const { error, changed } = creation;
  if (changed !== null) {
    return (
      <Alert tone="warn" live title={t('changed')}>
        {changed.length > 0 ? t('changedBody', { objects: changed.join(', ') }) : t('changedUnknown')}
      </Alert>
    );
  }
  if (error === null || error === undefined) return null;
  if (error instanceof ApiRequestError && (error.code === 'network' || error.code === 'timeout')) {
    return (
      <Alert tone="bad" live title={t('unsure')}>
        {t('unsureBody')}
      </Alert>
    );
  }
  const { title, details } = errorText(error);
  return (
    <Alert tone="bad" live title={t('failed')}>
      {[title, ...details.map((detail) => detail.text)].join(' ')}
    </Alert>
  );
}
