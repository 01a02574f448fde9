import { listText } from './check.ts';
import type { HttpMatch, HttpRoute, VirtualService } from './kubernetes.ts';
import type { MessageRef } from './message.ts';
import { routeLeadsTo } from './mesh-routing.ts';
import type { RoutePlan, SkippedRoute } from './plan-entries.ts';
import { choiceText } from './route-choice.ts';
import type { RouteChoice } from './task.ts';
import { isClone, RouteIndex } from './virtual-service-edit.ts';

/** A route that leads to a service, for people to choose from. */
export interface RouteOption extends RouteChoice {
  /** Gateways that have the route; `mesh`: the callers' own proxies. Empty: those of whatever delegates to it. */
  gateways: string[];
  /** What it takes, in words: alternatives, each of conditions that hold together; none: every request. */
  match: MessageRef[][];
  /** Its requests can be copied. */
  canMirror: boolean;
  /** They are to be. */
  chosen: boolean;
  /** Why they cannot; null when they can. */
  reason: MessageRef | null;
}

/** The routes of a VirtualService that lead to a service, or could, without those that tasks made. */
export function routeOptions(object: VirtualService, host: string, plan: RoutePlan): RouteOption[] {
  const { namespace = '', name } = object.metadata;
  const http = object.spec.http ?? [];
  const routes = new RouteIndex(http, namespace);
  const gateways = gatewaysOf(object);
  return http.flatMap((route, index) => {
    if (isClone(route)) return [];
    const text = route.name ?? `#${index + 1}`;
    const skipped = plan.skipped.find((one) => one.virtualService === object && one.route === text);
    const leads = routeLeadsTo(route, namespace, host);
    const isElsewhere = skipped?.reason === 'elsewhere' || (skipped?.reason === 'unreachable' && !leads);
    if (isElsewhere || (!leads && !isWithoutDestination(route))) return [];
    const canMirror = skipped === undefined || skipped.reason === 'not_chosen';
    const option: RouteOption = {
      namespace,
      virtualService: name,
      route: choiceText(routes.keyAt(index)),
      gateways,
      match: (route.match ?? []).map(matchWords).filter((words) => words.length > 0),
      canMirror,
      chosen: skipped === undefined,
      reason: canMirror ? null : reasonOf(skipped),
    };
    // An alternative without conditions takes every request, whatever the others say.
    const takesAll = (route.match ?? []).some((match) => matchWords(match).length === 0);
    return [takesAll ? { ...option, match: [] } : option];
  });
}

/** A redirect, an answer of its own or a delegate: of the service, as far as anybody can tell. */
function isWithoutDestination({ redirect, directResponse, delegate }: HttpRoute): boolean {
  return redirect !== undefined || directResponse !== undefined || delegate !== undefined;
}

/** None of a delegate: it is for the gateways of those that delegate to it. */
function gatewaysOf({ spec: { hosts, gateways } }: VirtualService): string[] {
  if (gateways?.length) return gateways;
  return hosts?.length ? ['mesh'] : [];
}

function reasonOf({ reason, virtualService }: SkippedRoute): MessageRef {
  return { code: `route_cannot_${reason}`, params: { hosts: listText(virtualService.spec.hosts ?? []) } };
}

const textFields = ['uri', 'method', 'scheme', 'authority'] as const;
const nestedFields = { headers: 'header', withoutHeaders: 'without', queryParams: 'query' } as const;
const uncounted = new Set(['name', 'statPrefix', 'ignoreUriCase']);

/** One alternative in words; none: every request meets it. */
function matchWords(match: HttpMatch): MessageRef[] {
  return Object.entries(match).flatMap(([field, value]) => {
    if (value === undefined || uncounted.has(field) || (field === 'uri' && isRoot(value))) return [];
    if (textFields.some((one) => one === field)) return [textWords(field, '', value)];
    if (field in nestedFields) {
      const kind = nestedFields[field as keyof typeof nestedFields];
      return Object.entries(value as Record<string, unknown>).map(([name, how]) => textWords(kind, name, how));
    }
    return [otherWords(field, value)];
  });
}

function isRoot(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'prefix' in value && value.prefix === '/';
}

function textWords(field: string, name: string, how: unknown): MessageRef {
  const found = typeof how === 'object' && how !== null ? Object.entries(how)[0] : undefined;
  const [kind, value] = found ?? ['present', ''];
  return { code: 'route_match', params: { field, name, kind, value: String(value) } };
}

function otherWords(field: string, value: unknown): MessageRef {
  if (field === 'port') return { code: 'route_port', params: { port: String(value) } };
  if (field === 'sourceNamespace') return { code: 'route_source_namespace', params: { namespace: String(value) } };
  if (field === 'gateways' && Array.isArray(value))
    return { code: 'route_gateways', params: { gateways: value.join(', ') } };
  if (field === 'sourceLabels' && typeof value === 'object' && value !== null) {
    const labels = Object.entries(value).map(([key, text]) => `${key}=${String(text)}`);
    return { code: 'route_source_labels', params: { labels: labels.join(', ') } };
  }
  return { code: 'route_condition', params: { field } };
}
