import type { VirtualService } from './kubernetes.ts';
import type { RouteChoice, RouteKey, TaskSpec } from './task.ts';
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
 * is chosen where that is, also while another clone that it was made of is out.
 */
export function isChosen(object: VirtualService, index: number, chosen: ChosenRoutes, routes: RouteIndex): boolean {
  const positions = chosenAt(object, chosen.choices, routes);
  if (positions.has(index)) return true;
  const seen = new Set<string>();
  const isFrom = (name: string): boolean => {
    if (seen.has(name)) return false;
    seen.add(name);
    return originalsOf(object, name, chosen.tasks).some(
      (key) =>
        routes.find(key).some((found) => positions.has(found.index)) ||
        (key.name !== null && isCloneName(key.name) && isFrom(key.name)),
    );
  };
  const { name } = object.spec.http?.[index] ?? {};
  return name !== undefined && isCloneName(name) && isFrom(name);
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

/** What a clone was made of, by the entries of the task that made it. */
function originalsOf({ metadata }: VirtualService, clone: string, tasks: readonly TaskSpec[]): RouteKey[] {
  return tasks.flatMap(({ entries }) =>
    entries.flatMap(({ cloneName, virtualService, route }) =>
      cloneName === clone && virtualService.name === metadata.name && virtualService.namespace === metadata.namespace
        ? [route]
        : [],
    ),
  );
}
