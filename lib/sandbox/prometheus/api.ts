/** The answers of Prometheus' HTTP API, apart from HTTP itself. */
import type { Clock } from '../core/clock.ts';
import { ExecutionError, QueryError } from './promql/ast.ts';
import { parseDuration } from './promql/literals.ts';
import { parsePromQL } from './promql/parse.ts';
import { toApiResult } from './json.ts';
import { instantQuery, rangeQuery, type QueryOptions } from './query.ts';
import type { Series, Tsdb } from './tsdb.ts';

export interface ApiOptions {
  tsdb: Tsdb;
  clock: Clock;
  scrapeIntervalMs: number;
  query?: QueryOptions;
}

export interface ApiAnswer {
  status: number;
  body: unknown;
}

type ErrorType = 'bad_data' | 'execution' | 'not_found';

class ApiError extends Error {
  readonly type: ErrorType;

  constructor(type: ErrorType, message: string) {
    super(message);
    this.type = type;
  }
}

const statusOf: Record<ErrorType, number> = { bad_data: 400, execution: 422, not_found: 404 };
const maxPoints = 11_000;
const labelNamePattern = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Answers `path` (below /api/v1) with the form's or URL's parameters; undefined = there is no such path. */
export function answer(path: string, params: URLSearchParams, options: ApiOptions): ApiAnswer | undefined {
  try {
    const data = route(path, params, options);
    return data === undefined ? undefined : { status: 200, body: { status: 'success', data } };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): ApiAnswer {
  let known: ApiError;
  if (error instanceof ApiError) known = error;
  else if (error instanceof QueryError) known = new ApiError('bad_data', `invalid parameter "query": ${error.message}`);
  else if (error instanceof ExecutionError) known = new ApiError('execution', error.message);
  else throw error;
  return { status: statusOf[known.type], body: { status: 'error', errorType: known.type, error: known.message } };
}

function route(path: string, params: URLSearchParams, options: ApiOptions): unknown {
  const values = /^\/label\/([^/]+)\/values$/.exec(path);
  if (values) return labelValues(decoded(values[1] as string), params, options);
  switch (path) {
    case '/query':
      return query(params, options);
    case '/query_range':
      return queryRange(params, options);
    case '/series':
      return series(params, options);
    case '/labels':
      return labelNames(params, options);
    case '/metadata':
      return {};
    case '/targets':
      return targets(options);
    case '/status/buildinfo':
      return {
        version: '3.5.0',
        revision: 'sandbox',
        branch: 'HEAD',
        buildUser: 'sandbox',
        buildDate: '',
        goVersion: '',
      };
    case '/status/config':
      return { yaml: configYaml(options.scrapeIntervalMs) };
    case '/status/flags':
      return { 'query.lookback-delta': '5m', 'query.max-samples': '50000000', 'query.timeout': '2m' };
    case '/status/runtimeinfo':
      return {
        storageRetention: `${Math.round(options.tsdb.retentionMs / 3_600_000)}h`,
        timeSeriesCount: options.tsdb.all().length,
      };
    default:
      return undefined;
  }
}

function query(params: URLSearchParams, { tsdb, clock, query: limits }: ApiOptions): unknown {
  const timeMs = params.has('time') ? parseTime(params, 'time') : clock.now();
  return toApiResult(instantQuery(tsdb, params.get('query') ?? '', timeMs, limits));
}

function queryRange(params: URLSearchParams, { tsdb, query: limits }: ApiOptions): unknown {
  const startMs = parseTime(params, 'start');
  const endMs = parseTime(params, 'end');
  if (endMs < startMs)
    throw new ApiError('bad_data', 'invalid parameter "end": end timestamp must not be before start time');
  const stepMs = parseStep(params);
  if (Math.floor((endMs - startMs) / stepMs) > maxPoints) {
    throw new ApiError(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  return toApiResult(rangeQuery(tsdb, params.get('query') ?? '', { startMs, endMs, stepMs }, limits));
}

function series(params: URLSearchParams, options: ApiOptions): unknown {
  if (!params.getAll('match[]').length) throw new ApiError('bad_data', 'no match[] parameter provided');
  const unique = new Map(selected(params, options).map(({ labels }) => [labels.key, labels]));
  return limited(
    [...unique.values()].toSorted((a, b) => a.compare(b)).map((labels) => labels.toRecord()),
    params,
  );
}

function labelNames(params: URLSearchParams, options: ApiOptions): unknown {
  const names = selected(params, options).flatMap(({ labels }) => labels.pairs.map(([name]) => name));
  return limited([...new Set(names)].toSorted(), params);
}

function labelValues(name: string, params: URLSearchParams, options: ApiOptions): unknown {
  if (!labelNamePattern.test(name)) throw new ApiError('bad_data', `invalid label name: ${JSON.stringify(name)}`);
  const values = selected(params, options).map(({ labels }) => labels.get(name));
  return limited([...new Set(values)].filter(Boolean).toSorted(), params);
}

/** The series that any `match[]` selects and that have a sample between start and end. */
function selected(params: URLSearchParams, { tsdb }: ApiOptions): Series[] {
  const startMs = params.has('start') ? parseTime(params, 'start') : -Infinity;
  const endMs = params.has('end') ? parseTime(params, 'end') : Infinity;
  const matches = params.getAll('match[]').map((match) => {
    const expr = parsePromQL(match);
    if (expr.type !== 'selector')
      throw new ApiError('bad_data', 'invalid parameter "match[]": must be a series selector');
    return expr.matchers;
  });
  const found = matches.length ? matches.flatMap((matchers) => tsdb.select(matchers)) : tsdb.all();
  return [...new Set(found)].filter(({ times, offset, values }) => {
    const first = times.data[offset] ?? Infinity;
    const last = times.data[offset + values.length - 1] ?? -Infinity;
    return values.length > 0 && first <= endMs && last >= startMs;
  });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ApiError('bad_data', `invalid label name: ${JSON.stringify(part)}`);
  }
}

function limited<T>(items: T[], params: URLSearchParams): T[] {
  const limit = Number(params.get('limit') ?? 0);
  return limit > 0 ? items.slice(0, limit) : items;
}

function targets({ tsdb, clock }: ApiOptions): unknown {
  const up = instantQuery(tsdb, 'up', clock.now());
  const activeTargets = up.resultType === 'vector' ? up.result.map(({ metric }) => target(metric)) : [];
  return { activeTargets, droppedTargets: [] };
}

function target(metric: Record<string, string>): unknown {
  const { __name__: _name, ...labels } = metric;
  return {
    labels,
    scrapePool: labels.job,
    health: 'up',
    lastError: '',
    scrapeUrl: `http://${labels.instance}/stats/prometheus`,
  };
}

function parseTime(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? '';
  const seconds = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(seconds)) return Math.round(seconds * 1000);
  const isRfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)$/.test(text);
  const parsed = isRfc3339 ? Date.parse(text) : NaN;
  if (!isNaN(parsed)) return parsed;
  throw new ApiError(
    'bad_data',
    `invalid parameter "${name}": cannot parse ${JSON.stringify(text)} to a valid timestamp`,
  );
}

function parseStep(params: URLSearchParams): number {
  const text = params.get('step') ?? '';
  const stepMs = text.startsWith('-') ? -1 : parseDuration(text);
  if (stepMs === undefined) {
    throw new ApiError(
      'bad_data',
      `invalid parameter "step": cannot parse ${JSON.stringify(text)} to a valid duration`,
    );
  }
  if (stepMs <= 0) {
    throw new ApiError(
      'bad_data',
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  return stepMs;
}

function configYaml(scrapeIntervalMs: number): string {
  const interval = scrapeIntervalMs % 1000 === 0 ? `${scrapeIntervalMs / 1000}s` : `${scrapeIntervalMs}ms`;
  const job = (name: string): string =>
    `- job_name: ${name}\n  honor_timestamps: true\n  scrape_interval: ${interval}\n`;
  return (
    `global:\n  scrape_interval: ${interval}\n  scrape_timeout: 10s\n  evaluation_interval: ${interval}\n` +
    `scrape_configs:\n${job('kubernetes-pods')}${job('kubernetes-nodes-cadvisor')}${job('istiod')}`
  );
}
