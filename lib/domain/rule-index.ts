import type { DestinationRule, KubeObject, VirtualService } from './kubernetes.ts';
import { fqdn, serviceHost } from './names.ts';
import type { TaskSpec } from './task.ts';

/**
 * The rules of a mesh by the hosts that they are about, so that a look at many tasks is one look at all rules, not one
 * each. What it gives for a task is all that `routingOf`, `rulesOf`, `livePathsTo` and drift find in the whole lists.
 */
export class RuleIndex {
  readonly #virtualServices: Lookup<VirtualService>;
  readonly #destinationRules: Lookup<DestinationRule>;

  constructor(virtualServices: readonly VirtualService[], destinationRules: readonly DestinationRule[]) {
    this.#virtualServices = new Lookup(virtualServices, hostsOfVirtualService);
    this.#destinationRules = new Lookup(destinationRules, ({ metadata, spec }) => [
      fqdn(spec.host, metadata.namespace ?? ''),
    ]);
  }

  /** For the task's service, leading to it or to its mirrors, or edited by it. */
  virtualServicesOf({ namespace, service, targets, entries, pins }: TaskSpec): VirtualService[] {
    const mirrors = targets.flatMap(({ mirrorService }) => mirrorService ?? []);
    const hosts = [service.host, ...mirrors.map(({ metadata }) => serviceHost(metadata.name, namespace))];
    return this.#virtualServices.find(
      hosts,
      [...entries, ...pins].map(({ virtualService }) => virtualService),
    );
  }

  /** For the task's service. */
  destinationRulesOf({ service }: TaskSpec): DestinationRule[] {
    return this.#destinationRules.find([service.host], []);
  }
}

type Name = { namespace: string; name: string };

/** Objects by host and by name; those with a wildcard are found for every host. */
class Lookup<T extends KubeObject> {
  readonly #objects: readonly T[];
  readonly #byHost = new Map<string, number[]>();
  readonly #byName = new Map<string, number>();
  readonly #wildcards: number[] = [];

  constructor(objects: readonly T[], hostsOf: (object: T) => string[]) {
    this.#objects = objects;
    for (const [position, object] of objects.entries()) {
      this.#byName.set(nameKey({ namespace: object.metadata.namespace ?? '', name: object.metadata.name }), position);
      const hosts = new Set(hostsOf(object));
      if ([...hosts].some((host) => host.startsWith('*'))) this.#wildcards.push(position);
      for (const host of hosts) {
        const known = this.#byHost.get(host);
        if (known) known.push(position);
        else this.#byHost.set(host, [position]);
      }
    }
  }

  /** In the order of the whole list, each once. */
  find(hosts: readonly string[], names: readonly Name[]): T[] {
    const positions = new Set([
      ...hosts.flatMap((host) => this.#byHost.get(host) ?? []),
      ...names.flatMap((name) => this.#byName.get(nameKey(name)) ?? []),
      ...this.#wildcards,
    ]);
    return [...positions].sort((a, b) => a - b).flatMap((position) => this.#objects[position] ?? []);
  }
}

/** Its own hosts, and every one that an http route leads to. */
function hostsOfVirtualService({ metadata, spec }: VirtualService): string[] {
  const destinations = (spec.http ?? []).flatMap(({ route = [] }) =>
    route.flatMap(({ destination }) => destination?.host ?? []),
  );
  return [...(spec.hosts ?? []), ...destinations].map((host) => fqdn(host, metadata.namespace ?? ''));
}

function nameKey({ namespace, name }: Name): string {
  return `${namespace}/${name}`;
}
