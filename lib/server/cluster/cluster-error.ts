/** What went wrong with a request to the API server, as far as anybody above this folder needs to tell apart. */
export type ClusterErrorCode =
  | 'forbidden'
  | 'unauthorized'
  | 'notFound'
  | 'conflict'
  | 'alreadyExists'
  | 'invalid'
  | 'gone'
  | 'timeout'
  | 'unreachable'
  | 'other';

/** One cause of a refusal, as in a Kubernetes Status: `field` is a JSON path such as `spec.http[0].route`. */
export interface StatusCause {
  field: string;
  reason: string;
  message: string;
}

/** A refusal by the API server, in its own words, or the failure to reach it. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly code: ClusterErrorCode;
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  readonly causes: readonly StatusCause[];
  /** Seconds after which the server wants to be asked again (429, 503); null when it said nothing. */
  readonly retryAfterSeconds: number | null;

  constructor(
    code: ClusterErrorCode,
    message: string,
    details: { status?: number; causes?: readonly StatusCause[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.code = code;
    this.status = details.status ?? null;
    this.causes = details.causes ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
  }

  /** True when the same request may well succeed a little later. */
  get isTransient(): boolean {
    return (
      this.code === 'unreachable' ||
      this.code === 'timeout' ||
      this.status === 429 ||
      (this.status !== null && this.status >= 500)
    );
  }
}

/**
 * True when `error` is a ClusterError with one of `codes` (any code when none is named). Told by its name: Next loads
 * this module once for the instrumentation and once for the routes, and the cluster is the same for both.
 */
export function isClusterError(error: unknown, ...codes: ClusterErrorCode[]): error is ClusterError {
  if (!(error instanceof Error) || error.name !== 'ClusterError') return false;
  return codes.length === 0 || codes.includes((error as ClusterError).code);
}
