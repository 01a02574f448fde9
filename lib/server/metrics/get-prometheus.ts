import { getEnvironment } from '@/lib/server/env';
import { processWide } from '@/lib/server/process-state';
import { Prometheus } from './prometheus';
import { createTransport } from './prometheus-transport';

/** The Prometheus that this process asks; null when none is configured. */
export function getPrometheus(): Prometheus | null {
  return processWide('prometheus', () => {
    const { prometheus } = getEnvironment();
    return prometheus && new Prometheus(createTransport(prometheus));
  });
}

/** The label matcher that every selector gets. */
export function configuredMatcher(): string | null {
  return getEnvironment().prometheus?.matcher ?? null;
}
