import { getEnvironment } from '@/lib/server/env';
import { processWide } from '@/lib/server/process-state';
import { Prometheus } from './prometheus';
import { createTransport } from './prometheus-transport';
import { PrometheusError } from './prometheus-error';

/** The Prometheus that this process asks; null when none is configured. */
export function getPrometheus(): Prometheus | null {
  return processWide('prometheus', () => {
    const { prometheus } = getEnvironment();
    return prometheus && new Prometheus(createTransport(prometheus));
  });
}

/** `getPrometheus`, or a PrometheusError that says that none is configured. */
export function requirePrometheus(): Prometheus {
  const prometheus = getPrometheus();
  if (!prometheus) throw new PrometheusError('not_configured');
  return prometheus;
}

/** The label matcher that every selector gets. */
export function configuredMatcher(): string | null {
  return getEnvironment().prometheus?.matcher ?? null;
}
