/** Role-based access control, evaluated from the Roles and bindings in the store. */
import type { KubeObject, ObjectReader } from '../core/objects.ts';
import { ApiError, forbidden, type GroupResource } from './status.ts';
import type { User } from './users.ts';

export interface ResourceAttributes {
  verb: string;
  group: string;
  /** Plural, with `/subresource` where one is asked for. */
  resource: string;
  namespace?: string | undefined;
  name?: string | undefined;
}

export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

interface BoundRule {
  rule: PolicyRule;
  reason: string;
}

function isSubject(subject: Subject, user: User): boolean {
  if (subject.kind === 'User') return subject.name === user.name;
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  return user.name === `system:serviceaccount:${subject.namespace}:${subject.name}`;
}

function rulesOfBinding(binding: KubeObject, user: User, reader: ObjectReader): BoundRule[] {
  const subject = (binding['subjects'] as Subject[] | undefined)?.find((candidate) => isSubject(candidate, user));
  if (!subject) return [];
  const { kind, name } = binding['roleRef'] as { kind: string; name: string };
  const { namespace } = binding.metadata;
  const role = reader.get('rbac.authorization.k8s.io', kind, kind === 'Role' ? namespace : undefined, name);
  const bindingName = namespace ? `${binding.metadata.name}/${namespace}` : binding.metadata.name;
  const reason = `RBAC: allowed by ${binding.kind} ${JSON.stringify(bindingName)} of ${kind} ${JSON.stringify(name)} to ${subject.kind} ${JSON.stringify(subject.name)}`;
  return ((role?.['rules'] ?? []) as PolicyRule[]).map((rule) => ({ rule, reason }));
}

/** Every rule that holds for a user in a namespace (cluster-wide ones included). */
export function rulesFor(user: User, namespace: string | undefined, reader: ObjectReader): BoundRule[] {
  const group = 'rbac.authorization.k8s.io';
  const bindings = [
    ...reader.list(group, 'ClusterRoleBinding'),
    ...(namespace ? reader.list(group, 'RoleBinding', namespace) : []),
  ];
  return bindings.flatMap((binding) => rulesOfBinding(binding, user, reader));
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list?.some((item) => item === '*' || item === value) ?? false;
}

function allowsResource(rule: PolicyRule, { verb, group, resource, name }: ResourceAttributes): boolean {
  const subresource = resource.split('/')[1];
  const isNamed =
    includes(rule.resources, resource) || (subresource !== undefined && includes(rule.resources, `*/${subresource}`));
  const nameMatches = !rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name));
  return includes(rule.verbs, verb) && includes(rule.apiGroups, group) && isNamed && nameMatches;
}

/** Why a user may do this, or undefined when nothing allows it. */
export function allowance(user: User, attributes: ResourceAttributes, reader: ObjectReader): string | undefined {
  return rulesFor(user, attributes.namespace, reader).find(({ rule }) => allowsResource(rule, attributes))?.reason;
}

/** Why a user may read a path that is no resource, or undefined. */
export function pathAllowance(user: User, verb: string, path: string, reader: ObjectReader): string | undefined {
  return rulesFor(user, undefined, reader).find(
    ({ rule }) =>
      includes(rule.verbs, verb) &&
      rule.nonResourceURLs?.some((url) => url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)))),
  )?.reason;
}

/** Throws the server's 403 when a user may not do this. */
export function authorize(user: User, attributes: ResourceAttributes, reader: ObjectReader): void {
  if (allowance(user, attributes, reader) !== undefined) return;
  const { verb, group, resource, namespace, name } = attributes;
  const about: GroupResource = { group, plural: resource.split('/')[0] ?? resource };
  const scope = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  throw forbidden(
    about,
    name ?? '',
    `User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${scope}`,
  );
}

/** Throws the server's 403 for a path that is no resource. */
export function authorizePath(user: User, verb: string, path: string, reader: ObjectReader): void {
  if (pathAllowance(user, verb, path, reader) !== undefined) return;
  throw new ApiError(403, 'Forbidden', `forbidden: User "${user.name}" cannot ${verb} path "${path}"`, {});
}
