'use client';
import { Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/choice';
import type { Task } from '@/lib/contract/task';

const DeleteFinishedDialog = lazy(async () => ({
  default: (await import('./actions/delete-finished-dialog')).DeleteFinishedDialog,
}));

/** Which of the finished tasks shown are chosen. A row that goes, or is no longer finished, is not chosen any more. */
export interface FinishedSelection {
  /** Those that can be chosen. */
  finished: readonly Task[];
  chosen: readonly Task[];
  has: (task: Task) => boolean;
  offers: (task: Task) => boolean;
  toggle: (task: Task) => void;
  toggleAll: () => void;
}

export function useFinishedSelection(tasks: readonly Task[]): FinishedSelection {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const finished = tasks.filter(isDeletable);
  const has = (task: Task) => keys.has(keyOf(task));
  const chosen = finished.filter(has);
  return {
    finished,
    chosen,
    has,
    offers: (task) => finished.includes(task),
    toggle: (task) => {
      const next = new Set(chosen.map(keyOf));
      if (!next.delete(keyOf(task))) next.add(keyOf(task));
      setKeys(next);
    },
    toggleAll: () => setKeys(new Set(chosen.length === finished.length ? [] : finished.map(keyOf))),
  };
}

/** The bar above the rows while finished tasks are shown: choose all of them, delete the chosen ones. */
export function FinishedBar({ selection }: { selection: FinishedSelection }): ReactNode {
  const t = useTranslations('list.selection');
  const [open, setOpen] = useState(false);
  const [wasOpen, setWasOpen] = useState(false);
  const { finished, chosen, toggleAll } = selection;
  const some = chosen.length > 0 && chosen.length < finished.length;
  return (
    <>
      {finished.length > 0 && (
        <div className="flex min-h-12 flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-2 text-xs">
          <Checkbox
            checked={chosen.length === finished.length}
            ref={(input) => {
              if (input) input.indeterminate = some;
            }}
            onChange={toggleAll}
          >
            {t('all', { count: finished.length })}
          </Checkbox>
          {chosen.length > 0 && (
            <Button
              size="small"
              variant="danger"
              icon={<Trash2 size={14} aria-hidden />}
              onClick={() => {
                setOpen(true);
                setWasOpen(true);
              }}
            >
              {t('delete', { count: chosen.length })}
            </Button>
          )}
        </div>
      )}
      {wasOpen && (
        <Suspense>
          <DeleteFinishedDialog tasks={chosen} open={open} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

function isDeletable({ state, actions }: Task): boolean {
  return state === 'Finished' && actions.some(({ verb, allowed }) => verb === 'delete' && allowed);
}

/** Also tells a task from an earlier one of the same name. */
function keyOf({ namespace, name, createdAt }: Task): string {
  return `${namespace}/${name} ${createdAt}`;
}
