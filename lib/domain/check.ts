import type { KubeObject, ObjectRef } from './kubernetes.ts';

export type CheckSeverity = 'pass' | 'warn' | 'fail' | 'unknown';

/**
 * One preflight finding. Texts: `check.<code>.<severity>` in messages/, params filled in; `action` says what to do:
 * `check.<code>.action`.
 */
export interface Check {
  code: CheckCode;
  severity: CheckSeverity;
  params: Record<string, string | number>;
  object: ObjectRef | null;
}

/** Every check of this release. A plan is feasible when there is one and none of them fails. */
export const checkCodes = [
  'service',
  'http_port',
  'sidecar_primary',
  'sidecar_mirror',
  'sidecar_callers',
  'version_primary',
  'version_new',
  'containers',
  'workload_exists',
  'istio',
  'ambient',
  'clusters',
  'duplicate_host',
  'virtual_service_routes',
  'subset_exists',
  'destination_rule_path',
  'port_exists',
  'existing_mirror',
  'entrances',
  'sidecar_egress',
  'target_serves_live',
  'target_service',
  'target_port',
  'target_visible',
  'target_pods',
  'target_own_traffic',
  'external_entry',
  'external_tls',
  'external_called',
  'external_reach',
  'external_leaves',
  'selected_by_accident',
  'authorization',
  'mtls',
  'limits',
  'body_size',
  'shadow_host',
  'quota',
  'slo_pollution',
  'placement_subset',
  'owner_tool',
  'task_records',
  'task_rival',
  'shared_state',
  'writes_copied',
  'deny_writes',
  'marker',
  'unreadable',
  'permissions',
  'server_dry_run',
] as const;
export type CheckCode = (typeof checkCodes)[number];

type Params = Check['params'];

/** A finding of a severity. */
export function finding(
  severity: CheckSeverity,
  code: CheckCode,
  object: ObjectRef | null,
  params: Params = {},
): Check {
  return { code, severity, params, object };
}

/** The findings, or one `pass` when there are none: what was looked at is always told. */
export function orPass(
  found: readonly Check[],
  code: CheckCode,
  object: ObjectRef | null,
  params: Params = {},
): Check[] {
  return found.length > 0 ? [...found] : [finding('pass', code, object, params)];
}

/** Names an object in a finding. */
export function refTo({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
}

/** The first names of a list as text; the rest as a number. */
export function listText(names: readonly string[], max = 5): string {
  const rest = names.length - max;
  return rest > 0 ? `${names.slice(0, max).join(', ')} +${rest}` : names.join(', ');
}
