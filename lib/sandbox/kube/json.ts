/** Small pure functions on JSON values. */

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equality of JSON values; the order of an object's keys does not matter. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => deepEqual(item, b[index]))
    );
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keysOfA = Object.keys(a).filter((key) => a[key] !== undefined);
  const keysOfB = Object.keys(b).filter((key) => b[key] !== undefined);
  return keysOfA.length === keysOfB.length && keysOfA.every((key) => key in b && deepEqual(a[key], b[key]));
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}

/** A JSON copy that may be changed (faster on plain JSON than structuredClone). */
export function clone<T>(value: T): T;
export function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => clone(item));
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  // A key of this name would change the copy's prototype instead; no schema knows it.
  for (const key of Object.keys(value)) if (key !== '__proto__') copy[key] = clone(value[key]);
  return copy;
}

/**
 * The duplicate keys of a JSON text, as the server's strict decoder names them (`spec.http[0].name`).
 * The text must already have parsed.
 */
export function duplicateKeys(text: string): string[] {
  const found: string[] = [];
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g);
  interface Frame {
    keys: Set<string> | null;
    path: string;
    index: number;
    pendingKey: string | null;
  }
  const stack: Frame[] = [];
  const childPath = (): string => {
    const parent = stack.at(-1);
    if (!parent) return '';
    if (!parent.keys) return `${parent.path}[${parent.index}]`;
    return parent.path ? `${parent.path}.${parent.pendingKey}` : (parent.pendingKey ?? '');
  };
  for (const [token] of tokens) {
    const frame = stack.at(-1);
    if (token === '{' || token === '[') {
      stack.push({ keys: token === '{' ? new Set() : null, path: childPath(), index: 0, pendingKey: null });
    } else if (token === '}' || token === ']') {
      stack.pop();
    } else if (token === ',' && frame) {
      frame.index += 1;
      frame.pendingKey = null;
    } else if (token.startsWith('"') && frame?.keys && frame.pendingKey === null) {
      const key = JSON.parse(token) as string;
      frame.pendingKey = key;
      if (frame.keys.has(key)) found.push(childPath());
      frame.keys.add(key);
    }
  }
  return found;
}
