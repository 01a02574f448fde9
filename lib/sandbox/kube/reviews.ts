/** Access and identity reviews of the caller: answers from RBAC, never stored. */
import type { ObjectReader } from '../core/objects.ts';
import { isObject, type JsonObject } from './json.ts';
import { allowance, pathAllowance, rulesFor, type PolicyRule } from './rbac.ts';
import { badRequest, invalid, invalidValue } from './status.ts';
import type { User } from './users.ts';

function text(object: JsonObject, field: string): string {
  const value = object[field];
  return typeof value === 'string' ? value : '';
}

function accessStatus(user: User, spec: JsonObject, reader: ObjectReader): object {
  const wanted = spec['resourceAttributes'];
  const path = spec['nonResourceAttributes'];
  let reason: string | undefined;
  if (isObject(wanted)) {
    const subresource = text(wanted, 'subresource');
    reason = allowance(
      user,
      {
        verb: text(wanted, 'verb'),
        group: text(wanted, 'group'),
        resource: subresource ? `${text(wanted, 'resource')}/${subresource}` : text(wanted, 'resource'),
        namespace: text(wanted, 'namespace') || undefined,
        name: text(wanted, 'name') || undefined,
      },
      reader,
    );
  } else if (isObject(path)) reason = pathAllowance(user, text(path, 'verb'), text(path, 'path'), reader);
  else {
    throw invalid('authorization.k8s.io', '', '', [
      invalidValue(
        'spec.resourceAttributes',
        null,
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    ]);
  }
  return reason === undefined ? { allowed: false } : { allowed: true, reason };
}

function rulesStatus(user: User, spec: JsonObject, reader: ObjectReader): object {
  const namespace = text(spec, 'namespace');
  if (!namespace) throw badRequest('no namespace on request');
  const rules: PolicyRule[] = rulesFor(user, namespace, reader).map(({ rule }) => rule);
  return {
    resourceRules: rules.filter((rule) => rule.resources),
    nonResourceRules: rules.filter((rule) => rule.nonResourceURLs),
    incomplete: false,
  };
}

/** Completes a review that the caller sent. */
export function answerReview(kind: string, body: unknown, user: User, reader: ObjectReader): object {
  const review: JsonObject = isObject(body) ? body : {};
  const spec: JsonObject = isObject(review['spec']) ? review['spec'] : {};
  const metadata = {};
  if (kind === 'SelfSubjectReview') {
    return {
      kind,
      apiVersion: 'authentication.k8s.io/v1',
      metadata,
      status: { userInfo: { username: user.name, groups: user.groups } },
    };
  }
  const status =
    kind === 'SelfSubjectAccessReview' ? accessStatus(user, spec, reader) : rulesStatus(user, spec, reader);
  return { kind, apiVersion: 'authorization.k8s.io/v1', metadata, spec, status };
}
