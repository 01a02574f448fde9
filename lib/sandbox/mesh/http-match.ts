/** Match conditions of a VirtualService's HTTP route. */
import { RegexError, re2 } from '../core/re2.ts';
import { selects, type HttpMatch, type RequestSpec, type StringMatch } from './objects.ts';
import { gatewayName } from './snapshots.ts';

/** The proxy that routes: a sidecar, or a gateway with the names (NAMESPACE/NAME) of its Gateways. */
export interface RoutingClient {
  namespace: string;
  labels: Record<string, string>;
  gateways: readonly string[] | undefined;
}

/** Whether any of the conditions holds; a route without conditions takes every request. */
export function matchesAny(
  matches: HttpMatch[] | undefined,
  request: RequestSpec,
  client: RoutingClient,
  ruleNamespace: string,
): HttpMatch | true | undefined {
  if (!matches?.length) return true;
  return matches.find((match) => concerns(match, client, ruleNamespace) && holds(match, request));
}

/** Whether istiod gives this proxy a route with these conditions for the port, whatever the requests. */
export function isGivenTo(
  matches: HttpMatch[] | undefined,
  port: number,
  client: RoutingClient,
  ruleNamespace: string,
): boolean {
  if (!matches?.length) return true;
  return matches.some((match) => concerns(match, client, ruleNamespace) && (match.port ?? port) === port);
}

/** Whether istiod gives this proxy the condition at all. */
function concerns(match: HttpMatch, client: RoutingClient, ruleNamespace: string): boolean {
  if (match.gateways?.length) {
    const names = match.gateways.map((name) => gatewayName(name, ruleNamespace));
    if (!names.some((name) => (client.gateways ? client.gateways.includes(name) : name === 'mesh'))) return false;
  }
  if (match.sourceNamespace && match.sourceNamespace !== client.namespace) return false;
  return selects(match.sourceLabels ?? {}, client.labels);
}

function holds(match: HttpMatch, request: RequestSpec): boolean {
  const url = new URL(request.path, 'http://host');
  const uri = match.ignoreUriCase ? url.pathname.toLowerCase() : url.pathname;
  const wantedUri = match.ignoreUriCase && match.uri ? lowerCase(match.uri) : match.uri;
  if (match.port !== undefined && match.port !== request.port) return false;
  if (wantedUri && !matchesString(wantedUri, uri)) return false;
  if (match.method && !matchesString(match.method, request.method)) return false;
  if (match.scheme && !matchesString(match.scheme, 'http')) return false;
  if (match.authority && !matchesString(match.authority, request.headers['host'] ?? authorityOf(request))) return false;
  const headers = (name: string): string | undefined => request.headers[name.toLowerCase()];
  for (const [name, wanted] of Object.entries(match.headers ?? {})) {
    if (!matchesOptional(wanted, headers(name))) return false;
  }
  for (const [name, unwanted] of Object.entries(match.withoutHeaders ?? {})) {
    if (matchesOptional(unwanted, headers(name))) return false;
  }
  return Object.entries(match.queryParams ?? {}).every(([name, wanted]) =>
    matchesOptional(wanted, url.searchParams.get(name) ?? undefined),
  );
}

/** An empty condition asks only for presence. */
function matchesOptional(wanted: StringMatch, value: string | undefined): boolean {
  return value !== undefined && matchesString(wanted, value);
}

function matchesString(wanted: StringMatch, value: string): boolean {
  if (wanted.exact !== undefined) return value === wanted.exact;
  if (wanted.prefix !== undefined) return value.startsWith(wanted.prefix);
  if (wanted.regex === undefined) return true;
  try {
    return re2(wanted.regex).test(value);
  } catch (error) {
    // Envoy refuses such a route as a whole; a condition that never holds is the nearest thing.
    if (error instanceof RegexError) return false;
    throw error;
  }
}

function lowerCase(match: StringMatch): StringMatch {
  if (match.exact !== undefined) return { exact: match.exact.toLowerCase() };
  return match.prefix === undefined ? match : { prefix: match.prefix.toLowerCase() };
}

function authorityOf({ host, port }: RequestSpec): string {
  return port === 80 ? host : `${host}:${port}`;
}
