import type { ConfigMap } from './kubernetes.ts';
import type { MessageRef } from './message.ts';
import { hostProblem } from './names.ts';
import { ownLabels } from './ownership.ts';
import { hasSafeShares, isSafe } from './record-safety.ts';
import { mirrorFieldNames } from './route-mirror.ts';
import { canonicalJson, stableHash } from './structure.ts';
import { deliveries, passages, placements, recordNamePrefix, taskLabel, type TaskRecord } from './task.ts';

const recordKey = 'record';
/** Largest record, in bytes of UTF-8: far below etcd's limit, so that one task cannot fill the watch cache. */
export const recordMaxBytes = 256 * 1024;
const activityMaxEntries = 200;

/** The record's text does not fit even without its activity. */
export class RecordTooLargeError extends Error {
  readonly bytes: number;

  constructor(bytes: number) {
    super(`the task record has ${bytes} bytes, ${recordMaxBytes} at most`);
    this.name = 'RecordTooLargeError';
    this.bytes = bytes;
  }
}

/**
 * The ConfigMap that holds a record. Oldest activity is dropped first to keep it within `recordMaxBytes`.
 * @throws RecordTooLargeError when the rest is too large by itself
 */
export function toConfigMap(record: TaskRecord): ConfigMap {
  const { namespace, name } = record.spec;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: recordNamePrefix + name, namespace, labels: ownLabels(name) },
    data: { [recordKey]: fitted(record) },
  };
}

/**
 * Reads a record; the problem's text is `reason.<code>`. One that names another task is refused, and one that would
 * have the console write what no task of its service does: see `isSafe`.
 */
export function fromConfigMap(map: ConfigMap): { record: TaskRecord } | { problem: MessageRef } {
  const { namespace = '', name, labels } = map.metadata;
  const refuse = (code: string) => ({ problem: { code, params: { namespace, name } } });
  const text = map.data?.[recordKey];
  if (text === undefined) return refuse('record_empty');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('record_unreadable');
  }
  if (!isObject(value)) return refuse('record_unreadable');
  if (value.schemaVersion !== 1 && value.schemaVersion !== 2) return refuse('record_version');
  const record = value.schemaVersion === 1 ? withTargets(value) : value;
  if (!isRecord(record)) return refuse('record_unreadable');
  const { spec } = record;
  const isItsOwn =
    spec.namespace === namespace && recordNamePrefix + spec.name === name && labels?.[taskLabel] === spec.name;
  if (!isItsOwn) return refuse('record_misplaced');
  return isSafe(spec) && hasSafeShares(record) ? { record } : refuse('record_unsafe');
}

/** True for a finished task that kept nothing: its record is all that is left of it, and it claims no object. */
export function isCleanedUp({ desired, operation, keepsWorkload }: TaskRecord): boolean {
  return desired === 'finished' && operation === null && keepsWorkload !== true;
}

/** Hash of what the operator asked for, without the basis: two submits of one form are told from two tasks. */
export function inputHash(input: object): string {
  const { basis: _basis, ...wanted } = input as { basis?: unknown };
  return stableHash(canonicalJson(wanted));
}

function fitted(record: TaskRecord): string {
  let activity = record.activity.slice(-activityMaxEntries);
  for (;;) {
    const text = JSON.stringify({ ...record, activity });
    const bytes = new TextEncoder().encode(text).length;
    if (bytes <= recordMaxBytes) return text;
    if (activity.length === 0) throw new RecordTooLargeError(bytes);
    activity = activity.slice(Math.ceil(activity.length / 2));
  }
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Shape of what planners and views read; written by us, but anybody who may edit ConfigMaps can edit it. */
function isRecord(value: Fields): value is Fields & TaskRecord {
  const { spec, operation, activity, desired } = value;
  return (
    isObject(spec) &&
    isSpec(spec) &&
    isListOf(activity, isActivityEntry) &&
    (value.mirroredPercentages === undefined || areNumbers(value.mirroredPercentages)) &&
    (value.keepsWorkload === undefined || typeof value.keepsWorkload === 'boolean') &&
    isReport(value.report) &&
    isRamp(value.ramp, Array.isArray(spec.targets) ? spec.targets.length : 0) &&
    desires.some((one) => one === desired) &&
    areTexts(value, ['createdAt', 'createdBy', 'inputHash', 'percentageSince', 'desiredSince']) &&
    (value.begun === undefined || typeof value.begun === 'boolean') &&
    (operation === null || (isObject(operation) && isOperation(operation)))
  );
}

const desires: readonly TaskRecord['desired'][] = ['mirroring', 'paused', 'finished', 'deleted'];

function isRamp(ramp: unknown, targets: number): boolean {
  if (ramp === undefined || ramp === null) return true;
  if (!isObject(ramp)) return false;
  const { steps, step, since, held } = ramp;
  return (
    areTexts(ramp, ['holder', 'renewedAt', 'startedBy']) &&
    isFilled(steps) &&
    isListOf(steps, (one) => isObject(one) && isRampStep(one, targets)) &&
    isCount(step) &&
    Array.isArray(steps) &&
    Number(step) < steps.length &&
    (since === null || isTime(since)) &&
    (held === null ||
      (isObject(held) && isTime(held.since) && isMessage(held.reason) && isDuration(held.passedSeconds)))
  );
}

/** Of several targets a step says the share of each. */
function isRampStep({ percentage, percentages, holdSeconds }: Fields, targets: number): boolean {
  const isOfEach = Array.isArray(percentages) && percentages.length === targets && percentages.every(isShare);
  return isShare(percentage) && isDuration(holdSeconds) && (percentages === undefined ? targets === 1 : isOfEach);
}

/** Seconds that a time can be counted on by. */
function isDuration(value: unknown): boolean {
  return isCount(value) && Number(value) < 1e10;
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= 100;
}

/** What a page shows as it stands: checked down to the numbers. */
function isReport(report: unknown): boolean {
  if (report === undefined || report === null) return true;
  if (!isObject(report) || !areTexts(report, ['begin', 'end']) || !isMeasured(report)) return false;
  const { others } = report;
  const isOther = (other: unknown) => isObject(other) && areTexts(other, ['target']) && isMeasured(other);
  return others === undefined || isListOf(others, isOther);
}

function isMeasured({ percentage, figures, reason }: Fields): boolean {
  return (
    typeof percentage === 'number' &&
    (reason === null || isMessage(reason)) &&
    (figures === null || (isObject(figures) && isFigures(figures)))
  );
}

function isFigures({ coverage, sides, differences }: Fields): boolean {
  return (
    isObject(coverage) &&
    areNumbersOrNull(coverage, ['value', 'low', 'high', 'arrivedPerSecond', 'expectedPerSecond']) &&
    (coverage.reason === null || isMessage(coverage.reason)) &&
    isListOf(
      sides,
      (side) =>
        isObject(side) &&
        areTexts(side, ['side']) &&
        areNumbersOrNull(side, ['requests', 'successPercent', 'p50', 'p95', 'p99']),
    ) &&
    isListOf(
      differences,
      (item) =>
        isObject(item) &&
        areTexts(item, ['metric', 'unit']) &&
        areNumbersOrNull(item, ['value', 'low', 'high', 'samples']),
    )
  );
}

function areNumbersOrNull(value: Fields, names: readonly string[]): boolean {
  return names.every((name) => value[name] === null || typeof value[name] === 'number');
}

function isSpec(spec: Fields): boolean {
  const { service, targets, subsets } = spec;
  return (
    areNames(spec, ['namespace', 'name']) &&
    typeof spec.description === 'string' &&
    isIstioApiVersion(spec.istioApiVersion) &&
    (spec.selection === undefined || isSelection(spec.selection)) &&
    (spec.routes === undefined ||
      isListOf(
        spec.routes,
        (route) => isObject(route) && areNames(route, ['namespace', 'virtualService']) && areTexts(route, ['route']),
      )) &&
    (spec.delivery === undefined || deliveries.some((delivery) => delivery === spec.delivery)) &&
    isObject(service) &&
    areNames(service, ['name', 'host']) &&
    isListOf(service.ports, (port) => typeof port === 'number') &&
    isFilled(spec.primary) &&
    isListOf(spec.primary, (item) => isObject(item) && areNames(item, ['workload']) && areTexts(item, ['version'])) &&
    isFilled(targets) &&
    isListOf(targets, (target) => isObject(target) && isTarget(target)) &&
    isManifest(spec.virtualService, 'VirtualService', isIstioApiVersion) &&
    isListOf(spec.entries, isEntry) &&
    (spec.leaving === undefined || isListOf(spec.leaving, isEntry)) &&
    (spec.copiesEveryRequest === undefined || typeof spec.copiesEveryRequest === 'boolean') &&
    isListOf(spec.pins, isPin) &&
    (subsets === null || (isObject(subsets) && isSubsetPlan(subsets)))
  );
}

function isTarget(target: Fields): boolean {
  const { policies } = target;
  return (
    areTexts(target, ['id', 'version']) &&
    (target.passage === undefined || passages.some((passage) => passage === target.passage)) &&
    (target.hasTaskName === undefined || typeof target.hasTaskName === 'boolean') &&
    typeof target.percentage === 'number' &&
    (target.placement === null || placements.some((placement) => placement === target.placement)) &&
    isMessage(target.placementReason) &&
    (target.workload === null || areNames(target, ['workload'])) &&
    (target.behind === undefined || isListOf(target.behind, isName)) &&
    typeof target.created === 'boolean' &&
    isObject(target.input) &&
    isTargetInput(target.input) &&
    isManifest(target.deployment, 'Deployment', (apiVersion) => apiVersion === 'apps/v1') &&
    isManifest(target.mirrorService, 'Service', (apiVersion) => apiVersion === 'v1') &&
    isExternal(target.external) &&
    (policies === undefined || policies === null || (isObject(policies) && arePolicies(policies)))
  );
}

/** Fields of a version 1 spec that are its only target's. */
const targetFields = [
  'percentage',
  'placement',
  'placementReason',
  'deployment',
  'mirrorService',
  'external',
  'policies',
] as const;

/** A record of version 1, which knew of one target, as one of today; what is not like one is found when it is checked. */
function withTargets(record: Fields): Fields {
  const { spec, mirroredPercentage, operation, ...rest } = record;
  if (!isObject(spec) || !isObject(spec.target)) return record;
  const { target, ...shared } = spec;
  const moved: Fields = { ...target };
  for (const field of targetFields) {
    if (field in shared) moved[field] = shared[field];
    delete shared[field];
  }
  return {
    ...rest,
    schemaVersion: 2,
    spec: { ...shared, targets: [moved] },
    ...(mirroredPercentage === undefined ? {} : { mirroredPercentages: [mirroredPercentage] }),
    operation: isObject(operation) ? { ...operation, ...withPercentages(operation.before) } : operation,
  };
}

function withPercentages(before: unknown): Fields {
  if (!isObject(before)) return {};
  const { percentage, ...rest } = before;
  return { before: { ...rest, percentages: [percentage] } };
}

function isSelection(selection: unknown): boolean {
  return (
    isObject(selection) &&
    isListOf(selection.match, (match) => isObject(match) && isRequestMatch(match)) &&
    (selection.methods === null ||
      (isFilled(selection.methods) &&
        isListOf(selection.methods, (method) => typeof method === 'string' && /^[A-Z]+$/.test(method))))
  );
}

function isRequestMatch({ headers, method, path, ...others }: Fields): boolean {
  return (
    Object.keys(others).length === 0 &&
    (headers === undefined || (isObject(headers) && Object.values(headers).every(isStringMatch))) &&
    (method === undefined || isStringMatch(method)) &&
    (path === undefined || isStringMatch(path))
  );
}

function isStringMatch(match: unknown): boolean {
  if (!isObject(match)) return false;
  const [kind, ...more] = Object.keys(match);
  return more.length === 0 && (kind === undefined || (/^(exact|prefix|regex)$/.test(kind) && areTexts(match, [kind])));
}

function isTargetInput(input: Fields): boolean {
  if (input.kind === 'external')
    return (
      typeof input.host === 'string' &&
      hostProblem(input.host) === null &&
      isPort(input.port) &&
      typeof input.tls === 'boolean'
    );
  if (input.kind === 'service') return areNames(input, ['namespace', 'name']) && isPort(input.port);
  if (input.kind !== 'version') return false;
  if ('existing' in input) return areNames(input, ['existing']);
  return (
    typeof input.version === 'string' &&
    typeof input.replicas === 'number' &&
    isListOf(input.containers, (item) => isObject(item) && areTexts(item, ['name']))
  );
}

function isExternal(external: unknown): boolean {
  if (external === undefined || external === null) return true;
  if (!isObject(external) || external.serviceEntry === null) return false;
  return (
    isManifest(external.serviceEntry, 'ServiceEntry', isIstioApiVersion) &&
    isManifest(external.tlsRule, 'DestinationRule', isIstioApiVersion)
  );
}

function isEntry(entry: unknown): boolean {
  if (!isObject(entry)) return false;
  const { destination, cloneName, replaced, target } = entry;
  return (
    isNamed(entry.virtualService) &&
    isRouteKey(entry.route) &&
    (entry.origin === undefined || isRouteKey(entry.origin)) &&
    (target === undefined || typeof target === 'string') &&
    isObject(destination) &&
    areNames(destination, ['host']) &&
    typeof destination.port === 'number' &&
    isTextOrNull(destination.subset) &&
    (entry.port === undefined || isPort(entry.port)) &&
    isTextOrNull(cloneName) &&
    (entry.matchPort === undefined || entry.matchPort === null || typeof entry.matchPort === 'number') &&
    (replaced === null || (isObject(replaced) && areMirrorFields(replaced)))
  );
}

/** Of a route's fields only those that say what it copies. */
function areMirrorFields(fields: Fields): boolean {
  const { mirror, mirrors } = fields;
  const isDestination = (value: unknown) => isObject(value) && typeof value.host === 'string';
  return (
    Object.keys(fields).every((key) => mirrorFieldNames.some((name) => name === key)) &&
    (mirror === undefined || isDestination(mirror)) &&
    (mirrors === undefined || isListOf(mirrors, (policy) => isObject(policy) && isDestination(policy.destination)))
  );
}

function isPin(pin: unknown): boolean {
  return (
    isObject(pin) &&
    isNamed(pin.virtualService) &&
    isRouteKey(pin.route) &&
    typeof pin.destinationIndex === 'number' &&
    typeof pin.subset === 'string'
  );
}

function isSubsetPlan(plan: Fields): boolean {
  return (
    isNamed(plan.destinationRule) &&
    typeof plan.created === 'boolean' &&
    typeof plan.host === 'string' &&
    isListOf(plan.subsets, (item) => isObject(item) && isSubset(item))
  );
}

function isSubset(subset: Fields): boolean {
  const { labels, created } = subset;
  const areLabels = isObject(labels) && areTexts(labels, Object.keys(labels));
  return areTexts(subset, ['name', 'role']) && areLabels && typeof created === 'boolean';
}

function arePolicies({ denyWrites, marker, selector, securityApiVersion }: Fields): boolean {
  return (
    typeof denyWrites === 'boolean' &&
    typeof marker === 'boolean' &&
    isObject(selector) &&
    areTexts(selector, Object.keys(selector)) &&
    typeof securityApiVersion === 'string' &&
    /^security\.istio\.io\/v\d[a-z0-9]*$/.test(securityApiVersion)
  );
}

function isOperation(operation: Fields): boolean {
  return (
    areTexts(operation, ['verb', 'holder', 'startedAt', 'renewedAt', 'startedBy']) &&
    (operation.released === undefined || typeof operation.released === 'boolean') &&
    (operation.mayHavePutIn === undefined || typeof operation.mayHavePutIn === 'boolean') &&
    isBefore(operation.before) &&
    (operation.workloads === undefined || isListOf(operation.workloads, isWorkloadChange)) &&
    isListOf(operation.steps, isStep)
  );
}

function isBefore(before: unknown): boolean {
  if (before === undefined || before === null) return true;
  if (!isObject(before) || !areNumbers(before.percentages) || !isSelected(before.selected)) return false;
  if (before.targets !== undefined && !isListOf(before.targets, (id) => typeof id === 'string')) return false;
  return before.desired === 'mirroring' || before.desired === 'paused';
}

function isSelected(selected: unknown): boolean {
  if (selected === undefined) return true;
  if (!isObject(selected)) return false;
  const { selection, copiesEveryRequest } = selected;
  return (
    (selection === null || isSelection(selection)) &&
    (copiesEveryRequest === undefined || typeof copiesEveryRequest === 'boolean')
  );
}

function isWorkloadChange(change: unknown): boolean {
  if (!isObject(change) || !areTexts(change, ['target'])) return false;
  const { from, to, takesBack } = change;
  return typeof takesBack === 'boolean' && areWorkloadFields(from) && areWorkloadFields(to);
}

function areWorkloadFields(fields: unknown): boolean {
  if (!isObject(fields)) return false;
  const { replicas, containers } = fields;
  return (replicas === undefined || isCount(replicas)) && isListOf(containers, isContainerChange);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0;
}

function isContainerChange(change: unknown): boolean {
  if (!isObject(change) || !areTexts(change, ['name'])) return false;
  const { image, env, resources } = change;
  return (
    (image === undefined || typeof image === 'string') &&
    (env === undefined || isListOf(env, (one) => isObject(one) && areTexts(one, ['name']))) &&
    (resources === undefined ||
      (isObject(resources) &&
        [resources.requests, resources.limits].every((one) => one === undefined || isObject(one))))
  );
}

function isStep(step: unknown): boolean {
  if (!isObject(step) || !areTexts(step, ['id', 'verb', 'state'])) return false;
  const { object, message } = step;
  const isRef = isObject(object) && areTexts(object, ['apiVersion', 'kind', 'namespace', 'name']);
  return (object === null || isRef) && (message === null || isMessage(message));
}

function isActivityEntry(entry: unknown): boolean {
  if (!isObject(entry) || !areTexts(entry, ['at', 'by', 'verb', 'outcome'])) return false;
  const { detail, percentage, percentages } = entry;
  if (percentages !== undefined && !areNumbers(percentages)) return false;
  return (detail === null || isMessage(detail)) && (percentage === null || typeof percentage === 'number');
}

/** An object of ours to create, or null: of just that kind and version, since both become part of a URL. */
function isManifest(object: unknown, kind: string, isApiVersion: (apiVersion: unknown) => boolean): boolean {
  if (object === null) return true;
  return (
    isObject(object) &&
    object.kind === kind &&
    isApiVersion(object.apiVersion) &&
    isObject(object.metadata) &&
    areNames(object.metadata, ['namespace', 'name']) &&
    isObject(object.spec)
  );
}

function isIstioApiVersion(value: unknown): boolean {
  return typeof value === 'string' && /^networking\.istio\.io\/v\d[a-z0-9]*$/.test(value);
}

function isMessage(value: unknown): boolean {
  return isObject(value) && typeof value.code === 'string' && isObject(value.params);
}

function isNamed(value: unknown): boolean {
  return isObject(value) && areNames(value, ['namespace', 'name']);
}

function isRouteKey(value: unknown): boolean {
  if (!isObject(value) || typeof value.hash !== 'string' || !isTextOrNull(value.name)) return false;
  return value.twins === undefined || (Array.isArray(value.twins) && value.twins.every(isTextOrNull));
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function isListOf(value: unknown, fits: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(fits);
}

function areNumbers(value: unknown): boolean {
  return isListOf(value, (item) => typeof item === 'number');
}

function areTexts(value: Fields, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'string');
}

/** DNS-1123 subdomains: they become parts of URLs, of PromQL and of commands that people paste. */
function areNames(value: Fields, names: readonly string[]): boolean {
  return names.every((name) => isName(value[name]));
}

function isName(text: unknown): boolean {
  return typeof text === 'string' && text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text);
}

function isPort(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}
