import type { z } from 'zod/mini';
import type { BasisEntry, Plan } from '@/lib/contract/task';
import type { Check } from '@/lib/domain/check';
import type { DeliveryChoice } from '@/lib/domain/delivery';
import type { MessageRef } from '@/lib/domain/message';
import type { RouteOption } from '@/lib/domain/route-options';
import type { OwnerPatch } from '@/lib/domain/owner-patch';
import type { Placement, Step, TaskSpec } from '@/lib/domain/task';
import type { Locale } from '@/lib/i18n/preferences';
import { renderMessage, toMessage, toMessageOrNull } from '@/lib/server/http/message';
import type { ObjectChange } from './dry-run';
import { toManifestYaml } from '@/lib/domain/manifest-yaml';

/** A plan before its texts are put into a language. */
export interface PlanView {
  placement: Placement | null;
  placementReason: MessageRef | null;
  /** Null for a verb on a task that stands: how it gets its changes there was chosen with it. */
  delivery: DeliveryChoice | null;
  basis: z.infer<typeof BasisEntry>[];
  checks: Check[];
  steps: Step[];
  /** What owners of shared objects would be asked to do. */
  patches: OwnerPatch[];
  changes: ObjectChange[];
  /** Of a creation: the task as it would be; null when what was asked for cannot be planned at all. */
  spec?: TaskSpec | null;
  /** Of a creation. */
  routes?: readonly RouteOption[];
}

/** A plan can be carried out when there is one and none of its checks fails. */
function isFeasible({ spec, checks }: PlanView): boolean {
  return spec !== null && checks.every(({ severity }) => severity !== 'fail');
}

/** A plan's answer, with its texts in `locale`. */
export function toPlan(view: PlanView, locale: Locale): Plan {
  return {
    feasible: isFeasible(view),
    placement: view.placement,
    placementReason: toMessageOrNull(view.placementReason, locale),
    delivery: view.delivery && {
      ...view.delivery,
      owners: view.delivery.owners.map(({ object, ...owner }) => ({ ...object, ...owner })),
    },
    basis: view.basis,
    checks: view.checks.map((check) => toPlanCheck(check, locale)),
    steps: view.steps.map(({ id, verb, object }) => ({ id, verb, object })),
    patches: view.patches.map((patch) => toPatch(patch, locale)),
    changes: view.changes.map(({ ref, before, after }) => ({
      ...ref,
      action: before === null ? 'create' : after === null ? 'delete' : 'update',
      before: before && toManifestYaml(before),
      after: after && toManifestYaml(after),
    })),
    routes: (view.routes ?? []).map(({ match, reason, ...route }) => ({
      ...route,
      match: match.map((conditions) => conditions.map((condition) => toMessage(condition, locale))),
      reason: toMessageOrNull(reason, locale),
    })),
  };
}

/** A patch's answer, with its texts in `locale`. */
export function toPatch({ object, problem, ...patch }: OwnerPatch, locale: Locale): Plan['patches'][number] {
  return { ...object, ...patch, problem: toMessageOrNull(problem, locale) };
}

/** A check's answer, with its texts in `locale`. */
export function toPlanCheck(check: Check, locale: Locale): Plan['checks'][number] {
  const { code, severity, object } = check;
  const params = withReasonText(check, locale);
  const text = (key: string) => renderMessage({ code: `check.${code}.${key}`, params }, locale, 'check');
  return {
    code,
    severity,
    params,
    object,
    message: text(severity),
    action: severity === 'pass' ? null : text('action'),
  };
}

/** Why an edit cannot be made comes as a code of `reason.`; the server's refusal has its own words. */
function withReasonText({ code, params }: Check, locale: Locale): Check['params'] {
  const { reason } = params;
  if (code !== 'server_dry_run' || typeof reason !== 'string') return params;
  return { ...params, message: renderMessage({ code: reason, params }, locale) };
}
