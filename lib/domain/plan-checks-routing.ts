import { finding, listText, orPass, refTo, type Check } from './check.ts';
import { findSubset } from './destination-rules.ts';
import { meshRoutesOf } from './entrances.ts';
import type { DestinationRule, HttpRoute, VirtualService } from './kubernetes.ts';
import { routeLeadsTo, usedDestinations } from './mesh-routing.ts';
import { leadsTo } from './names.ts';
import { makerOf } from './ownership.ts';
import { formatPercent, percentOf } from './percentage.ts';
import { checkOwners } from './plan-checks.ts';
import { canRead, carriersOf, type PlanFacts } from './plan-facts.ts';
import type { Planned } from './planned.ts';
import type { SkippedRoute, SkipReason } from './plan-entries.ts';
import { subsetSelects } from './selectors.ts';
import { goneChoices } from './chosen-routes.ts';
import { isSameChoice } from './route-choice.ts';
import { routeOptions } from './route-options.ts';
import { isDestination, mirrorPoliciesOf } from './route-mirror.ts';
import { copiedPort, entriesIn, RouteIndex } from './virtual-service-edit.ts';
import type { TaskSpec } from './task.ts';
import { isAtLeastAsVisible } from './visibility.ts';
import { isPodReady, podsWith } from './workloads.ts';

/** Checks of the rules that carry the service's requests. */
export function checkRouting(planned: Planned): Check[] {
  const { facts, spec } = planned;
  return [
    ...checkHosts(planned),
    ...checkRoutes(planned),
    ...checkSubsets(facts),
    ...checkRulePath(planned),
    ...checkExistingMirrors(planned),
    ...checkPlacement(planned),
    ...checkOwners(spec, facts),
  ];
}

function checkHosts({ facts: { routing, input, host, service, snapshot }, spec }: Planned): Check[] {
  const winner = routing.mesh[0]?.metadata.name ?? '';
  const shadowed = routing.shadowed.map((object) =>
    finding('warn', 'duplicate_host', refTo(object), { reason: 'shadowed', host, name: object.metadata.name, winner }),
  );
  const others = routing.mesh
    // Where others' routes were chosen, what another task makes for the rest is none of this one's.
    .filter((object) => makerOf(object) !== null && (!input.routes || isEdited(object, spec)))
    .map((object) =>
      finding('fail', 'duplicate_host', refTo(object), {
        reason: 'other_task',
        host,
        name: object.metadata.name,
        winner: makerOf(object) ?? '',
      }),
    );
  // A paused task's own VirtualService is not there and comes back.
  const waiting = snapshot.tasks
    .filter(
      ({ namespace, name, service }) => service.host === host && !(namespace === spec.namespace && name === spec.name),
    )
    .filter(({ virtualService }) => spec.virtualService !== null && virtualService !== null)
    .map(({ name, virtualService }) =>
      finding('fail', 'duplicate_host', virtualService && refTo(virtualService), {
        reason: 'other_task',
        host,
        name: virtualService?.metadata.name ?? '',
        winner: name,
      }),
    );
  const ofGatewayApi = spec.virtualService
    ? meshRoutesOf(service, snapshot.httpRoutes).map((object) =>
        finding('fail', 'duplicate_host', refTo(object), {
          reason: 'http_route',
          host,
          name: object.metadata.name,
          winner: '',
        }),
      )
    : [];
  const { wildcard } = routing;
  const covered =
    wildcard && !routing.coversAll
      ? [
          finding('fail', 'duplicate_host', refTo(wildcard), {
            reason: 'wildcard',
            host,
            name: wildcard.metadata.name,
            winner: '',
          }),
        ]
      : [];
  const object = routing.mesh[0] ? refTo(routing.mesh[0]) : null;
  return orPass([...others, ...waiting, ...ofGatewayApi, ...covered, ...shadowed], 'duplicate_host', object, {
    host,
    name: winner,
    found: routing.mesh.length > 0 ? 'one' : 'none',
    service: input.service,
  });
}

function isEdited({ metadata }: VirtualService, { entries, pins }: TaskSpec): boolean {
  return [...entries, ...pins].some(
    ({ virtualService: { namespace, name } }) => namespace === metadata.namespace && name === metadata.name,
  );
}

/** Reasons that an operator must know of; routes that lead elsewhere carry no requests of the service. */
const toldReasons = new Set<SkipReason>([
  'redirect',
  'direct_response',
  'delegate',
  'mixed_ports',
  'ambiguous',
  'unreachable',
  'other_host',
  'of_delegate',
]);

function checkRoutes(planned: Planned): Check[] {
  const { facts, spec, routes } = planned;
  const told = routes.skipped.filter((skipped) => toldReasons.has(skipped.reason) && concerns(skipped, facts.host));
  // To copy from the other routes alone would look as if nobody had sent what this one takes.
  const unwritable = routes.skipped
    .filter(({ reason }) => reason === 'unwritable')
    .map(({ virtualService, route, reason }) =>
      finding('fail', 'virtual_service_routes', refTo(virtualService), {
        reason,
        name: virtualService.metadata.name,
        route,
      }),
    );
  const missed = missedChoices(planned);
  const warnings = told.map(({ virtualService, route, reason }) =>
    finding('warn', 'virtual_service_routes', refTo(virtualService), {
      reason,
      name: virtualService.metadata.name,
      route,
      hosts: listText(virtualService.spec.hosts ?? []),
    }),
  );
  const shared = sharedRoutes(facts, spec.entries.length > 0);
  const object = facts.routing.mesh[0] ? refTo(facts.routing.mesh[0]) : null;
  const refused = [...unwritable, ...missed];
  if (refused.length > 0) return [...refused, ...warnings];
  if (spec.entries.length === 0) {
    const params = {
      reason: routes.skipped.some(({ reason }) => reason === 'not_selected') ? 'not_selected' : 'none',
      name: facts.routing.mesh[0]?.metadata.name ?? '',
      route: '',
      service: facts.input.service,
    };
    return [finding('fail', 'virtual_service_routes', object, params), ...warnings];
  }
  const uncovered = facts.ports.filter((port) => !isCopied(port, planned));
  const lost = uncovered.map((port) =>
    finding('warn', 'virtual_service_routes', object, {
      reason: 'port_not_covered',
      name: facts.routing.mesh[0]?.metadata.name ?? '',
      route: String(port),
    }),
  );
  const names = [...new Set(spec.entries.map(({ virtualService }) => virtualService.name))];
  return orPass([...warnings, ...shared, ...lost], 'virtual_service_routes', object, {
    count: spec.entries.length,
    name: listText(names),
  });
}

/** Chosen routes that are not there, or of which nothing can be copied. */
function missedChoices({ facts, routes }: Planned): Check[] {
  const { input } = facts;
  const choices = input.routes ?? [];
  if (choices.length === 0) return [];
  const objects = carriersOf(facts);
  const gone = goneChoices(choices, objects).map((choice) => ({ ...choice, reason: 'chosen_gone' }));
  const unfit = objects
    .flatMap((object) => routeOptions(object, facts.host, routes))
    .filter(({ canMirror, reason }) => !canMirror && reason?.code !== 'route_cannot_not_selected')
    .filter((option) => choices.some((choice) => isSameChoice(choice, option)))
    .map((option) => ({ ...option, reason: 'chosen_cannot' }));
  return [...gone, ...unfit].map(({ namespace, virtualService: name, route, reason }) => {
    const object = objects.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    return finding('fail', 'virtual_service_routes', object ? refTo(object) : null, { reason, name, route });
  });
}

/** Behind a route that takes every request only those matter which were meant for the service. */
function concerns({ virtualService, route, reason }: SkippedRoute, host: string): boolean {
  if (reason !== 'unreachable') return true;
  const { spec, metadata } = virtualService;
  const found = spec.http?.find(({ name }, index) => (name ?? `#${index + 1}`) === route);
  return found !== undefined && routeLeadsTo(found, metadata.namespace ?? '', host);
}

/** True when requests of a port have copies: there, or on the port to which their route sends them. */
function isCopied(port: number, { facts: { routing }, spec }: Planned): boolean {
  if (spec.entries.some((entry) => copiedPort(entry) === port)) return true;
  return routing.mesh.some((object) => {
    const routes = new RouteIndex(object.spec.http ?? [], object.metadata.namespace ?? '');
    return entriesIn(spec, object)
      .filter(({ cloneName }) => cloneName === null)
      .some(({ route }) => routes.find(route).some((found) => takesPort(found.route, port)));
  });
}

function takesPort({ match }: HttpRoute, port: number): boolean {
  return !match?.length || match.some((one) => one.port === undefined || one.port === port);
}

/** Routes that send a part of their requests to another host: copies are made of all of them. */
function sharedRoutes({ routing, host }: PlanFacts, hasEntries: boolean): Check[] {
  if (!hasEntries) return [];
  return [...routing.mesh, ...routing.gateway].flatMap((object) => {
    const namespace = object.metadata.namespace ?? '';
    return (object.spec.http ?? []).flatMap((route, index) => {
      const used = usedDestinations(route);
      const ours = used.filter(({ destination }) => leadsTo(destination, namespace, host));
      if (ours.length === 0 || ours.length === used.length) return [];
      const params = { reason: 'shared', name: object.metadata.name, route: route.name ?? `#${index + 1}` };
      return [finding('warn', 'virtual_service_routes', refTo(object), params)];
    });
  });
}

/** Subsets that live routes name must exist and select ready pods, or those routes fail already. */
function checkSubsets(facts: PlanFacts): Check[] {
  const { paths, rules, service, snapshot, input } = facts;
  const used = new Set(
    paths.filter(({ isUsed }) => isUsed).flatMap(({ destination }) => destination.destination.subset ?? []),
  );
  const rule = rules.own ? refTo(rules.own) : null;
  const found = [...used].flatMap((name) => {
    const subset = findSubset(rules.subsets, name);
    if (!subset) return [finding('fail', 'subset_exists', rule, { subset: name, service: input.service })];
    if (!canRead(facts, 'Pod'))
      return [finding('unknown', 'subset_exists', rule, { subset: name, service: input.service })];
    const ready = podsWith(service.spec.selector ?? {}, input.namespace, snapshot.pods)
      .filter(isPodReady)
      .filter(({ metadata }) => subsetSelects(subset.labels, metadata.labels ?? {}));
    return ready.length > 0 ? [] : [finding('warn', 'subset_exists', rule, { subset: name, service: input.service })];
  });
  return orPass(found, 'subset_exists', rule, {
    subsets: listText([...used]),
    count: used.size,
    service: input.service,
  });
}

/** Clients that do not see the task's subsets: their copies are lost, and pinned, their requests would fail. */
function checkRulePath({ facts, spec, target }: Planned): Check[] {
  const { rules, host, snapshot } = facts;
  const { subsets } = spec;
  const rule = rules.own ? refTo(rules.own) : null;
  if (target.placement === null) return [];
  if (!subsets || target.placement === 'dedicated')
    return [finding('pass', 'destination_rule_path', rule, { host, placement: 'dedicated', name: '' })];
  const lacks = (object: DestinationRule) =>
    subsets.subsets.find(({ name }) => !object.spec.subsets?.some((subset) => subset.name === name));
  const found = rules.elsewhere.flatMap((object) => {
    const missing = lacks(object);
    if (!missing) return [];
    const isPinned = spec.pins.some(
      ({ subset }) => lacks(object) && !object.spec.subsets?.some(({ name }) => name === subset),
    );
    const { name, namespace = '' } = object.metadata;
    const params = { reason: 'client_rule', host, name, namespace, subset: missing.name };
    return [finding(isPinned ? 'fail' : 'warn', 'destination_rule_path', refTo(object), params)];
  });
  const hidden = snapshot.virtualServices
    .filter((object) => entriesIn(spec, object).length > 0 && rules.own && !isAtLeastAsVisible(rules.own, object))
    .map(({ metadata: { name, namespace = '' } }) =>
      finding('warn', 'destination_rule_path', rule, {
        reason: 'private',
        host,
        name: rules.own?.metadata.name ?? '',
        virtualService: name,
        namespace,
      }),
    );
  return orPass([...found, ...hidden], 'destination_rule_path', rule, {
    host,
    placement: 'subset',
    name: subsets.destinationRule.name,
  });
}

function checkExistingMirrors({ facts, spec }: Planned): Check[] {
  const objects = [...facts.routing.mesh, ...facts.routing.gateway];
  const found = objects.flatMap((object) => {
    const { namespace = '', name } = object.metadata;
    const http = object.spec.http ?? [];
    const entries = spec.entries.filter(
      (entry) => entry.virtualService.name === name && entry.virtualService.namespace === namespace,
    );
    const routes = new RouteIndex(http, namespace);
    const chosen = new Set(entries.flatMap(({ route }) => routes.find(route).map(({ index }) => index)));
    return http.flatMap((route, index) =>
      mirrorPoliciesOf(route).flatMap((policy) => {
        const isSame = entries.some(
          ({ destination }) =>
            isDestination(policy, destination, namespace) ||
            isDestination(
              { destination: { ...policy.destination, port: { number: destination.port } } },
              destination,
              namespace,
            ),
        );
        if (!isSame && !chosen.has(index)) return [];
        const { host, subset } = policy.destination;
        const params = {
          name,
          route: route.name ?? `#${index + 1}`,
          destination: subset === undefined ? host : `${host} ${subset}`,
          percentage: formatPercent(percentOf(policy.percentage)),
        };
        return [finding(isSame ? 'fail' : 'warn', 'existing_mirror', refTo(object), params)];
      }),
    );
  });
  return orPass(found, 'existing_mirror', objects[0] ? refTo(objects[0]) : null, { service: facts.input.service });
}

function checkPlacement({ choice, facts }: Planned): Check[] {
  const { placement, refusals } = choice;
  if (placement === null) return [];
  const params = { placement, service: facts.input.service };
  if (placement === 'dedicated') return [finding('pass', 'placement_subset', null, params)];
  const found = refusals.map(({ reason, name }) =>
    finding('fail', 'placement_subset', null, { ...params, reason, name }),
  );
  return orPass(found, 'placement_subset', null, params);
}
