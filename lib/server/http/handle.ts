import { randomUUID } from 'node:crypto';
import { KubernetesName } from '@/lib/contract/create-task-input';
import { getEnvironment } from '@/lib/server/env';
import { log } from '@/lib/server/log';
import { countRequest } from '@/lib/server/metrics/own-metrics';
import * as z from 'zod/mini';
import { ApiError, toApiError, toErrorBody } from './api-error';
import { readJson } from './body';
import { guardRequest, guardWrite } from './guard';
import { parse } from './invalid';
import { localeOf } from '@/lib/i18n/locale';
import type { Locale } from '@/lib/i18n/preferences';
import { queryObject } from './query';

const httpMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
type HttpMethod = (typeof httpMethods)[number];

type Empty = z.ZodMiniObject<Record<never, never>, z.core.$strict>;

export interface RouteSpec<Name extends string, Query extends z.ZodMiniType, Body extends z.ZodMiniType> {
  /** True for what changes something: Origin is checked and a body is read. */
  write?: boolean;
  /** The route's path parameters, all of them Kubernetes names. */
  names?: readonly Name[];
  /** Query parameters; without a schema none is accepted. */
  query?: Query;
  /** Body of a write; without a schema only an empty one (or `{}`) is accepted. */
  body?: Body;
  /** False for probes, which answer without the launch token. */
  needsToken?: boolean;
}

export interface RouteContext<Name extends string, Query, Body> {
  request: Request;
  names: Record<Name, string>;
  query: Query;
  body: Body;
  /** The language of `message` texts. */
  locale: Locale;
  requestId: string;
}

/** What Next calls. */
export type RouteHandler = (
  request: Request,
  context: { params: Promise<Record<string, string | string[] | undefined>> },
) => Promise<Response>;

const nothing: Empty = z.strictObject({});

/**
 * A Next route handler around `answer`. Before it runs, in this order: Host, launch token, Origin (writes), names
 * of the path, query, Content-Type, size, JSON and schema of the body. `answer` returns a Response, or a value that
 * is sent as JSON with status 200. Whatever it throws becomes an ErrorBody (see `toApiError`).
 */
export function handle<
  Name extends string = never,
  Query extends z.ZodMiniType = Empty,
  Body extends z.ZodMiniType = Empty,
>(
  spec: RouteSpec<Name, Query, Body>,
  answer: (context: RouteContext<Name, z.output<Query>, z.output<Body>>) => unknown,
): RouteHandler {
  return (request, { params }) =>
    answerSafely(request, params, async (locale, requestId) => {
      guardRequest(request, getEnvironment(), spec.needsToken ?? true);
      if (spec.write) guardWrite(request);
      const names = parseNames(spec.names ?? [], (await params) ?? {});
      const query = parse(spec.query ?? nothing, queryObject(new URL(request.url).searchParams));
      const body = spec.write ? parse(spec.body ?? nothing, await readJson(request)) : {};
      const result = await answer({
        request,
        names,
        query: query as z.output<Query>,
        body: body as z.output<Body>,
        locale,
        requestId,
      });
      return result instanceof Response ? result : Response.json(result);
    });
}

/** The exports of a route file: the given handlers, and 405 with Allow for every other method. */
export function methods(handlers: Partial<Record<HttpMethod, RouteHandler>>): Record<HttpMethod, RouteHandler> {
  const allow = Object.keys(handlers).join(', ');
  const refuse: RouteHandler = (request, { params }) =>
    answerSafely(request, params, () => {
      guardRequest(request, getEnvironment(), true);
      throw new ApiError('method_not_allowed', { method: request.method, allow });
    });
  return Object.fromEntries(httpMethods.map((method) => [method, handlers[method] ?? refuse])) as Record<
    HttpMethod,
    RouteHandler
  >;
}

/** The exports of the route for addresses that lead nowhere: 404 for every method. */
export function nothingHere(): Record<HttpMethod, RouteHandler> {
  const answer: RouteHandler = (request, { params }) =>
    answerSafely(request, params, () => {
      guardRequest(request, getEnvironment(), true);
      throw new ApiError('not_found', { kind: 'path', name: new URL(request.url).pathname });
    });
  return Object.fromEntries(httpMethods.map((method) => [method, answer])) as Record<HttpMethod, RouteHandler>;
}

async function answerSafely(
  request: Request,
  // Next resolves this to undefined on a route without dynamic segments.
  params: Promise<Record<string, unknown> | undefined>,
  answer: (locale: Locale, requestId: string) => Response | Promise<Response>,
): Promise<Response> {
  const startedAt = performance.now();
  const requestId = randomUUID();
  const locale = localeOf(request.headers.get('accept-language'));
  const response = await (async () => answer(locale, requestId))().catch((error: unknown) => {
    const apiError = toApiError(error, requestId);
    if (apiError.code === 'internal') log.error({ err: error, requestId }, 'request failed');
    return Response.json(toErrorBody(apiError, locale), { status: apiError.status, headers: errorHeaders(apiError) });
  });
  for (const [name, value] of Object.entries(answerHeaders))
    if (!response.headers.has(name)) response.headers.set(name, value);
  response.headers.set('x-request-id', requestId);

  const seconds = (performance.now() - startedAt) / 1000;
  const route = routeOf(new URL(request.url).pathname, (await params) ?? {});
  countRequest({ route, method: request.method, status: response.status }, seconds);
  const level = request.method === 'GET' || request.method === 'HEAD' ? 'debug' : 'info';
  log[level]({ requestId, method: request.method, route, status: response.status, seconds }, 'request');
  return response;
}

const answerHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  vary: 'Accept-Language',
  'x-content-type-options': 'nosniff',
};

function errorHeaders(error: ApiError): Record<string, string> {
  if (error.code === 'method_not_allowed') return { allow: String((error.params as { allow: string }).allow) };
  if (error.code === 'unauthorized') return { 'www-authenticate': 'Bearer' };
  return {};
}

function parseNames<Name extends string>(
  wanted: readonly Name[],
  params: Record<string, unknown>,
): Record<Name, string> {
  const schema = z.object(Object.fromEntries(wanted.map((name) => [name, KubernetesName])));
  return parse(schema, params) as Record<Name, string>;
}

/** The route's pattern, so that logs and counters do not grow with the names in paths. */
function routeOf(pathname: string, params: Record<string, unknown>): string {
  return Object.entries(params).reduce((path, [key, value]) => {
    if (typeof value === 'string') return path.replace(`/${encodeURIComponent(value)}`, `/[${key}]`);
    return Array.isArray(value) ? '/api/[...]' : path;
  }, pathname);
}
