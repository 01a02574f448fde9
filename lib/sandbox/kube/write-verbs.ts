/** create, update, patch and delete as requests: media types, options, the answers' codes. */
import type { KubeObject } from '../core/objects.ts';
import { applyServerSide } from './apply.ts';
import { deleteObject, toDeleteOptions } from './deletion.ts';
import { clone, isObject } from './json.ts';
import { applyJsonPatch, applyMergePatch } from './patch.ts';
import { selectorOf } from './read-verbs.ts';
import { inVersion, type Registry, type Subresource, type WriteOptions } from './registry.ts';
import type { ParsedBody, ResourceRequest } from './request.ts';
import { groupVersion } from './resources.ts';
import { patchScale, toScale, updateScale } from './scale.ts';
import { applyStrategicMergePatch } from './strategic-merge.ts';
import {
  badRequest,
  deleted,
  forbiddenField,
  invalid,
  methodNotAllowed,
  notSupported,
  unsupportedMediaType,
} from './status.ts';

export interface WriteAnswer {
  code: number;
  /** A stored object to present in the client's shape, or a finished body. */
  object?: KubeObject;
  body?: unknown;
}

export interface WriteRequest extends ResourceRequest {
  query: URLSearchParams;
  mediaType: string;
  body: ParsedBody | undefined;
  userAgent: string;
  warnings: string[];
}

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** Reads dryRun, fieldManager and fieldValidation; 422 where one is malformed. */
function toWriteOptions(request: WriteRequest, optionsKind: string): WriteOptions {
  const { query, userAgent, warnings, body } = request;
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((value) => value !== 'All')) {
    throw invalid('meta.k8s.io', optionsKind, '', [notSupported('dryRun', dryRun, ['All'])]);
  }
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  if (fieldValidation !== 'Strict' && fieldValidation !== 'Warn' && fieldValidation !== 'Ignore') {
    throw invalid('meta.k8s.io', optionsKind, '', [
      notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']),
    ]);
  }
  return {
    // Without a name of its own a client is known by its program, as in the real server.
    manager: query.get('fieldManager') || (userAgent.split('/')[0] ?? 'unknown'),
    dryRun: dryRun.length > 0,
    fieldValidation,
    duplicates: body?.duplicates ?? [],
    warnings,
  };
}

function statusOnly(subresource: string | undefined): Subresource {
  if (subresource === undefined || subresource === 'status') return subresource;
  throw methodNotAllowed();
}

export function create(registry: Registry, request: WriteRequest): WriteAnswer {
  const { resource, version, namespace, name, subresource } = request;
  if (name !== undefined || subresource !== undefined) throw methodNotAllowed();
  if (resource.namespaced && namespace === undefined) throw methodNotAllowed();
  return {
    code: 201,
    object: registry.create(
      resource,
      version,
      namespace,
      request.body?.value,
      toWriteOptions(request, 'CreateOptions'),
    ),
  };
}

export function update(registry: Registry, request: WriteRequest): WriteAnswer {
  const { resource, version, namespace, name, subresource } = request;
  if (name === undefined) throw methodNotAllowed();
  const options = toWriteOptions(request, 'UpdateOptions');
  if (subresource === 'scale') {
    return { code: 200, body: updateScale(registry, resource, namespace, name, request.body?.value, options) };
  }
  return {
    code: 200,
    object: registry.update(resource, version, namespace, name, request.body?.value, options, statusOnly(subresource)),
  };
}

function patched(current: KubeObject, request: WriteRequest): unknown {
  const { resource, mediaType, body } = request;
  if (mediaType === patchTypes.json) return applyJsonPatch(current, body?.value);
  if (mediaType === patchTypes.merge) return applyMergePatch(current, body?.value);
  if (mediaType === patchTypes.strategic && !resource.custom) {
    return applyStrategicMergePatch(current, body?.value, resource.schema);
  }
  const offered = [patchTypes.json, patchTypes.merge, patchTypes.apply];
  throw unsupportedMediaType(resource.custom ? offered : [...offered, patchTypes.strategic]);
}

export function patch(registry: Registry, request: WriteRequest): WriteAnswer {
  const { resource, version, namespace, name, subresource, mediaType } = request;
  if (name === undefined) throw methodNotAllowed();
  const options = { ...toWriteOptions(request, 'PatchOptions'), isPatch: true };
  const isApply = mediaType === patchTypes.apply;
  if (!isApply && request.query.get('force') !== null) {
    throw invalid('meta.k8s.io', 'PatchOptions', '', [
      forbiddenField('force', 'may not be specified for non-apply patch'),
    ]);
  }
  if (subresource === 'scale') {
    const result = patchScale(registry, resource, namespace, name, (scale) => patched(scale, request), options);
    return { code: 200, body: result };
  }
  if (isApply) {
    const manager = request.query.get('fieldManager');
    if (!manager) {
      throw invalid('meta.k8s.io', 'PatchOptions', '', [
        { field: 'fieldManager', reason: 'FieldValueRequired', message: 'Required value: is required for apply patch' },
      ]);
    }
    const force = request.query.get('force') === 'true';
    const { object, isNew } = applyServerSide(registry, request, request.body?.value, { ...options, manager, force });
    return { code: isNew ? 201 : 200, object };
  }
  const current = inVersion(registry.read(resource, namespace, name), resource, version);
  const body = patched(clone(current), request);
  if (!isObject(body)) throw badRequest('the patch leaves no object');
  return {
    code: 200,
    object: registry.update(resource, version, namespace, name, body, options, statusOnly(subresource)),
  };
}

// The real server answers these with the object even when it is gone at once.
const answersWithObject = new Set(['pods', 'services', 'serviceaccounts', 'resourcequotas', 'persistentvolumeclaims']);

export function remove(registry: Registry, request: WriteRequest): WriteAnswer {
  const { resource, namespace, name, subresource } = request;
  if (subresource !== undefined) throw methodNotAllowed();
  const options = toDeleteOptions(request.body?.value, request.query);
  if (name !== undefined) {
    const { object, isGone } = deleteObject(registry, resource, namespace, name, options);
    if (!isGone || answersWithObject.has(resource.plural)) return { code: 200, object };
    return { code: 200, body: deleted(resource, name, object.metadata.uid) };
  }
  if (resource.namespaced && namespace === undefined) throw methodNotAllowed();
  const selects = selectorOf(request.query, resource.kind);
  const removed = registry.store
    .list(resource.group, resource.kind, namespace)
    .filter(selects)
    .map((object) => deleteObject(registry, resource, namespace, object.metadata.name, options).object);
  return {
    code: 200,
    body: {
      kind: resource.listKind,
      apiVersion: groupVersion(resource.group, request.version),
      metadata: { resourceVersion: String(registry.store.revision) },
      items: removed.map((object) => inVersion(object, resource, request.version)),
    },
  };
}

/** GET of a scale subresource. */
export function readScale(registry: Registry, request: ResourceRequest): unknown {
  if (request.name === undefined) throw methodNotAllowed();
  return toScale(registry.read(request.resource, request.namespace, request.name));
}
