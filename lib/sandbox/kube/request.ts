/** What a request asks for: its path taken apart, its media types, its body. */
import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { duplicateKeys } from './json.ts';
import { decodeProtobuf, protobufMediaType } from './protobuf.ts';
import { findResource, isServed, type Resource } from './resources.ts';
import { badRequest, noSuchPath, UnknownPath, tooLarge, unsupportedMediaType } from './status.ts';

const bodyLimitBytes = 3 * 1024 * 1024;

/** A request for objects, as the authorizer and the verbs see it. */
export interface ResourceRequest {
  resource: Resource;
  version: string;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

function segments(pathname: string): string[] {
  return pathname
    .split('/')
    .filter((part) => part !== '')
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        throw badRequest(`the path segment ${part} is not valid percent-encoding`);
      }
    });
}

/** Takes a path under /api or /apis apart; 404 where nothing of that name is served. */
export function parseResourcePath(pathname: string): ResourceRequest {
  const parts = segments(pathname);
  const group = parts[0] === 'api' ? '' : (parts[1] ?? '');
  const version = parts[0] === 'api' ? (parts[1] ?? '') : (parts[2] ?? '');
  let rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  let namespace: string | undefined;
  // "namespaces/NAME" is the object; "namespaces/NAME/PLURAL" is what lies in it.
  const isScope =
    rest[0] === 'namespaces' &&
    rest.length > 2 &&
    findResource('', 'v1', 'namespaces')?.subresources.includes(rest[2] ?? '') !== true;
  if (isScope || (rest[0] === 'namespaces' && group !== '')) {
    namespace = rest[1];
    rest = rest.slice(2);
  }
  const [plural = '', name, subresource, ...tail] = rest;
  if (!isServed(group, version)) throw new UnknownPath();
  const resource = findResource(group, version, plural);
  if (!resource || (tail.length > 0 && subresource !== 'proxy') || resource.namespaced !== (namespace !== undefined)) {
    const isListOfAll = resource?.namespaced && namespace === undefined && name === undefined;
    if (!resource || !isListOfAll) throw noSuchPath();
  }
  if (subresource !== undefined && !resource.subresources.includes(subresource)) throw noSuchPath();
  return { resource, version, namespace, name, subresource };
}

/** How the client wants its answer. */
export type ResponseShape = 'object' | 'table' | 'metadata';

export interface Acceptance {
  shape: ResponseShape;
  mediaType: 'application/json' | 'application/yaml';
}

/** Picks the first acceptable form; undefined where the client accepts none that is offered. */
export function negotiate(accept: string | undefined): Acceptance | undefined {
  const wanted = (accept ?? '*/*').split(',').map((part) => part.trim());
  for (const part of wanted) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    const version = parameters.find((parameter) => parameter.startsWith('v='))?.slice(2);
    if (type === 'application/yaml') return { shape: 'object', mediaType: 'application/yaml' };
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    if (as === undefined) return { shape: 'object', mediaType: 'application/json' };
    if (version !== 'v1') continue;
    if (as === 'Table') return { shape: 'table', mediaType: 'application/json' };
    if (as.startsWith('PartialObjectMetadata')) return { shape: 'metadata', mediaType: 'application/json' };
  }
  return undefined;
}

/** Reads the whole body; 413 beyond the server's limit. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // What follows is read and dropped, so that the connection stays usable.
      if (size > bodyLimitBytes) reject(tooLarge());
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
  });
}

export interface ParsedBody {
  value: unknown;
  /** Paths of keys that the text gives twice. */
  duplicates: string[];
}

export function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

/** Parses a JSON, YAML or protobuf object; 415 for other media types. */
export function parseBody(body: Buffer, mediaType: string): ParsedBody {
  if (mediaType === protobufMediaType) return { value: decodeProtobuf(body), duplicates: [] };
  const text = body.toString('utf8');
  if (mediaType === '' || mediaType === 'application/json' || mediaType.endsWith('+json')) {
    if (text.trim() === '') throw badRequest('the request body is empty');
    try {
      return { value: JSON.parse(text), duplicates: duplicateKeys(text) };
    } catch (error) {
      throw badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : ''}`);
    }
  }
  if (mediaType === 'application/yaml' || mediaType === 'application/apply-patch+yaml') {
    try {
      return { value: parseYaml(text), duplicates: [] };
    } catch (error) {
      throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : ''}`);
    }
  }
  throw unsupportedMediaType(['application/json', 'application/yaml', protobufMediaType]);
}
