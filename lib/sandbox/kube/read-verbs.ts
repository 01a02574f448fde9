/** get and list: shapes, selectors, paging, resourceVersion semantics. */
import type { KubeObject } from '../core/objects.ts';
import type { ResponseShape } from './request.ts';
import { inVersion } from './registry.ts';
import { groupVersion, type Resource } from './resources.ts';
import { parseFieldSelector, parseLabelSelector, type Selector } from './selectors.ts';
import { ApiError, badRequest } from './status.ts';
import type { Store } from './store.ts';
import { toTable } from './table.ts';

/** The selector of a request's labelSelector and fieldSelector. */
export function selectorOf(query: URLSearchParams, kind: string): Selector {
  const selectors: Selector[] = [];
  const labels = query.get('labelSelector');
  const fields = query.get('fieldSelector');
  if (labels) selectors.push(parseLabelSelector(labels));
  if (fields) selectors.push(parseFieldSelector(fields, kind));
  return (object) => selectors.every((selects) => selects(object));
}

function toPartialMetadata(object: KubeObject): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** One object in the shape that the client asked for. */
export function presentObject(
  object: KubeObject,
  resource: Resource,
  version: string,
  shape: ResponseShape,
  query: URLSearchParams,
  nowMs: number,
  withColumns = true,
): unknown {
  const versioned = inVersion(object, resource, version);
  if (shape === 'metadata') return toPartialMetadata(versioned);
  if (shape === 'object') return versioned;
  return toTable(
    [versioned],
    resource,
    version,
    { resourceVersion: object.metadata.resourceVersion ?? '' },
    query.get('includeObject'),
    nowMs,
    withColumns,
  );
}

interface ContinueToken {
  revision: string;
  after: string;
}

function encodeContinue(token: ContinueToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function decodeContinue(text: string): ContinueToken {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const { revision, after } = token as ContinueToken;
    if (typeof revision === 'string' && typeof after === 'string') return { revision, after };
  } catch {
    // Falls through to the same answer as a well-formed token of a wrong shape.
  }
  throw badRequest('invalid continue token: continue key is not valid');
}

const orderOf = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

function refuseFutureRevision(query: URLSearchParams, store: Store): void {
  const requested = query.get('resourceVersion');
  if (!requested) return;
  if (!/^\d+$/.test(requested))
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: "${requested}": strconv.ParseUint: parsing "${requested}": invalid syntax`,
    );
  if (Number(requested) > store.revision) {
    throw new ApiError(
      504,
      'Timeout',
      `Timeout: Too large resource version: ${requested}, current: ${store.revision}`,
      {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
    );
  }
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** A list, one page of it when `limit` is given. */
export function list(
  store: Store,
  resource: Resource,
  version: string,
  namespace: string | undefined,
  query: URLSearchParams,
  shape: ResponseShape,
  nowMs: number,
): unknown {
  refuseFutureRevision(query, store);
  const selects = selectorOf(query, resource.kind);
  const token = query.get('continue') ? decodeContinue(query.get('continue') ?? '') : undefined;
  if (token && Number(token.revision) < store.oldestRevision) {
    throw new ApiError(
      410,
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    );
  }
  const selected = store
    .list(resource.group, resource.kind, namespace)
    .filter((object) => selects(object) && (!token || orderOf(object) > token.after));
  const limit = wholeNumber(query.get('limit') ?? '0');
  const page = limit > 0 ? selected.slice(0, limit) : selected;
  const last = page.at(-1);
  const remaining = selected.length - page.length;
  const revision = token?.revision ?? String(store.revision);
  const metadata = {
    resourceVersion: revision,
    ...(remaining > 0 && last
      ? { continue: encodeContinue({ revision, after: orderOf(last) }), remainingItemCount: remaining }
      : {}),
  };
  const items = page.map((object) => inVersion(object, resource, version));
  if (shape === 'table') return toTable(items, resource, version, metadata, query.get('includeObject'), nowMs);
  if (shape === 'metadata') {
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
      items: items.map(toPartialMetadata),
    };
  }
  return {
    kind: resource.listKind,
    apiVersion: groupVersion(resource.group, version),
    metadata,
    // Items of a built-in list carry no kind of their own; those of custom resources do.
    items: resource.custom ? items : items.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item),
  };
}
