import type { KubeObject, ObjectRef } from './kubernetes.ts';
import { mirrorAppLabel } from './names.ts';
import { ownLabels } from './ownership.ts';
import { safeMethods } from './request-match.ts';
import type { TaskSpec } from './task.ts';

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
  const { policies } = spec;
  if (!policies) return [];
  return [
    ...(policies.denyWrites ? [denyWrites(spec, policies)] : []),
    ...(policies.marker ? [marker(spec, policies)] : []),
  ];
}

/** The task's policy that an object's name is that of; null when it is none's. */
export function policyNamed(spec: TaskSpec, ref: Pick<ObjectRef, 'kind' | 'name'> | null): PolicyObject | null {
  return policiesOf(spec).find(({ kind, metadata }) => kind === ref?.kind && metadata.name === ref.name) ?? null;
}

type Policies = NonNullable<TaskSpec['policies']>;

/** The mirror's proxy answers every other method with 403; it looks at no host, so `-shadow` makes no difference. */
function denyWrites(spec: TaskSpec, { selector, securityApiVersion }: Policies): PolicyObject {
  return {
    apiVersion: securityApiVersion,
    kind: 'AuthorizationPolicy',
    metadata: metadataOf(spec, 'deny-writes'),
    spec: {
      selector: { matchLabels: { ...selector } },
      action: 'DENY',
      rules: [{ to: [{ operation: { notMethods: [...safeMethods] } }] }],
    },
  };
}

/** The mirror's proxy adds the header to what it hands its application, whatever the caller sent under that name. */
function marker(spec: TaskSpec, { selector }: Policies): PolicyObject {
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: metadataOf(spec, 'marker'),
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

function metadataOf({ namespace, name, service }: TaskSpec, what: string): PolicyObject['metadata'] {
  return { name: `${mirrorAppLabel(service.name, name)}-${what}`, namespace, labels: ownLabels(name) };
}
