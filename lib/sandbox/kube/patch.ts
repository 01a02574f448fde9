/** JSON patch (RFC 6902) and JSON merge patch (RFC 7396). */
import { clone, deepEqual, isObject } from './json.ts';
import { badRequest, unprocessablePatch } from './status.ts';

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw unprocessablePatch();
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function arrayIndex(list: unknown[], token: string, forAdd: boolean): number {
  if (token === '-' && forAdd) return list.length;
  const index = Number(token);
  const limit = forAdd ? list.length : list.length - 1;
  if (!/^(0|[1-9]\d*)$/.test(token) || index > limit) throw unprocessablePatch();
  return index;
}

function child(container: unknown, token: string): unknown {
  if (Array.isArray(container)) return container[arrayIndex(container, token, false)];
  if (isObject(container) && Object.hasOwn(container, token)) return container[token];
  throw unprocessablePatch();
}

function read(document: unknown, pointer: string): unknown {
  return parsePointer(pointer).reduce((value, token) => child(value, token), document);
}

function edit(document: unknown, pointer: string, change: (container: unknown, token: string) => void): void {
  const tokens = parsePointer(pointer);
  const last = tokens.pop();
  if (last === undefined) throw unprocessablePatch();
  change(
    tokens.reduce((value, token) => child(value, token), document),
    last,
  );
}

function add(document: unknown, pointer: string, value: unknown): void {
  edit(document, pointer, (container, token) => {
    if (Array.isArray(container)) container.splice(arrayIndex(container, token, true), 0, value);
    else if (isObject(container)) container[token] = value;
    else throw unprocessablePatch();
  });
}

function remove(document: unknown, pointer: string): void {
  edit(document, pointer, (container, token) => {
    child(container, token);
    if (Array.isArray(container)) container.splice(arrayIndex(container, token, false), 1);
    else if (isObject(container)) delete container[token];
  });
}

function applyOperation(document: unknown, operation: Operation): void {
  const { op, path, from = '', value } = operation;
  if (op === 'add') add(document, path, clone(value));
  else if (op === 'remove') remove(document, path);
  else if (op === 'replace') {
    // Replacing a member that is not there adds it, as in the server's own library.
    edit(document, path, (container, token) => {
      if (Array.isArray(container)) container[arrayIndex(container, token, false)] = clone(value);
      else if (isObject(container)) container[token] = clone(value);
    });
  } else if (op === 'move') {
    const moved = read(document, from);
    remove(document, from);
    add(document, path, moved);
  } else if (op === 'copy') add(document, path, clone(read(document, from)));
  else if (op === 'test') {
    if (!deepEqual(read(document, path), value)) throw unprocessablePatch();
  } else throw unprocessablePatch();
}

/** Applies a JSON patch to a copy; 422 where an operation fails or a `test` does not hold. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
  const result = clone(document);
  for (const operation of patch as Operation[]) {
    if (!isObject(operation) || typeof operation.path !== 'string') throw badRequest('error decoding patch');
    applyOperation(result, operation);
  }
  return result;
}

/** Applies a merge patch: null removes, objects merge, everything else replaces. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return clone(patch);
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applyMergePatch(result[key], value);
  }
  return result;
}
