import { errorStatus, type ErrorBody, type ErrorCode } from '@/lib/contract/error';
import type { MessageRef } from '@/lib/domain/message';
import { isClusterError, type ClusterError } from '@/lib/server/cluster/cluster-error';
import type { Locale } from '@/lib/i18n/preferences';
import { renderMessage, type MessageArea } from './message';

/** What the text of each error code names; the texts are `error.<code>`. */
interface ErrorParams {
  invalid_input: Record<string, never>;
  unauthorized: Record<string, never>;
  /** `reason`: who refuses and why, in Kubernetes' own words where they are known. */
  forbidden: { reason: string };
  /** `kind`: a Kubernetes kind, `task` or `path`. */
  not_found: { kind: string; name: string };
  method_not_allowed: { method: string; allow: string };
  already_exists: { kind: string; name: string };
  conflict: { reason: string };
  /** `verb`: the running one, `by`: who started it. */
  operation_running: { verb: string; by: string };
  /** `verb`: the one that was asked for; why not is in the details. */
  not_possible: { verb: string };
  /** `object`: what changed since the plan was made. */
  precondition_failed: { object: string };
  payload_too_large: { limitBytes: number };
  unsupported_media_type: Record<string, never>;
  plan_infeasible: { failed: number };
  /** `request`: the id under which the server's log explains it. */
  internal: { request: string };
  not_implemented: { what: string };
  /** `upstream`: what did not answer, `reason`: how. */
  upstream_unavailable: { upstream: string; reason: string };
  metrics_unavailable: { reason: string };
}

/** One finding about a field; the text is `invalid.<code>` unless the code is a whole key. */
export interface ApiErrorDetail extends MessageRef {
  path: string;
}

/** An answer that is not 2xx, thrown anywhere below a route handler. */
export class ApiError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'ApiError';
  readonly code: Code;
  readonly params: ErrorParams[Code];
  readonly details: readonly ApiErrorDetail[];

  constructor(code: Code, params: ErrorParams[Code], details: readonly ApiErrorDetail[] = []) {
    super(code);
    this.code = code;
    this.params = params;
    this.details = details;
  }

  get status(): number {
    return errorStatus[this.code];
  }
}

/** The JSON body of an error, with its texts in `locale`. */
export function toErrorBody(error: ApiError, locale: Locale): ErrorBody {
  const params: Record<string, string | number> = { ...error.params };
  const text = (ref: MessageRef, area: MessageArea) => renderMessage(ref, locale, area);
  return {
    error: {
      code: error.code,
      params,
      message: text({ code: error.code, params }, 'error'),
      ...(error.details.length > 0 && {
        details: error.details.map((detail) => ({ ...detail, message: text(detail, 'invalid') })),
      }),
    },
  };
}

/** What an error thrown by a route means to its caller; anything unknown is `internal`, without its words. */
export function toApiError(error: unknown, requestId: string): ApiError {
  if (error instanceof ApiError) return error;
  if (isClusterError(error)) return fromClusterError(error);
  return new ApiError('internal', { request: requestId });
}

function fromClusterError(error: ClusterError): ApiError {
  const reason = error.message;
  switch (error.code) {
    case 'forbidden':
      return new ApiError('forbidden', { reason });
    case 'notFound':
      return new ApiError('not_found', { kind: 'object', name: reason });
    case 'conflict':
      return new ApiError('conflict', { reason });
    case 'alreadyExists':
      return new ApiError('already_exists', { kind: 'object', name: reason });
    case 'invalid':
      return new ApiError(
        'invalid_input',
        {},
        error.causes.length > 0
          ? error.causes.map((cause) => ({ path: cause.field, code: 'kubernetes', params: { reason: cause.message } }))
          : [{ path: '', code: 'kubernetes', params: { reason } }],
      );
    // The console's own credentials were refused: nothing that the caller could do better in this request.
    case 'unauthorized':
    case 'gone':
    case 'timeout':
    case 'unreachable':
    case 'other':
      return new ApiError('upstream_unavailable', { upstream: 'Kubernetes', reason });
  }
}
