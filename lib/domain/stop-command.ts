import type { HttpRoute, VirtualService } from './kubernetes.ts';
import { isDestination, mirroredPercent } from './route-mirror.ts';
import { shellLine } from './shell-line.ts';
import type { MirrorEntry, TaskSpec } from './task.ts';

/**
 * A shell line that stops a task's copies when the console is down, and cannot make a live request fail:
 * - a workload of ours is scaled to 0: Envoy then drops the copies, live routes do not name it;
 * - for somebody's workload, our Service or our entries go. Entries are found by position, so each patch tests that
 *   it takes out exactly our copy and refuses otherwise.
 */
export function stopCommand(spec: TaskSpec, virtualServices: readonly VirtualService[] = []): string {
  const { created, workload } = spec.target;
  if (created && workload !== null) return kubectl(spec.namespace, 'scale', 'deployment', workload, '--replicas=0');
  if (spec.mirrorService) return kubectl(spec.namespace, 'delete', 'service', spec.mirrorService.metadata.name);
  const patches = virtualServices.flatMap((object) => patchCommand(spec, object) ?? []);
  if (patches.length > 0) return patches.join(' && ');
  const first = spec.entries[0]?.virtualService ?? { namespace: spec.namespace, name: spec.service.name };
  return kubectl(first.namespace, 'edit', 'virtualservice', first.name);
}

function kubectl(namespace: string, ...words: string[]): string {
  return shellLine('kubectl', '-n', namespace, ...words);
}

interface Operation {
  op: 'test' | 'remove';
  path: string;
  value?: unknown;
}

function patchCommand(spec: TaskSpec, object: VirtualService): string | null {
  const { namespace = '', name } = object.metadata;
  const entries = spec.entries.filter(
    (entry) => entry.virtualService.name === name && entry.virtualService.namespace === namespace,
  );
  const operations = (object.spec.http ?? []).flatMap((route, index) => {
    const entry = entries.find(({ destination }) => mirroredPercent(route, destination, namespace) !== null);
    return entry ? removal(route, `/spec/http/${index}`, entry, namespace) : [];
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
