import type { RouteDestination, VirtualService } from './kubernetes.ts';
import { usedDestinations } from './mesh-routing.ts';
import { leadsTo } from './names.ts';
import type { Pin } from './task.ts';
import { RouteIndex } from './virtual-service-edit.ts';

/** A destination of a route that leads to the service. */
export interface LivePath {
  virtualService: VirtualService;
  routeIndex: number;
  destinationIndex: number;
  destination: RouteDestination;
  /** It gets requests: see `usedDestinations`. */
  isUsed: boolean;
}

/** Every http destination that leads to the host, whatever VirtualService, host or gateway it stands under. */
export function livePathsTo(host: string, all: readonly VirtualService[]): LivePath[] {
  return all.flatMap((virtualService) =>
    (virtualService.spec.http ?? []).flatMap((route, routeIndex) => {
      const used = usedDestinations(route);
      return (route.route ?? []).flatMap((destination, destinationIndex) =>
        leadsTo(destination.destination, virtualService.metadata.namespace ?? '', host)
          ? [{ virtualService, routeIndex, destinationIndex, destination, isUsed: used.includes(destination) }]
          : [],
      );
    }),
  );
}

/** Paths without a subset: they reach every pod that the Service selects. */
export function unpinned(paths: readonly LivePath[]): LivePath[] {
  return paths.filter(({ destination }) => destination.destination.subset === undefined);
}

/** Pins that give each path the subset. */
export function planPins(paths: readonly LivePath[], subset: string): Pin[] {
  const indexOf = indexes();
  return paths.map(({ virtualService, routeIndex, destinationIndex }) => {
    const { namespace = '', name } = virtualService.metadata;
    const route = indexOf(virtualService).keyAt(routeIndex);
    return { virtualService: { namespace, name }, route, destinationIndex, subset };
  });
}

/** A path whose route cannot be told from another one of its VirtualService: both look alike and have no name. */
export function ambiguousPath(paths: readonly LivePath[]): LivePath | null {
  const indexOf = indexes();
  return paths.find(({ virtualService, routeIndex }) => indexOf(virtualService).isAmbiguousAt(routeIndex)) ?? null;
}

/** One index per VirtualService, made when it is first asked for. */
function indexes(): (virtualService: VirtualService) => RouteIndex {
  const made = new Map<VirtualService, RouteIndex>();
  return (virtualService) => {
    const { metadata, spec } = virtualService;
    const index = made.get(virtualService) ?? new RouteIndex(spec.http ?? [], metadata.namespace ?? '');
    made.set(virtualService, index);
    return index;
  };
}
