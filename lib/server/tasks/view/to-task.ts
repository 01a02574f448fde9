import { fromRequestMatch } from '@/lib/contract/request-selection';
import type { Task, TaskReport, TaskStop } from '@/lib/contract/task';
import type { TaskReport as DomainReport } from '@/lib/domain/task';
import type { Locale } from '@/lib/i18n/preferences';
import { toMessage, toMessageOrNull } from '@/lib/server/http/message';
import type { TaskStopView } from './stop-view';
import type { TaskView } from './task-view';

/** A task's answer, with its texts in `locale`. */
export function toTask(view: TaskView, locale: Locale): Task {
  const { record, derived, coverage, stop, target } = view;
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
    placement: spec.placement,
    placementReason: toMessage(spec.placementReason, locale),
    delivery: spec.delivery ?? 'write',
    primary: view.primary,
    targets: [
      {
        ...target,
        id: spec.target.id,
        percentage: spec.percentage,
        created: spec.target.created,
      },
    ],
    match: (spec.selection?.match ?? []).map(fromRequestMatch),
    routes: spec.routes?.slice() ?? null,
    safety: {
      methods: spec.selection?.methods?.slice() ?? null,
      denyWrites: spec.policies?.denyWrites ?? false,
      marker: spec.policies?.marker ?? false,
    },
    percentageSince: record.percentageSince,
    createdAt: record.createdAt,
    createdBy: record.createdBy,
    inputHash: record.inputHash,
    coverage: coverage && { ...coverage, reason: toMessageOrNull(coverage.reason, locale) },
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

function toReport({ figures, reason, ...report }: DomainReport, locale: Locale): TaskReport {
  return {
    ...report,
    figures: figures && {
      ...figures,
      coverage: { ...figures.coverage, reason: toMessageOrNull(figures.coverage.reason, locale) },
    },
    reason: toMessageOrNull(reason, locale),
  };
}
