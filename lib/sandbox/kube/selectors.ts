/** Label and field selectors of list, watch and deletecollection. */
import type { KubeObject } from '../core/objects.ts';
import { badRequest, type ApiError } from './status.ts';

type Labels = Readonly<Record<string, string>>;

/** True when the object is selected. */
export type Selector = (object: KubeObject) => boolean;

const labelKey = '(?:[a-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?';
const setRequirement = new RegExp(`^(${labelKey})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const equalityRequirement = new RegExp(`^(${labelKey})\\s*(==|=|!=)\\s*([A-Za-z0-9_.-]*)$`);
const orderRequirement = new RegExp(`^(${labelKey})\\s*(>|<)\\s*(-?\\d+)$`);
const existsRequirement = new RegExp(`^(!?)\\s*(${labelKey})$`);

/** Splits at commas that are not inside parentheses. */
function splitRequirements(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function toRequirement(text: string, whole: string): (labels: Labels) => boolean {
  const set = setRequirement.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return operator === 'in'
      ? (labels) => labels[key] !== undefined && values.includes(labels[key])
      : (labels) => labels[key] === undefined || !values.includes(labels[key]);
  }
  const equality = equalityRequirement.exec(text);
  if (equality) {
    const [, key = '', operator, value] = equality;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const order = orderRequirement.exec(text);
  if (order) {
    const [, key = '', operator, value] = order;
    return (labels) => {
      const actual = Number.parseInt(labels[key] ?? '', 10);
      if (Number.isNaN(actual)) return false;
      return operator === '>' ? actual > Number(value) : actual < Number(value);
    };
  }
  const exists = existsRequirement.exec(text);
  if (exists) {
    const [, negated, key = ''] = exists;
    return (labels) => (labels[key] !== undefined) !== (negated === '!');
  }
  throw badRequest(`unable to parse requirement: found '${text}' in "${whole}"`);
}

/** Parses `a=b,c!=d,e in (f,g),!h`; throws 400 where it is malformed. */
export function parseLabelSelector(text: string): Selector {
  const requirements = splitRequirements(text).map((part) => toRequirement(part, text));
  return (object) => {
    const labels = object.metadata.labels ?? {};
    return requirements.every((matches) => matches(labels));
  };
}

const anyKindFields: Record<string, (object: KubeObject) => string> = {
  'metadata.name': (object) => object.metadata.name,
  'metadata.namespace': (object) => object.metadata.namespace ?? '',
};

const kindFields: Record<string, Record<string, (object: KubeObject) => string>> = {
  Pod: {
    'spec.nodeName': (pod) => pod.spec?.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec?.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec?.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec?.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIP ?? '',
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
  Event: {
    'involvedObject.kind': (event) => event.involvedObject?.kind ?? '',
    'involvedObject.namespace': (event) => event.involvedObject?.namespace ?? '',
    'involvedObject.name': (event) => event.involvedObject?.name ?? '',
    'involvedObject.uid': (event) => event.involvedObject?.uid ?? '',
    'involvedObject.apiVersion': (event) => event.involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': (event) => event.involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': (event) => event.involvedObject?.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component ?? '',
    type: (event) => event.type ?? '',
  },
  Namespace: { 'status.phase': (namespace) => namespace.status?.phase ?? '' },
  Node: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) },
  Secret: { type: (secret) => secret.type ?? '' },
  ReplicaSet: { 'status.replicas': (replicaSet) => String(replicaSet.status?.replicas ?? 0) },
  Service: {
    'spec.clusterIP': (service) => service.spec?.clusterIP ?? '',
    'spec.type': (service) => service.spec?.type ?? '',
  },
};

function unknownField(field: string, kind: string): ApiError {
  return badRequest(
    kindFields[kind]
      ? `field label not supported: ${field}`
      : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

/** Parses `metadata.name=x,status.phase!=Running`; throws 400 for a field the kind does not index. */
export function parseFieldSelector(text: string, kind: string): Selector {
  const requirements = splitRequirements(text).map((part) => {
    const parsed = /^([^=!]+)(==|=|!=)(.*)$/.exec(part);
    if (!parsed) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const [, field = '', operator, value] = parsed;
    const read = anyKindFields[field] ?? kindFields[kind]?.[field];
    if (!read) throw unknownField(field, kind);
    return (object: KubeObject) => (read(object) === value) === (operator !== '!=');
  });
  return (object) => requirements.every((matches) => matches(object));
}

interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** A `metav1.LabelSelector` of a spec; an absent one selects nothing, an empty one everything. */
export function selectsLabels(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (!selector) return false;
  const actual = labels ?? {};
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => actual[key] === value);
  if (!equal) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = actual[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    if (operator === 'In') return value !== undefined && values.includes(value);
    return value === undefined || !values.includes(value);
  });
}

/** `a=b,c=d`, as the scale subresource shows a selector. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  return Object.entries(selector?.matchLabels ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
