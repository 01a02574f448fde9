import { ApiError } from './api-error';

export const bodyLimitBytes = 1024 * 1024;
const depthLimit = 64;

/**
 * The JSON of a request's body; `{}` when there is none. Bytes are counted as they come, so that no
 * declared or missing Content-Length makes us hold more than the limit.
 */
export async function readJson(request: Request): Promise<unknown> {
  if (Number(request.headers.get('content-length') ?? 0) > bodyLimitBytes) throw tooLarge();
  const bytes = await readBytes(request);
  if (bytes.byteLength === 0) return {};
  const mediaType = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw new ApiError('unsupported_media_type', {});
  const value = parseJson(bytes);
  if (isDeeperThan(value, depthLimit)) throw notJson('too_deep', { maximum: depthLimit });
  return value;
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    size += next.value.byteLength;
    if (size > bodyLimitBytes) {
      await reader?.cancel();
      throw tooLarge();
    }
    chunks.push(next.value);
  }
  return Buffer.concat(chunks);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw notJson('not_json', {});
  }
}

/** Level by level, not recursively: a deep value must not exhaust the stack here or in what works on it later. */
function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}

const tooLarge = () => new ApiError('payload_too_large', { limitBytes: bodyLimitBytes });
const notJson = (code: string, params: Record<string, number>) =>
  new ApiError('invalid_input', {}, [{ path: '', code, params }]);
