'use client';
import { useQueries, useQuery } from '@tanstack/react-query';
import { PencilLine } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useId, useRef, useState, type ReactNode, type Ref } from 'react';
import { MatchChoice } from '@/components/request-match/match-choice';
import { namespacesOfTargets, type TargetFacts } from '@/components/targets/target-choices';
import { isMissing, maximumReplicas } from '@/components/targets/target-problems';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { Skeleton } from '@/components/ui/feedback';
import { Field, NumberInput, Stepper, TextInput } from '@/components/ui/field';
import { RetryAlert } from '@/components/ui/retry-alert';
import { logScale, Slider } from '@/components/ui/slider';
import { Chip } from '@/components/ui/tabs';
import { setsShare } from '@/lib/domain/ramp';
import type { DeploymentInfo } from '@/lib/contract/inventory';
import type { Task } from '@/lib/contract/task';
import { deploymentsOptions, servicesOptions } from '@/lib/client/inventory';
import { metricsOf, taskListMetricsOptions } from '@/lib/client/metrics';
import { useErrorText, useMessageText } from '@/lib/client/use-error-text';
import { useSettled } from '@/lib/client/use-settled';
import { formatPercent } from '@/lib/domain/percentage';
import { targetsMax } from '@/lib/domain/planning-snapshot';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';
import {
  copiesWritesAnew,
  editOf,
  isRetargeting,
  leavesGrpcOut,
  matchOf,
  onlyRampSharesOf,
  onlyRemovedOf,
  onlyShareOf,
  ownWorkloadOf,
  percentTyped,
  shareText,
  startsReadsOnly,
  stayingOf,
  untouched,
  untouchedTarget,
  withoutAdded,
  type EditDraft,
  type TargetDraft,
} from './edit-draft';
import { AddedTarget } from './added-target';
import { addedField, newTarget, withShownVersion } from './added-target-draft';
import { RampChoice } from './ramp-choice';
import { VerbDrawer } from './verb-drawer';

const scale = logScale(0.1, 100);
const presets = [1, 5, 10, 25, 50, 100];
const formTypingMs = 300;

/** Changes how much is copied, of what and to what, after showing what that means and which lines change. */
export function EditTaskDrawer({ task, open, onClose }: { task: Task; open: boolean; onClose: () => void }) {
  const t = useTranslations('list.change');
  const match = useTranslations('match');
  const problems = useTranslations('match.problem');
  const format = useFormat();
  const messageText = useMessageText();
  const [draft, setDraft] = useState(untouched);
  const [openBefore, setOpenBefore] = useState(open);
  if (open !== openBefore) {
    setOpenBefore(open);
    if (open) setDraft(untouched);
  }
  const [chosen, setChosen] = useState<string | null>(null);
  const { add, added, follow } = useFocusFollowing();
  const target = task.targets.find(({ id }) => id === chosen) ?? task.targets[0];
  const typed = (target && draft.targets[target.id]) ?? untouchedTarget;
  const share = target ? shareText(target, typed) : '';
  const own = target ? ownWorkloadOf(target) : null;
  const hasOwn = task.targets.some((one) => ownWorkloadOf(one) !== null);
  const { facts, services, deployments } = useInventory(task, draft, open && hasOwn);
  const shownAdded = draft.added && withShownVersion(task, draft.added, facts);
  if (shownAdded !== draft.added) setDraft({ ...draft, added: shownAdded });
  const workload = own === null ? undefined : facts.deployments?.find(({ name }) => name === own);
  const edit = editOf(task, draft, facts);
  const asked = JSON.stringify(edit.change);
  const settled = useSettled(asked, formTypingMs);
  const set = (patch: Partial<EditDraft>): void => setDraft((before) => ({ ...before, ...patch }));
  const setTarget = (patch: Partial<TargetDraft>): void => {
    if (!target) return;
    setDraft((before) => {
      const one = before.targets[target.id] ?? untouchedTarget;
      return { ...before, targets: { ...before.targets, [target.id]: { ...one, ...patch } } };
    });
  };
  const percent = percentTyped(share);
  const now = target?.percentage ?? 0;
  const next = draft.ramp ? percentTyped(draft.ramp[0]?.shares[target?.id ?? ''] ?? '') : percent;
  const onlyShare = onlyShareOf(edit.change);
  const onlyRampShares = onlyRampSharesOf(edit.change);

  const staying = stayingOf(task, draft);
  // Of routes that their owner changes with a patch.
  const byOwner = task.delivery === 'patch' ? messageText('reason', { code: 'retarget_patch', params: {} }) : null;
  const isLast = !typed.isRemoved && staying.length === 1 && draft.added === null;

  const ofAdded = edit.problems.filter(({ field }) => field.startsWith(addedField('')));

  function errorOf(field: string): string | undefined {
    const found = edit.problems.find(
      (problem) => problem.field === field && (problem.target === null || problem.target === target?.id),
    );
    if (!found) return undefined;
    if (field.endsWith('percentage')) return t(`problem.${found.code as 'percentage_required'}`);
    if (found.code === 'image_required') return t('imageRequired');
    if (field.startsWith('ramp.')) return t(`problem.${found.code as 'minutes_required'}`);
    return problems(found.code as 'condition_empty', found.params);
  }

  function notReady(): string | undefined {
    if (edit.problems.some(({ code }) => code === 'retarget_alone')) return t('retargetAlone');
    if (draft.ramp === null && percent === null && !typed.isRemoved) return t('wrong');
    const elsewhere = task.targets.find(({ id }) => id !== target?.id && edit.problems[0]?.target === id);
    if (elsewhere) return t('unfinishedAt', { target: elsewhere.label });
    // An empty field of the added target is marked as required only.
    if (ofAdded.some(isMissing)) return t('add.unfinished');
    if (edit.problems.length > 0) return t('unfinished');
    if (asked === '{}') return t('same');
    return settled === asked ? undefined : t('planning');
  }

  function confirmText(): string {
    const removed = onlyRemovedOf(task, edit.change);
    if (removed !== null) return t('remove.confirm', { targets: removed.join(', ') });
    if (onlyRampShares !== null) {
      // A ramp of a paused task is held, and does not go on with its Resume.
      const words = task.state === 'Paused' ? 'ramp.set' : 'ramp.start';
      return t(words, { percentage: onlyRampShares.map(format.percentage).join(' / ') });
    }
    return onlyShare === null ? t('applyAll') : t('apply', { percentage: format.percentage(onlyShare) });
  }

  return (
    <VerbDrawer
      task={task}
      request={{ verb: 'change', ...(settled === asked ? edit.change : {}) }}
      notReady={notReady()}
      open={open}
      onClose={onClose}
      title={t('title')}
      icon={<PencilLine size={16} aria-hidden />}
      confirm={confirmText()}
      copiesWrites={copiesWritesAnew(task, edit.change)}
    >
      {task.targets.length > 1 && (
        <fieldset aria-label={t('target')} className="flex flex-wrap gap-1.5">
          {task.targets.map(({ id, label, percentage }) => (
            <Chip key={id} pressed={id === target?.id} onClick={() => setChosen(id)}>
              {label} · {draft.targets[id]?.isRemoved ? t('remove.short') : format.percentage(percentage)}
            </Chip>
          ))}
        </fieldset>
      )}
      {typed.isRemoved && target ? (
        <Part title={t('remove.title', { target: target.label })}>
          <p>
            {own === null ? t('remove.leadElsewhere', { target: target.label }) : t('remove.lead', { workload: own })}
          </p>
          {task.ramp && <Alert>{t('retargetEndsRamp')}</Alert>}
        </Part>
      ) : (
        <Part title={t('howMuch')}>
          <RampChoice
            targets={task.targets}
            paused={task.state === 'Paused'}
            steps={draft.ramp}
            onChange={(ramp) => set({ ramp })}
            errorOf={errorOf}
          />
          {draft.ramp === null && (
            <>
              <Field label={t('share')} hint={t('range')} error={errorOf('percentage')} className="max-w-50">
                <NumberInput
                  unit="%"
                  value={share}
                  onChange={(event) => setTarget({ percentage: event.target.value })}
                />
              </Field>
              <Slider
                label={t('share')}
                value={percent ?? now}
                onChange={(value) => setTarget({ percentage: formatPercent(value) })}
                scale={scale}
                valueText={format.percentage(percent ?? now)}
                marks={[0.1, 1, 10, 100].map((value) => ({ value, label: format.percentage(value) }))}
              />
              <div className="flex flex-wrap gap-1.5">
                {presets.map((value) => (
                  <Chip
                    key={value}
                    pressed={percent === value}
                    onClick={() => setTarget({ percentage: formatPercent(value) })}
                  >
                    {format.percentage(value)}
                  </Chip>
                ))}
              </div>
            </>
          )}
          {task.ramp && draft.ramp && <Alert>{t('ramp.replaces')}</Alert>}
          {task.ramp && setsShare(edit.change) && <Alert>{t('endsRamp')}</Alert>}
          {task.ramp && isRetargeting(edit.change) && <Alert>{t('retargetEndsRamp')}</Alert>}
          <ExpectedEffect task={task} target={target} now={now} next={next ?? now} />
        </Part>
      )}
      <div className="flex flex-wrap gap-2">
        {target && (task.targets.length > 1 || draft.added !== null) && (
          <Button
            disabledReason={byOwner ?? (isLast ? t('remove.last') : undefined)}
            onClick={() => setTarget({ isRemoved: !typed.isRemoved })}
          >
            {t(typed.isRemoved ? 'remove.undo' : 'remove.action', { target: target.label })}
          </Button>
        )}
        {draft.added === null && (
          <Button
            ref={add}
            disabledReason={
              byOwner ?? (task.targets.length >= targetsMax ? t('add.most', { n: targetsMax }) : undefined)
            }
            reasonPlacement={byOwner !== null && task.targets.length > 1 ? 'hidden' : 'after'}
            onClick={() => {
              follow();
              set({ added: newTarget });
            }}
          >
            {t('add.action')}
          </Button>
        )}
      </div>
      {draft.added !== null && (
        <Part title={t('add.title')} ref={added}>
          <AddedTarget
            task={task}
            draft={draft.added}
            facts={facts}
            unread={
              // What was read stays to be edited while it cannot be read again.
              facts.services && facts.deployments ? null : (
                <NotRead
                  title={t('add.unread')}
                  error={services.error ?? deployments.error}
                  onRetry={() => void Promise.all([services.refetch(), deployments.refetch()])}
                />
              )
            }
            update={(change) => setDraft((before) => ({ ...before, added: before.added && change(before.added) }))}
            problems={ofAdded}
          />
          <Button
            onClick={() => {
              follow();
              setDraft((before) => withoutAdded(task, before));
            }}
          >
            {t('add.undo')}
          </Button>
        </Part>
      )}
      <Part title={t('which')}>
        <MatchChoice draft={matchOf(task, draft)} onChange={set} errorOf={errorOf} />
        {leavesGrpcOut(task, draft, facts) && <Alert>{match('grpcLeftOut')}</Alert>}
      </Part>
      {own !== null && !typed.isRemoved && (
        <Part title={t('workload', { workload: own })}>
          {workload ? (
            <WorkloadFields workload={workload} draft={typed} set={setTarget} errorOf={errorOf} />
          ) : (
            <NoWorkload
              error={deployments.error}
              isRead={deployments.isSuccess}
              onRetry={() => void deployments.refetch()}
            />
          )}
        </Part>
      )}
      {task.state === 'Paused' && <Alert>{t('paused')}</Alert>}
    </VerbDrawer>
  );
}

/**
 * What is read of Services and Deployments: for the task's own workloads, for a target that is to be added, and for
 * what reads alone leave out.
 */
function useInventory(task: Task, draft: EditDraft, hasOwn: boolean) {
  const { namespace } = task;
  const { added } = draft;
  const isAdding = added !== null;
  const services = useQuery({ ...servicesOptions(namespace), enabled: isAdding || startsReadsOnly(task, draft) });
  const deployments = useQuery({ ...deploymentsOptions(namespace), enabled: hasOwn || isAdding });
  const places = namespacesOfTargets(added ? [added] : []);
  const servicesOfPlaces = useQueries({ queries: places.map((place) => servicesOptions(place)) });
  const facts: TargetFacts = {
    services: services.data?.items,
    deployments: deployments.data?.items,
    targetServices: Object.fromEntries(places.map((place, index) => [place, servicesOfPlaces[index]?.data?.items])),
  };
  return { facts, services, deployments };
}

/** Each of the buttons that add a target and none goes when it is pressed: leads the focus to what comes in its place. */
function useFocusFollowing() {
  const add = useRef<HTMLButtonElement>(null);
  const added = useRef<HTMLElement>(null);
  const isDue = useRef(false);
  useEffect(() => {
    if (!isDue.current) return;
    isDue.current = false;
    (added.current?.querySelector<HTMLElement>('input:checked') ?? add.current)?.focus();
  });
  return { add, added, follow: () => void (isDue.current = true) };
}

function Part({ title, ref, children }: { title: ReactNode; ref?: Ref<HTMLElement>; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} ref={ref} className="space-y-3 border-b border-line pb-5">
      <h3 id={id} className="font-semibold [overflow-wrap:anywhere]">
        {title}
      </h3>
      {children}
    </section>
  );
}

function WorkloadFields({
  workload,
  draft,
  set,
  errorOf,
}: {
  workload: DeploymentInfo;
  draft: TargetDraft;
  set: (patch: Partial<TargetDraft>) => void;
  errorOf: (field: string) => string | undefined;
}) {
  const t = useTranslations('list.change');
  return (
    <>
      <Field label={t('replicas')}>
        <Stepper
          value={draft.replicas ?? workload.replicas.desired}
          onChange={(replicas) => set({ replicas })}
          min={1}
          max={maximumReplicas}
          decreaseLabel={t('fewer')}
          increaseLabel={t('more')}
        />
      </Field>
      {workload.containers.map(({ name, image }) => (
        <Field key={name} label={t('image', { container: name })} error={errorOf(`image.${name}`)}>
          <TextInput
            mono
            value={draft.images[name] ?? image}
            onChange={(event) => set({ images: { ...draft.images, [name]: event.target.value } })}
          />
        </Field>
      ))}
      <p className="text-xs text-ink-3">{t('workloadLead')}</p>
    </>
  );
}

/** Being read, or why there is nothing to edit. */
function NoWorkload({ error, isRead, onRetry }: { error: unknown; isRead: boolean; onRetry: () => void }) {
  const t = useTranslations('list.change');
  if (isRead) return <Alert>{t('workloadGone')}</Alert>;
  return <NotRead title={t('workloadUnread')} error={error} onRetry={onRetry} />;
}

/** Being read, or what could not be read and why. */
function NotRead({ title, error, onRetry }: { title: string; error: unknown; onRetry: () => void }) {
  const errorText = useErrorText();
  if (!error) return <Skeleton className="h-24" />;
  return (
    <RetryAlert tone="warn" title={title} onRetry={onRetry}>
      {errorText(error).title}
    </RetryAlert>
  );
}

/** Requests per second now and after the change, from what is measured; a dash where nothing is. */
function ExpectedEffect({
  task,
  target,
  now,
  next,
}: {
  task: Task;
  target: Task['targets'][number] | undefined;
  now: number;
  next: number;
}) {
  const t = useTranslations('list.change');
  const format = useFormat();
  const { data } = useQuery(taskListMetricsOptions([task]));
  const live = metricsOf(data, task)?.last.primary ?? null;
  const pods = target?.replicas?.ready || null;
  const copies = (percent: number) => (live === null ? null : (live * percent) / 100);
  const perPod = (percent: number) => {
    const rate = copies(percent);
    return rate === null || pods === null ? null : rate / pods;
  };
  const version = target?.label ?? '';
  const rate = (value: number | null) => (value === null ? dash : `${format.rate(value)} rps`);
  const rows = [
    [t('copies', { version }), copies(now), copies(next)],
    [t('perPod', { version }), perPod(now), perPod(next)],
    [t('liveRate'), live, live],
  ] as const;
  return (
    <table className="w-full text-xs">
      <caption className="sr-only">{t('effect')}</caption>
      <thead className="text-ink-3">
        <tr>
          <th scope="col" className="py-1 text-left font-semibold">
            {t('effect')}
          </th>
          <th scope="col" className="py-1 text-right font-semibold">
            {t('now', { percentage: format.percentage(now) })}
          </th>
          <th scope="col" className="py-1 text-right font-semibold">
            {t('next', { percentage: format.percentage(next) })}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([label, before, after]) => (
          <tr key={label} className="border-t border-line">
            <th scope="row" className="py-1.5 text-left font-normal">
              {label}
            </th>
            <td className="py-1.5 text-right">{rate(before)}</td>
            <td className="py-1.5 text-right font-semibold">{rate(after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
