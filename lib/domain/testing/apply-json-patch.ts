import type { PatchOperation } from '../json-patch.ts';
import { clone, sameJson } from '../structure.ts';

/** A document after a JSON patch, as RFC 6902 has it; throws where a test fails or a path is not there. */
export function applyJsonPatch<T extends object>(document: T, operations: readonly PatchOperation[]): T {
  const patched = clone(document);
  for (const operation of operations) apply(patched, operation);
  return patched;
}

function apply(document: object, operation: PatchOperation): void {
  const keys = operation.path.split('/').slice(1);
  const last = keys.pop() ?? '';
  const parent = keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
  if (typeof parent !== 'object' || parent === null) throw new Error(`no ${operation.path}`);
  const fields = parent as Record<string, unknown>;
  if (operation.op !== 'add' && !(last in fields)) throw new Error(`no ${operation.path}`);
  switch (operation.op) {
    case 'test':
      if (!sameJson(fields[last], operation.value)) throw new Error(`${operation.path} is another`);
      return;
    case 'remove':
      if (Array.isArray(parent)) parent.splice(Number(last), 1);
      else delete fields[last];
      return;
    case 'add':
      if (Array.isArray(parent) && Number(last) > parent.length) throw new Error(`no ${operation.path}`);
      if (Array.isArray(parent)) parent.splice(Number(last), 0, clone(operation.value));
      else fields[last] = clone(operation.value);
      return;
    case 'replace':
      fields[last] = clone(operation.value);
  }
}
