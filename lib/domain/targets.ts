import { serviceHost } from './names.ts';
import type { ExternalTarget, ServiceTarget, TargetInput, TaskSpec, VersionTarget } from './task.ts';

/**
 * True for a target that is a version of the service itself. Only of these the console knows that no client calls them:
 * what arrives there are copies.
 */
export function isVersionTarget(target: TargetInput): target is VersionTarget {
  return target.kind === 'version';
}

/** The Service that gets a task's copies beside its own clients' requests; null for another kind of target. */
export function serviceTargetOf({ target }: Pick<TaskSpec, 'target'>): ServiceTarget | null {
  return target.input.kind === 'service' ? target.input : null;
}

/** The host outside the mesh that gets a task's copies; null for another kind of target. */
export function externalTargetOf({ target }: Pick<TaskSpec, 'target'>): ExternalTarget | null {
  return target.input.kind === 'external' ? target.input : null;
}

/** Host that mirror entries name for a target outside the service; null for a version of it: its placement decides. */
export function hostOfTarget(target: TargetInput): string | null {
  if (target.kind === 'external') return target.host;
  return target.kind === 'service' ? serviceHost(target.name, target.namespace) : null;
}

/** Deployment of the service that gets the copies; empty where there is none. */
export function workloadOf({ target }: Pick<TaskSpec, 'target'>): string {
  return target.workload ?? '';
}

/** How people call what gets the copies: `v2`, `httpbin.demo-project`. */
export function targetText({ target }: Pick<TaskSpec, 'target'>): string {
  const { input, workload, version } = target;
  if (input.kind === 'service') return `${input.name}.${input.namespace}`;
  if (input.kind === 'external') return input.host;
  return version === '' ? (workload ?? '') : version;
}
