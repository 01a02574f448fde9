/**
 * The write path of every kind: decode, default, admit, validate, own, store. The wire's verbs and
 * the controllers go through it alike.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { KubeObject } from '../core/objects.ts';
import { admitCreate, allocate, runValidatingWebhooks } from './admission.ts';
import { validateBuiltIn, validateBuiltInUpdate } from './builtin-validation.ts';
import { validateCustomResource } from './crd-validation.ts';
import { decodeObjectOfKind, type Decoded } from './decode.ts';
import { applyDefaults, setInitialState } from './defaults.ts';
import { clone, deepEqual, isObject, type JsonObject } from './json.ts';
import { managedFieldsAfterUpdate } from './managed-fields.ts';
import { validateMetadata, validateMetadataUpdate } from './metadata-validation.ts';
import { groupVersion, type Resource } from './resources.ts';
import { invalidPatch, reportStrictness, wrongKind, type Strictness } from './rejections.ts';
import {
  alreadyExists,
  ApiError,
  badRequest,
  conflict,
  internalError,
  invalid,
  modifiedMeanwhile,
  notFound,
} from './status.ts';
import type { Store } from './store.ts';

/** How and for whom a write is made. */
export interface WriteOptions extends Strictness {
  /** Name in managedFields. */
  manager: string;
  dryRun?: boolean;
  /** Set when managedFields of the result are already right (server-side apply computes its own). */
  keepManagedFields?: boolean;
}

export type Subresource = 'status' | undefined;

// Kinds whose generation the server keeps; the others (ConfigMap, Secret, Service, …) have none.
const withoutGeneration = new Set([
  'ConfigMap',
  'Secret',
  'Service',
  'Namespace',
  'Node',
  'Endpoints',
  'EndpointSlice',
  'ServiceAccount',
  'Event',
  'ResourceQuota',
  'LimitRange',
  'PersistentVolumeClaim',
  'Role',
  'RoleBinding',
  'ClusterRole',
  'ClusterRoleBinding',
  'Lease',
  'HorizontalPodAutoscaler',
  'CustomResourceDefinition',
]);

/** Time as `metav1.Time` writes it: to the second. */
export function toTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The object under another served version of its group. */
export function inVersion(object: KubeObject, resource: Resource, version: string): KubeObject {
  const apiVersion = groupVersion(resource.group, version);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

export class Registry {
  readonly store: Store;
  readonly clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.store = store;
    this.clock = clock;
  }

  /** The stored object; 404 where there is none. */
  read(resource: Resource, namespace: string | undefined, name: string): KubeObject {
    const found = this.store.get(resource.group, resource.kind, namespace, name);
    if (!found) throw notFound(resource, name);
    return found;
  }

  create(
    resource: Resource,
    version: string,
    namespace: string | undefined,
    body: unknown,
    options: WriteOptions,
  ): KubeObject {
    const object = this.#decode(resource, version, namespace, body, options);
    const { metadata } = object;
    if (metadata.resourceVersion) {
      throw internalError('resourceVersion should not be set on objects to be created');
    }
    if (!metadata.name && typeof metadata['generateName'] === 'string') {
      metadata.name = `${metadata['generateName'].slice(0, 58)}${randomUUID().slice(0, 5)}`;
    }
    if (namespace) metadata.namespace ??= namespace;
    metadata.uid = randomUUID();
    metadata.creationTimestamp = toTime(this.clock.now());
    delete metadata.deletionTimestamp;
    delete metadata['deletionGracePeriodSeconds'];
    if (withoutGeneration.has(object.kind)) delete metadata.generation;
    else metadata.generation = 1;
    if (resource.subresources.includes('status')) delete object['status'];
    if (!resource.custom) applyDefaults(object);
    admitCreate(object, resource, this.store);
    this.#setManagedFields(undefined, object, resource, version, options, undefined);
    if (!resource.custom) setInitialState(object);
    allocate(object, undefined, this.store);
    this.#validate(object, undefined, resource, options);
    if (this.store.get(resource.group, resource.kind, namespace, metadata.name)) {
      throw alreadyExists(resource, metadata.name);
    }
    object.apiVersion = groupVersion(resource.group, resource.storageVersion);
    return options.dryRun ? object : this.store.put(object);
  }

  /**
   * Replaces an object by `body`, which may carry a resourceVersion (409 when it is not the current
   * one) and a uid (409 likewise). Only the spec, or only the status, is taken from it.
   */
  update(
    resource: Resource,
    version: string,
    namespace: string | undefined,
    name: string,
    body: unknown,
    options: WriteOptions,
    subresource?: Subresource,
  ): KubeObject {
    const before = this.read(resource, namespace, name);
    const after = this.#decode(resource, version, namespace, body, options);
    if (after.metadata.name && after.metadata.name !== name) {
      throw badRequest(`the name of the object (${after.metadata.name}) does not match the name on the URL (${name})`);
    }
    this.#checkPreconditions(before, after, resource);
    this.#keepServerFields(before, after, resource, version, subresource);
    if (!resource.custom) applyDefaults(after);
    this.#setManagedFields(before, after, resource, version, options, subresource);
    allocate(after, before, this.store);
    this.#validate(after, before, resource, options);
    this.#bumpGeneration(before, after);
    after.apiVersion = before.apiVersion;
    if (isUnchanged(before, after)) return before;
    if (options.dryRun) return after;
    return this.#isReleased(after) ? this.store.remove(after) : this.store.put(after);
  }

  /** Stores a change of metadata that only the server makes (deletion marks, finalizers of its own). */
  mark(object: KubeObject, metadata: Partial<KubeObject['metadata']>): KubeObject {
    const marked: KubeObject = { ...object, metadata: { ...object.metadata, ...metadata } };
    return this.#isReleased(marked) ? this.store.remove(marked) : this.store.put(marked);
  }

  #isReleased(object: KubeObject): boolean {
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    const waits = object.kind === 'Pod' || object.kind === 'Namespace';
    return deletionTimestamp !== undefined && finalizers.length === 0 && !waits;
  }

  #decode(
    resource: Resource,
    version: string,
    namespace: string | undefined,
    body: unknown,
    options: WriteOptions,
  ): KubeObject {
    const apiVersion = groupVersion(resource.group, version);
    const describe = `${resource.kind} in version ${JSON.stringify(version)} cannot be handled as a ${resource.kind}`;
    if (!isObject(body))
      throw badRequest(`${describe}: json: cannot unmarshal value into Go value of type ${resource.kind}`);
    const raw: JsonObject = { apiVersion, kind: resource.kind, ...body };
    if (raw['kind'] !== resource.kind || raw['apiVersion'] !== apiVersion) throw wrongKind(raw, resource, apiVersion);
    const { object, unknown } = this.#decodeFields(raw, resource, describe, options);
    reportStrictness(describe, raw, unknown, options);
    const metadata: JsonObject = isObject(object['metadata']) ? object['metadata'] : {};
    if (
      typeof metadata['namespace'] === 'string' &&
      metadata['namespace'] !== '' &&
      namespace !== undefined &&
      metadata['namespace'] !== namespace
    ) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    if (resource.namespaced && namespace !== undefined) metadata['namespace'] = namespace;
    if (metadata['name'] === undefined) metadata['name'] = '';
    for (const field of ['labels', 'annotations', 'ownerReferences', 'finalizers']) {
      const value = metadata[field];
      if (isObject(value) && Object.keys(value).length === 0) delete metadata[field];
      if (Array.isArray(value) && value.length === 0) delete metadata[field];
    }
    return { apiVersion, kind: resource.kind, ...object, metadata: metadata as KubeObject['metadata'] };
  }

  #decodeFields(raw: JsonObject, resource: Resource, describe: string, options: WriteOptions): Decoded {
    try {
      return decodeObjectOfKind(clone(raw), resource.schema, resource.custom, describe);
    } catch (error) {
      if (options.isPatch && error instanceof ApiError) throw invalidPatch(raw, error.message);
      throw error;
    }
  }

  #checkPreconditions(before: KubeObject, after: KubeObject, resource: Resource): void {
    const { name, uid, resourceVersion } = before.metadata;
    if (after.metadata.uid && after.metadata.uid !== uid) {
      throw conflict(
        resource,
        name,
        `Precondition failed: UID in precondition: ${after.metadata.uid}, UID in object meta: ${uid}`,
      );
    }
    const requested = after.metadata.resourceVersion;
    if (!requested && (resource.custom || resource.kind === 'Lease')) {
      // The server names the resource here, where other findings name the kind.
      throw invalid(resource.group, resource.plural, name, [
        {
          field: 'metadata.resourceVersion',
          reason: 'FieldValueInvalid',
          message: 'Invalid value: 0: must be specified for an update',
        },
      ]);
    }
    if (requested && requested !== resourceVersion) {
      if (!/^\d+$/.test(requested)) {
        throw internalError(`strconv.ParseUint: parsing ${JSON.stringify(requested)}: invalid syntax`);
      }
      throw conflict(resource, name, modifiedMeanwhile);
    }
  }

  #keepServerFields(
    before: KubeObject,
    after: KubeObject,
    resource: Resource,
    version: string,
    subresource: Subresource,
  ): void {
    const { metadata } = after;
    const kept = before.metadata;
    metadata.name = kept.name;
    Object.assign(metadata, {
      uid: kept.uid,
      creationTimestamp: kept.creationTimestamp,
      resourceVersion: kept.resourceVersion,
    });
    if (kept.generation === undefined) delete metadata.generation;
    else metadata.generation = kept.generation;
    for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
      if (kept[field] === undefined) delete metadata[field];
      else metadata[field] = kept[field] as never;
    }
    if (subresource === 'status') {
      const status: unknown = after['status'];
      const own = resource.custom ? {} : { labels: metadata.labels, annotations: metadata.annotations };
      for (const key of Object.keys(after)) if (!(key in before)) delete after[key];
      Object.assign(after, clone(before), status === undefined ? {} : { status });
      // With a built-in kind's status its labels and annotations are written too.
      Object.assign(after.metadata, own);
      after.apiVersion = groupVersion(resource.group, version);
      return;
    }
    if (resource.subresources.includes('status')) {
      if (before['status'] === undefined) delete after['status'];
      else after['status'] = before['status'];
    }
  }

  #validate(object: KubeObject, before: KubeObject | undefined, resource: Resource, options: WriteOptions): void {
    const errors = validateMetadata(object, resource.namespaced);
    if (before) errors.push(...validateMetadataUpdate(before, object));
    if (resource.custom) errors.push(...validateCustomResource(object, resource.schema));
    else {
      errors.push(...validateBuiltIn(object));
      if (before) errors.push(...validateBuiltInUpdate(before, object));
    }
    if (errors.length > 0) throw invalid(resource.group, resource.kind, object.metadata.name, errors);
    options.warnings?.push(...runValidatingWebhooks(object));
  }

  #bumpGeneration(before: KubeObject, after: KubeObject): void {
    if (before.metadata.generation === undefined) return;
    const meaning = ({ metadata: _metadata, status: _status, apiVersion: _version, ...rest }: KubeObject) => rest;
    const changed = !deepEqual(meaning(before), meaning(after));
    const marked = before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp;
    if (changed || marked) after.metadata.generation = before.metadata.generation + 1;
  }

  #setManagedFields(
    before: KubeObject | undefined,
    after: KubeObject,
    resource: Resource,
    version: string,
    options: WriteOptions,
    subresource: Subresource,
  ): void {
    if (options.keepManagedFields) return;
    const entries = managedFieldsAfterUpdate(before, after, resource, {
      name: options.manager,
      apiVersion: groupVersion(resource.group, version),
      time: toTime(this.clock.now()),
      ...(subresource ? { subresource } : {}),
    });
    if (entries.length > 0) after.metadata.managedFields = entries;
    else delete after.metadata.managedFields;
  }
}

/** A write that changes nothing keeps the resourceVersion, as the real server's storage does. */
function isUnchanged(before: KubeObject, after: KubeObject): boolean {
  const withoutTimes = (object: KubeObject) => ({
    ...object,
    metadata: {
      ...object.metadata,
      managedFields: (object.metadata.managedFields ?? []).map((entry) =>
        isObject(entry) ? { ...entry, time: '' } : entry,
      ),
    },
  });
  return deepEqual(withoutTimes(before), withoutTimes(after));
}
