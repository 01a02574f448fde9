import { fromRequestMatch } from '@/lib/contract/request-selection';
import type { Coverage, Task, TaskReport, TaskStop } from '@/lib/contract/task';
import { placementOf } from '@/lib/domain/targets';
import type { TaskReport as DomainReport } from '@/lib/domain/task';
import { percentagesInForce } from '@/lib/domain/awaiting';
import type { Locale } from '@/lib/i18n/preferences';
import type { MeasuredCoverage } from '@/lib/server/metrics/coverage';
import { toMessage, toMessageOrNull } from '@/lib/server/http/message';
import type { TaskStopView } from './stop-view';
import type { TaskView } from './task-view';

/** A task's answer, with its texts in `locale`. */
export function toTask(view: TaskView, locale: Locale): Task {
  const { record, derived, stop } = view;
  const coverages = view.coverage?.map((one) => toCoverage(one, locale)) ?? null;
  const { spec, operation } = record;
  return {
    namespace: spec.namespace,
    name: spec.name,
    description: spec.description,
    service: spec.service.name,
    ports: spec.service.ports,
    state: derived.state,
    stateSince: derived.since,
    reason: toMessageOrNull(derived.reason, locale),
    changedBy: derived.changedBy ?? null,
    placement: placementOf(spec).placement,
    placementReason: toMessage(placementOf(spec).placementReason, locale),
    delivery: spec.delivery ?? 'write',
    primary: view.primary,
    targets: spec.targets.flatMap(({ id, created, placement, policies, passage, percentage: planned }, index) => {
      const target = view.targets[index];
      if (!target) return [];
      const safety = { denyWrites: policies?.denyWrites ?? false, marker: policies?.marker ?? false };
      const percentage = percentagesInForce(record)[index] ?? planned;
      const coverage = coverages?.[index] ?? null;
      const way = passage === 'rejoining' ? 'joining' : (passage ?? null);
      return { ...target, id, percentage, created, placement, safety, coverage, passage: way };
    }),
    match: (spec.selection?.match ?? []).map(fromRequestMatch),
    routes: spec.routes?.slice() ?? null,
    safety: {
      methods: spec.selection?.methods?.slice() ?? null,
      denyWrites: spec.targets.some(({ policies }) => policies?.denyWrites),
      marker: spec.targets.some(({ policies }) => policies?.marker),
    },
    ramp: toRamp(view, locale),
    percentageSince: record.percentageSince,
    createdAt: record.createdAt,
    createdBy: record.createdBy,
    inputHash: record.inputHash,
    coverage: coverages && lowest(coverages),
    stop: stop && toStop(stop, locale),
    report: view.report && toReport(view.report, locale),
    keepsWorkload: view.keepsWorkload,
    adoption: toMessageOrNull(view.adoption, locale),
    operation: operation && {
      verb: operation.verb,
      holder: operation.holder,
      startedAt: operation.startedAt,
      renewedAt: operation.renewedAt,
      startedBy: operation.startedBy,
      stale: view.isStale,
    },
    steps: (operation?.steps ?? []).map(({ id, verb, object, state, message }) => ({
      id,
      verb,
      object,
      state,
      message: toMessageOrNull(message, locale),
    })),
    actions: view.actions.map(({ verb, allowed, reason }) => ({
      verb,
      allowed,
      reason: toMessageOrNull(reason, locale),
    })),
    stopCommand: view.stopCommand,
  };
}

function toStop({ lastCopyAt, confirmedAt, reason, rate, causes }: TaskStopView, locale: Locale): TaskStop {
  return {
    lastCopyAt,
    confirmedAt,
    reason: toMessageOrNull(reason, locale),
    rate,
    causes: causes.map((cause) => toMessage(cause, locale)),
  };
}

function toRamp({ record: { ramp }, rampHeld }: TaskView, locale: Locale): Task['ramp'] {
  if (!ramp) return null;
  const { steps, step, since } = ramp;
  const held = rampHeld && { since: rampHeld.since, reason: toMessage(rampHeld.reason, locale) };
  return { steps, step, since, held, passedSeconds: ramp.held?.passedSeconds ?? null };
}

function toCoverage(coverage: MeasuredCoverage, locale: Locale): Coverage {
  return { ...coverage, reason: toMessageOrNull(coverage.reason, locale) };
}

/** The lowest that can be told; of those that cannot the first. */
function lowest(coverages: readonly Coverage[]): Coverage | null {
  const told = coverages.filter(({ value }) => value !== null);
  return told.toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0] ?? coverages[0] ?? null;
}

function toReport({ begin, end, others = [], ...first }: DomainReport, locale: Locale): TaskReport {
  return {
    begin,
    end,
    ...toFigures(first, locale),
    others: others.map(({ target, ...other }) => ({ target, ...toFigures(other, locale) })),
  };
}

function toFigures(
  { percentage, figures, reason }: Pick<DomainReport, 'percentage' | 'figures' | 'reason'>,
  locale: Locale,
) {
  return {
    percentage,
    figures: figures && {
      ...figures,
      coverage: { ...figures.coverage, reason: toMessageOrNull(figures.coverage.reason, locale) },
    },
    reason: toMessageOrNull(reason, locale),
  };
}
