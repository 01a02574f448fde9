/** Validation of `metadata`, the same for every kind. */
import type { KubeObject } from '../core/objects.ts';
import { forbiddenField, invalidValue, required, tooLong, type FieldError } from './status.ts';

const annotationsLimitBytes = 262_144;
const labelValue = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const labelName = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const dnsLabel = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const dns1035Label = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const dns1035Rule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const qualifiedNameRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** RBAC names may hold anything but these. */
function validatePathSegment(name: string): string | undefined {
  if (name === '.' || name === '..') return `may not be '${name}'`;
  const bad = ['/', '%'].find((character) => name.includes(character));
  return bad ? `may not contain '${bad}'` : undefined;
}

function nameProblem(kind: string, name: string): string | undefined {
  if (/^(Cluster)?Role(Binding)?$/.test(kind)) return validatePathSegment(name);
  const [pattern, rule, limit] =
    kind === 'Namespace'
      ? [dnsLabel, labelRule, 63]
      : kind === 'Service'
        ? [dns1035Label, dns1035Rule, 63]
        : [dnsSubdomain, subdomainRule, 253];
  if (name.length > limit) return `must be no more than ${limit} characters`;
  return pattern.test(name) ? undefined : rule;
}

/** Problem with a label or annotation key, in the server's words. */
export function qualifiedNameProblem(key: string): string | undefined {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length > 2) {
    return "a valid label key must consist of alphanumeric characters, '-', '_' or '.', with an optional DNS subdomain prefix and '/'";
  }
  if (parts.length === 2 && !dnsSubdomain.test(parts[0] ?? '')) return `prefix part ${subdomainRule}`;
  if (name === '') return 'name part must be non-empty';
  if (name.length > 63) return 'name part must be no more than 63 bytes';
  return labelName.test(name) ? undefined : qualifiedNameRule;
}

/** Findings on a map of labels at `path`. */
export function validateLabels(labels: Record<string, string> | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => {
    const errors: FieldError[] = [];
    const keyProblem = qualifiedNameProblem(key);
    if (keyProblem) errors.push(invalidValue(path, key, keyProblem));
    if (value.length > 63) errors.push(invalidValue(path, value, 'must be no more than 63 bytes'));
    else if (!labelValue.test(value)) errors.push(invalidValue(path, value, labelValueRule));
    return errors;
  });
}

function validateAnnotations(annotations: Record<string, string> | undefined): FieldError[] {
  const path = 'metadata.annotations';
  let bytes = 0;
  const errors = Object.entries(annotations ?? {}).flatMap(([key, value]) => {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    const problem = qualifiedNameProblem(key.toLowerCase());
    return problem ? [invalidValue(path, key, problem)] : [];
  });
  if (bytes > annotationsLimitBytes) errors.push(tooLong(path, annotationsLimitBytes));
  return errors;
}

/** All findings on `metadata`. */
export function validateMetadata(object: KubeObject, namespaced: boolean): FieldError[] {
  const { name, namespace, generateName, labels, annotations, ownerReferences = [], finalizers = [] } = object.metadata;
  const errors: FieldError[] = [];
  if (!name) errors.push(required('metadata.name', 'name or generateName is required'));
  else {
    const problem = nameProblem(object.kind, name);
    if (problem) errors.push(invalidValue('metadata.name', name, problem));
  }
  if (typeof generateName === 'string' && generateName !== '') {
    const problem = nameProblem(object.kind, `${generateName.replace(/[-.]$/, '')}`);
    if (problem) errors.push(invalidValue('metadata.generateName', generateName, problem));
  }
  if (namespaced && !namespace) errors.push(required('metadata.namespace'));
  if (!namespaced && namespace) {
    errors.push(forbiddenField('metadata.namespace', 'not allowed on this type'));
  }
  errors.push(...validateLabels(labels, 'metadata.labels'), ...validateAnnotations(annotations));
  for (const owner of ownerReferences) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[field]) errors.push(invalidValue(`metadata.ownerReferences.${field}`, '', 'must not be empty'));
    }
  }
  const controllers = ownerReferences.filter((owner) => owner.controller).length;
  if (controllers > 1) {
    errors.push(
      invalidValue('metadata.ownerReferences', ownerReferences, 'Only one reference can have Controller set to true'),
    );
  }
  for (const finalizer of finalizers) {
    const problem = qualifiedNameProblem(finalizer);
    if (problem) errors.push(invalidValue('metadata.finalizers', finalizer, problem));
  }
  return errors;
}

/** Findings on a change of `metadata`: a deleted object gets no new finalizers. */
export function validateMetadataUpdate(before: KubeObject, after: KubeObject): FieldError[] {
  if (!before.metadata.deletionTimestamp) return [];
  const added = (after.metadata.finalizers ?? []).filter((name) => !before.metadata.finalizers?.includes(name));
  if (added.length === 0) return [];
  const list = added.map((name) => JSON.stringify(name)).join(', ');
  return [
    forbiddenField(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    ),
  ];
}
