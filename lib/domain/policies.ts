import type { KubeObject, ObjectRef } from './kubernetes.ts';
import { mirrorAppLabel } from './names.ts';
import { ownLabels } from './ownership.ts';
import { safeMethods } from './request-match.ts';
import type { TaskPolicies, TaskSpec, TaskTarget } from './task.ts';
import { ownNameOf } from './targets.ts';

/** The header of the mirroring guide (section 6.3). */
export const markerHeader = 'X-Mirror-Request';

/** A policy for the mirror's proxies. */
export interface PolicyObject extends KubeObject {
  spec: object;
}

/** Kinds of the policies that a task may make. */
export const policyKinds = ['AuthorizationPolicy', 'EnvoyFilter'] as const;

/** The task's policies, whole: what its record says of them leaves nothing open. */
export function policiesOf(spec: TaskSpec): PolicyObject[] {
  return spec.targets.flatMap((target) => policiesOfTarget(spec, target));
}

/** Those that select the pods of one target. */
export function policiesOfTarget(spec: TaskSpec, target: TaskTarget): PolicyObject[] {
  const { policies } = target;
  if (!policies) return [];
  return [
    ...(policies.denyWrites ? [denyWrites(metadataOf(spec, target, 'deny-writes'), policies)] : []),
    ...(policies.marker ? [marker(metadataOf(spec, target, 'marker'), policies)] : []),
  ];
}

/** The task's policy that an object's name is that of; null when it is none's. */
export function policyNamed(spec: TaskSpec, ref: Pick<ObjectRef, 'kind' | 'name'> | null): PolicyObject | null {
  return policiesOf(spec).find(({ kind, metadata }) => kind === ref?.kind && metadata.name === ref.name) ?? null;
}

/** The mirror's proxy answers every other method with 403; it looks at no host, so `-shadow` makes no difference. */
function denyWrites(metadata: PolicyObject['metadata'], { selector, securityApiVersion }: TaskPolicies): PolicyObject {
  return {
    apiVersion: securityApiVersion,
    kind: 'AuthorizationPolicy',
    metadata,
    spec: {
      selector: { matchLabels: { ...selector } },
      action: 'DENY',
      rules: [{ to: [{ operation: { notMethods: [...safeMethods] } }] }],
    },
  };
}

/** The mirror's proxy adds the header to what it hands its application, whatever the caller sent under that name. */
function marker(metadata: PolicyObject['metadata'], { selector }: TaskPolicies): PolicyObject {
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata,
    spec: {
      workloadSelector: { labels: { ...selector } },
      configPatches: [
        {
          applyTo: 'VIRTUAL_HOST',
          match: { context: 'SIDECAR_INBOUND' },
          patch: {
            operation: 'MERGE',
            value: {
              request_headers_to_add: [
                { header: { key: markerHeader, value: 'true' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
              ],
            },
          },
        },
      ],
    },
  };
}

function metadataOf(spec: TaskSpec, target: TaskTarget, what: string): PolicyObject['metadata'] {
  const { namespace, name, service } = spec;
  return {
    name: `${mirrorAppLabel(service.name, ownNameOf(spec, target))}-${what}`,
    namespace,
    labels: ownLabels(name),
  };
}
