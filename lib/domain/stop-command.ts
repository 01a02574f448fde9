import type { HttpRoute, VirtualService } from './kubernetes.ts';
import { isDestination, mirroredPercent } from './route-mirror.ts';
import { shellLine } from './shell-line.ts';
import { canonicalJson } from './structure.ts';
import { targetOfEntry } from './targets.ts';
import type { MirrorEntry, TaskSpec, TaskTarget } from './task.ts';

/**
 * A shell line that stops a task's copies when the console is down, and cannot make a live request fail:
 * - a workload of ours is scaled to 0: Envoy then drops the copies, live routes do not name it;
 * - for somebody's workload, our Service or our entries go. Entries are found by position, so each patch tests that
 *   it takes out exactly our copy and refuses otherwise. What cannot be patched is opened in an editor, after all that is sure to be there.
 */
export function stopCommand(spec: TaskSpec, virtualServices: readonly VirtualService[] = []): string {
  const ownOf = (targets: readonly TaskTarget[]) => targets.flatMap((target) => ownCommand(spec, target) ?? []);
  // Any of it may be gone, what comes or goes most likely: each is stopped whatever became of the one before.
  const [staying, passing] = [
    spec.targets.filter(({ passage }) => !passage),
    spec.targets.filter(({ passage }) => passage),
  ];
  // What goes to somebody's workload, service or host is stopped in the routes.
  const copying = [...spec.entries, ...(spec.leaving ?? [])];
  const left = copying.filter((entry) => ownCommand(spec, targetOfEntry(spec, entry)) === null);
  const patched = virtualServices.flatMap((object) => {
    const command = patchCommand(left, object);
    return command === null ? [] : [{ text: nameOf(object.metadata), command }];
  });
  const edited = new Map(left.map(({ virtualService }) => [nameOf(virtualService), virtualService]));
  for (const { text } of patched) edited.delete(text);
  return [
    ...ownOf(staying),
    ...patched.map(({ command }) => command),
    ...[...edited.values()].map(({ namespace, name }) => kubectl(namespace, 'edit', 'virtualservice', name)),
    ...ownOf(passing),
  ].join('; ');
}

function nameOf({ namespace = '', name }: { namespace?: string; name: string }): string {
  return `${namespace}/${name}`;
}

/** True when the command changes nothing but the task's own objects: no tool that applies the routes undoes it. */
export function stopsByOwnObjects(spec: TaskSpec): boolean {
  return spec.targets.every((target) => ownCommand(spec, target) !== null);
}

/** Stops one target's copies by an object of the task's; null where none of them can. */
function ownCommand({ namespace }: TaskSpec, { created, workload, mirrorService }: TaskTarget): string | null {
  if (created && workload !== null) return kubectl(namespace, 'scale', 'deployment', workload, '--replicas=0');
  return mirrorService && kubectl(namespace, 'delete', 'service', mirrorService.metadata.name);
}

function kubectl(namespace: string, ...words: string[]): string {
  return shellLine('kubectl', '-n', namespace, ...words);
}

interface Operation {
  op: 'test' | 'remove';
  path: string;
  value?: unknown;
}

function patchCommand(left: readonly MirrorEntry[], object: VirtualService): string | null {
  const { namespace = '', name } = object.metadata;
  const entries = left.filter(
    (entry) => entry.virtualService.name === name && entry.virtualService.namespace === namespace,
  );
  const operations = (object.spec.http ?? []).flatMap((route, index) => {
    const found = entries.filter(({ destination }) => mirroredPercent(route, destination, namespace) !== null);
    const copies = new Map(found.map((entry) => [canonicalJson(entry.destination), entry]));
    // The last of a list first: each removal moves those behind it.
    return [...copies.values()]
      .map((entry) => removal(route, `/spec/http/${index}`, entry, namespace))
      .toSorted((a, b) => (b[0]?.path ?? '').localeCompare(a[0]?.path ?? '', 'en', { numeric: true }))
      .flat();
  });
  if (operations.length === 0) return null;
  return kubectl(namespace, 'patch', 'virtualservice', name, '--type=json', '-p', JSON.stringify(operations));
}

function removal(route: HttpRoute, path: string, { destination }: MirrorEntry, namespace: string): Operation[] {
  if (route.mirror !== undefined && isDestination({ destination: route.mirror }, destination, namespace)) {
    const fields = (['mirrorPercentage', 'mirrorPercent', 'mirror_percent'] as const).filter(
      (field) => route[field] !== undefined,
    );
    return [
      { op: 'test', path: `${path}/mirror`, value: route.mirror },
      { op: 'remove', path: `${path}/mirror` },
      ...fields.map((field): Operation => ({ op: 'remove', path: `${path}/${field}` })),
    ];
  }
  const index = route.mirrors?.findIndex((policy) => isDestination(policy, destination, namespace)) ?? -1;
  const ours = route.mirrors?.[index];
  if (!ours) return [];
  const item = `${path}/mirrors/${index}`;
  return [
    { op: 'test', path: `${item}/destination`, value: ours.destination },
    { op: 'remove', path: item },
  ];
}
