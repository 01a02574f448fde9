import type { HttpRoute } from './kubernetes.ts';
import { mirrorFieldNames, withoutMirrorFields } from './route-mirror.ts';
import { canonicalJson, sameJson } from './structure.ts';

/** One operation of a JSON patch (RFC 6902). */
export type PatchOperation =
  | { op: 'test' | 'add' | 'replace'; path: string; value: unknown }
  | { op: 'remove'; path: string };

/**
 * A patch that makes the one list of routes of the other: routes come, go, and change what they copy; those that stay
 * keep their order. Each change stands behind a test of the whole route that it touches, so on a list that has changed
 * since the patch is refused, not misapplied. `path`: where the list is, e.g. /spec/http.
 */
export function routesPatch(before: readonly HttpRoute[], after: readonly HttpRoute[], path: string): PatchOperation[] {
  const kept = keptRoutes(before, after);
  const operations: PatchOperation[] = [];
  let [old, next, at] = [0, 0, 0];
  const test = (): PatchOperation[] =>
    old < before.length ? [{ op: 'test', path: `${path}/${at}`, value: before[old] }] : [];
  while (old < before.length || next < after.length) {
    const [from, to] = [before[old], after[next]];
    if (from && to && kept.get(old) === next) {
      if (!sameJson(from, to)) operations.push(...test(), ...fieldChanges(from, to, `${path}/${at}`));
      old += 1;
      next += 1;
      at += 1;
    } else if (from && !kept.has(old)) {
      operations.push(...test(), { op: 'remove', path: `${path}/${at}` });
      old += 1;
    } else {
      operations.push(...test(), { op: 'add', path: `${path}/${at}`, value: to });
      next += 1;
      at += 1;
    }
  }
  return operations;
}

function fieldChanges(from: HttpRoute, to: HttpRoute, path: string): PatchOperation[] {
  return mirrorFieldNames.flatMap((name): PatchOperation[] => {
    const at = `${path}/${name}`;
    if (to[name] === undefined) return from[name] === undefined ? [] : [{ op: 'remove', path: at }];
    if (from[name] === undefined) return [{ op: 'add', path: at, value: to[name] }];
    return sameJson(from[name], to[name]) ? [] : [{ op: 'replace', path: at, value: to[name] }];
  });
}

/** Positions of routes that are in both, whatever they copy, before and after: a longest common subsequence. */
function keptRoutes(before: readonly HttpRoute[], after: readonly HttpRoute[]): Map<number, number> {
  const identity = (route: HttpRoute) => canonicalJson(withoutMirrorFields(route));
  const [left, right] = [before.map(identity), after.map(identity)];
  const lengths: number[][] = [...left, ''].map(() => []);
  const lengthAt = (row: number, column: number) => lengths[row]?.[column] ?? 0;
  for (const row of [...left.keys()].toReversed()) {
    const line = lengths[row] ?? [];
    for (const column of [...right.keys()].toReversed()) {
      const isSame = left[row] === right[column];
      line[column] = isSame
        ? lengthAt(row + 1, column + 1) + 1
        : Math.max(lengthAt(row + 1, column), lengthAt(row, column + 1));
    }
  }
  const kept = new Map<number, number>();
  let [row, column] = [0, 0];
  while (row < left.length && column < right.length) {
    if (left[row] === right[column]) kept.set(row++, column++);
    else if (lengthAt(row + 1, column) >= lengthAt(row, column + 1)) row += 1;
    else column += 1;
  }
  return kept;
}
