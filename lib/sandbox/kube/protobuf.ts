/**
 * Decodes the protobuf bodies that kubectl sends with `auth` and `create` (typed clients since 1.32).
 * Answers stay JSON, which those clients accept.
 */
import { readFileSync } from 'node:fs';
import { isObject, type JsonObject } from './json.ts';
import { badRequest } from './status.ts';

export const protobufMediaType = 'application/vnd.kubernetes.protobuf';

type Field = [name: string, type: string, label: 'optional' | 'repeated' | 'map'];
type Messages = Record<string, Record<string, Field>>;

// Made by schemas/generate.mjs, which fixes the shape.
const file = new URL('schemas/protobuf.json', import.meta.url);
const { messages } = JSON.parse(readFileSync(file, 'utf8')) as { messages: Messages };

const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const envelope: Record<string, Field> = { 1: ['typeMeta', 'TypeMeta', 'optional'], 2: ['raw', 'bytes', 'optional'] };
const typeMeta: Record<string, Field> = { 1: ['apiVersion', 'string', 'optional'], 2: ['kind', 'string', 'optional'] };

// Go writes every field that is no pointer, zero or not; these are pointers, so that their zero was meant.
const pointers = new Set([
  'replicas',
  'revisionHistoryLimit',
  'terminationGracePeriodSeconds',
  'automountServiceAccountToken',
  'immutable',
]);

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw badRequest('error decoding protobuf: a number is cut off');
  }

  /** The bytes or the number of one field, by its wire type. */
  field(wireType: number): Buffer | bigint {
    if (wireType === 0) return this.varint();
    const length = wireType === 2 ? Number(this.varint()) : wireType === 1 ? 8 : wireType === 5 ? 4 : -1;
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw badRequest('error decoding protobuf: a field is cut off');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}

function asBytes(value: Buffer | bigint): Buffer {
  if (typeof value === 'bigint') throw badRequest('error decoding protobuf: bytes are expected');
  return value;
}

function toTimestamp(message: JsonObject): string | undefined {
  const seconds = Number(message['seconds'] ?? 0);
  return seconds === 0 ? undefined : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** Types whose JSON form is not that of their message. */
const special: Record<string, (message: JsonObject) => unknown> = {
  'k8s.io.apimachinery.pkg.apis.meta.v1.Time': toTimestamp,
  'k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime': toTimestamp,
  'k8s.io.apimachinery.pkg.api.resource.Quantity': (message) => message['string'],
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': (message) =>
    message['type'] ? (message['strVal'] ?? '') : (message['intVal'] ?? 0),
  'k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1': (message) =>
    JSON.parse(Buffer.from(String(message['Raw'] ?? 'e30='), 'base64').toString()),
};

function decodeValue(value: Buffer | bigint, type: string): unknown {
  switch (type) {
    case 'string':
      return asBytes(value).toString('utf8');
    case 'bytes':
      return asBytes(value).toString('base64');
    case 'bool':
      return value !== 0n;
    case 'double':
      return asBytes(value).readDoubleLE();
    case 'int32':
    case 'int64':
      return Number(value);
    default: {
      const message = decodeMessage(asBytes(value), messages[type] ?? {});
      return special[type] ? special[type](message) : message;
    }
  }
}

function isZero(value: unknown): boolean {
  return (
    value === undefined ||
    value === '' ||
    value === 0 ||
    value === false ||
    (isObject(value) && Object.keys(value).length === 0)
  );
}

// Go embeds these in the struct that holds them, so their JSON has no field of its own.
const inlined = new Set([
  'volumeSource',
  'handler',
  'localObjectReference',
  'persistentVolumeSource',
  'ephemeralContainerCommon',
]);

function decodeMessage(bytes: Buffer, fields: Record<string, Field>): JsonObject {
  const reader = new Reader(bytes);
  const result: JsonObject = {};
  while (!reader.isAtEnd) {
    const key = Number(reader.varint());
    const value = reader.field(key & 7);
    const [name, type, label] = fields[key >> 3] ?? [];
    if (name === undefined || type === undefined) continue;
    if (label === 'map') {
      const entry = decodeMessage(asBytes(value), { 1: ['key', 'string', 'optional'], 2: ['value', type, 'optional'] });
      const map = isObject(result[name]) ? result[name] : {};
      map[String(entry['key'] ?? '')] = entry['value'] ?? '';
      result[name] = map;
      continue;
    }
    const decoded = decodeValue(value, type);
    if (label === 'repeated') {
      const list = result[name];
      result[name] = Array.isArray(list) ? [...list, decoded] : [decoded];
    } else if (inlined.has(name) && isObject(decoded)) Object.assign(result, decoded);
    else if (!isZero(decoded) || pointers.has(name)) result[name] = decoded;
  }
  return result;
}

/** `k8s.io.api.PACKAGE.VERSION.KIND` of an apiVersion and kind. */
function messageName(apiVersion: string, kind: string): string {
  const parts = apiVersion.split('/');
  const version = parts.at(-1) ?? '';
  const packageName = parts.length === 1 ? 'core' : (parts[0]?.split('.')[0] ?? '');
  return `k8s.io.api.${packageName}.${version}.${kind}`;
}

/** The object of a protobuf body; 400 for what is none, or of a kind that is not decoded. */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, magic.length).equals(magic))
    throw badRequest('error decoding protobuf: the prefix "k8s" is missing');
  const reader = new Reader(body.subarray(magic.length));
  let raw: Buffer = Buffer.alloc(0);
  let meta: JsonObject = {};
  while (!reader.isAtEnd) {
    const key = Number(reader.varint());
    const value = reader.field(key & 7);
    const name = envelope[key >> 3]?.[0];
    if (name === 'typeMeta') meta = decodeMessage(asBytes(value), typeMeta);
    else if (name === 'raw') raw = asBytes(value);
  }
  const apiVersion = String(meta['apiVersion'] ?? '');
  const kind = String(meta['kind'] ?? '');
  const fields = messages[messageName(apiVersion, kind)];
  if (!fields) throw badRequest(`the sandbox reads no protobuf of ${apiVersion} ${kind}: send JSON`);
  return { apiVersion, kind, ...decodeMessage(raw, fields) };
}
