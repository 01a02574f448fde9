import type { VirtualService } from './kubernetes.ts';
import type { MirrorEntry, RouteChoice, RouteKey, TaskSpec } from './task.ts';
import { isCloneName, RouteIndex } from './virtual-service-edit.ts';

/** Positions of the routes of a VirtualService that a choice names today. */
export function chosenAt(
  { metadata }: VirtualService,
  choices: readonly RouteChoice[],
  routes: RouteIndex,
): ReadonlySet<number> {
  const ofObject = choices.filter(
    ({ namespace, virtualService }) => namespace === metadata.namespace && virtualService === metadata.name,
  );
  return new Set(ofObject.flatMap((choice) => routes.find(keyOf(choice)).map(({ index }) => index)));
}

/** Routes that a task copies from, and the tasks by whose entries their clones are known: itself, too. */
export interface ChosenRoutes {
  choices: readonly RouteChoice[];
  tasks: readonly TaskSpec[];
}

/**
 * True when requests of the route at that position are chosen. A task's clone takes requests away from its original: it
 * is chosen where that is, also while another clone that it was made of is out, or has gone for good.
 */
export function isChosen(object: VirtualService, index: number, chosen: ChosenRoutes, routes: RouteIndex): boolean {
  const positions = chosenAt(object, chosen.choices, routes);
  if (positions.has(index)) return true;
  const { name } = object.spec.http?.[index] ?? {};
  if (name === undefined || !isCloneName(name)) return false;
  const origins = originsOf(object, name, chosen.tasks);
  return origins.some((key) => routes.find(key).some((found) => positions.has(found.index)));
}

/** The owner's route that a clone was made of, also by way of other clones; null: not known. */
export function originOf(object: VirtualService, clone: string, tasks: readonly TaskSpec[]): RouteKey | null {
  return originsOf(object, clone, tasks)[0] ?? null;
}

/** By the entries of the tasks that made clones of that name: each says where its own began, or what it was made of. */
function originsOf(object: VirtualService, clone: string, tasks: readonly TaskSpec[]): RouteKey[] {
  const seen = new Set<string>();
  const from = (name: string): RouteKey[] => {
    if (seen.has(name)) return [];
    seen.add(name);
    return makersOf(object, name, tasks).flatMap(({ route, origin }) => {
      if (origin) return [origin];
      return route.name !== null && isCloneName(route.name) ? from(route.name) : [route];
    });
  };
  return from(clone);
}

/** The choices that name no route of the VirtualServices. */
export function goneChoices(choices: readonly RouteChoice[], objects: readonly VirtualService[]): RouteChoice[] {
  return choices.filter((choice) =>
    objects.every((object) => {
      const routes = new RouteIndex(object.spec.http ?? [], object.metadata.namespace ?? '');
      return chosenAt(object, [choice], routes).size === 0;
    }),
  );
}

function keyOf({ route }: RouteChoice): RouteKey {
  return { name: route, hash: route.startsWith('#') ? route.slice(1) : '' };
}

/** The entries that made a clone. */
function makersOf({ metadata }: VirtualService, clone: string, tasks: readonly TaskSpec[]): MirrorEntry[] {
  return tasks.flatMap(({ entries, leaving = [] }) =>
    [...entries, ...leaving].filter(
      ({ cloneName, virtualService: { namespace, name } }) =>
        cloneName === clone && name === metadata.name && namespace === metadata.namespace,
    ),
  );
}
