import type { MessageRef } from '@/lib/domain/message';

/** The closed set of error codes of the HTTP API, with the status each answers with. */
export const errorStatus = {
  invalid_input: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  already_exists: 409,
  conflict: 409,
  operation_running: 409,
  /** The task's state does not allow the verb; the reason is the first detail. */
  not_possible: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  plan_infeasible: 422,
  internal: 500,
  not_implemented: 501,
  upstream_unavailable: 503,
  metrics_unavailable: 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** One finding in a request: `path` is the field, e.g. `target.containers[0].image`. */
export interface ErrorDetail extends MessageRef {
  path: string;
  message: string;
}

/** Body of every answer that is not 2xx. Texts: `error.<code>`, details `invalid.<code>` in messages/. */
export interface ErrorBody {
  error: {
    code: ErrorCode;
    params: Record<string, string | number>;
    message: string;
    details?: ErrorDetail[];
  };
}
