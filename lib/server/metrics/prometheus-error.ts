import type { MessageRef } from '@/lib/domain/message';

/** Why no metrics came; also the end of the message key `reason.metrics_…`. */
export type PrometheusProblem =
  | 'not_configured'
  | 'unreachable'
  | 'timeout'
  | 'forbidden'
  | 'overloaded'
  /** Prometheus refuses the query: `reason` holds its words. */
  | 'refused'
  /** The answer is not what Prometheus sends. */
  | 'bad_answer';

export class PrometheusError extends Error {
  override readonly name = 'PrometheusError';
  readonly problem: PrometheusProblem;

  constructor(problem: PrometheusProblem, reason = '', cause?: unknown) {
    super(reason, { cause });
    this.problem = problem;
  }

  toMessageRef(): MessageRef {
    return { code: `metrics_${this.problem}`, params: { reason: this.message } };
  }
}

/**
 * True for a PrometheusError. Told by its name: Next loads this module once for the instrumentation and once for the
 * routes, and the adapter is the same for both.
 */
export function isPrometheusError(error: unknown): error is PrometheusError {
  return error instanceof Error && error.name === 'PrometheusError';
}
