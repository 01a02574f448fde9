'use client';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { fieldMark } from '@/components/ui/focus-field';
import type { TargetFacts } from '@/components/targets/target-choices';
import type { ListedTargetDraft } from '@/components/targets/target-draft';
import type { TargetEditing } from '@/components/targets/target-editing';
import { TargetEditor } from '@/components/targets/target-editor';
import { isMissing, type Problem } from '@/components/targets/target-problems';
import type { Task } from '@/lib/contract/task';
import { addedField, readAdded } from './added-target-draft';

/** One more place that the requests of a running task are to be copied to. */
export function AddedTarget({
  task,
  draft,
  facts,
  unread,
  update,
  problems,
}: {
  task: Task;
  draft: ListedTargetDraft;
  facts: TargetFacts;
  /** Why there is nothing to copy a new version from, or to choose from; null: there is. */
  unread: ReactNode;
  update: (change: (draft: ListedTargetDraft) => ListedTargetDraft) => void;
  /** What is wrong with it. */
  problems: readonly Problem[];
}) {
  const t = useTranslations('list.change.add');
  const isNew = draft.targetKind === 'new';
  const editing: TargetEditing = {
    namespace: task.namespace,
    serviceName: task.service,
    ...readAdded(task, draft, facts),
    target: draft,
    update: (change) => update((current) => ({ ...current, ...change(current) })),
    fieldOf: addedField,
    mark: (field) => fieldMark(addedField(field)),
    problemOf: (field) => problems.find((one) => one.field === addedField(field) && !isMissing(one)),
    isComplete: problems.length === 0,
    isFurther: true,
  };
  return (
    <>
      <TargetEditor
        editing={editing}
        legend={t('kind')}
        percentage={draft.percentage}
        onPercentage={(percentage) => update((current) => ({ ...current, percentage }))}
        unread={isNew || draft.targetKind === 'existing' ? unread : null}
      />
      {isNew && (
        <div className="space-y-1 text-xs text-ink-3">
          <p>{t('versionLead')}</p>
          {task.safety.denyWrites && <p>{t('denied')}</p>}
          {task.safety.marker && <p>{t('marked')}</p>}
        </div>
      )}
    </>
  );
}
