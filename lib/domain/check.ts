import type { ObjectRef } from './kubernetes.ts';

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

/** Every check of this release. A plan is feasible when none of them fails. */
export const checkCodes = [
  'http_port',
  'sidecar_primary',
  'sidecar_mirror',
  'sidecar_callers',
  'version_primary',
  'version_new',
  'containers',
  'workload_exists',
  'duplicate_host',
  'virtual_service_routes',
  'subset_exists',
  'destination_rule_path',
  'port_exists',
  'existing_mirror',
  'target_serves_live',
  'selected_by_accident',
  'placement_subset',
  'owner_tool',
  'shared_state',
  'unreadable',
  'permissions',
  'server_dry_run',
] as const;
export type CheckCode = (typeof checkCodes)[number];
