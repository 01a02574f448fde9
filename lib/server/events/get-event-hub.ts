import { getPrometheus } from '@/lib/server/metrics/get-prometheus';
import { processWide } from '@/lib/server/process-state';
import { getTaskContext } from '@/lib/server/tasks/context';
import { EventHub } from './event-hub';

/** The hub of this process. */
export function getEventHub(): EventHub {
  return processWide('events', () => new EventHub(getTaskContext(), getPrometheus()));
}
