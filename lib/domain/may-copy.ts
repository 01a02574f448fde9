import type { LiveObjects } from './drift.ts';
import { mirroredPercent } from './route-mirror.ts';
import { isBeforeEntries } from './steps.ts';
import type { TaskRecord } from './task.ts';

/**
 * False for a task that copies nothing while nobody drives it: it is to have no copies, or its creation broke off before
 * it put any in, and no route copies to where its copies go. True where the routes cannot be read.
 */
export function mayCopy(
  { spec, desired, operation }: TaskRecord,
  { virtualServices, unreadable = [] }: Pick<LiveObjects, 'virtualServices' | 'unreadable'>,
): boolean {
  if (desired === 'mirroring' && !isBeforeEntries(operation)) return true;
  if (unreadable.includes('VirtualService')) return true;
  const destinations = [...spec.entries, ...(spec.leaving ?? [])].map(({ destination }) => destination);
  return virtualServices.some(({ metadata: { namespace = '' }, spec: { http = [] } }) =>
    http.some((route) => destinations.some((one) => mirroredPercent(route, one, namespace) !== null)),
  );
}
