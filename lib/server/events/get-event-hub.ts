import { getCluster } from '@/lib/server/cluster/get-cluster';
import { getPrometheus } from '@/lib/server/metrics/get-prometheus';
import { processWide } from '@/lib/server/process-state';
import { EventHub } from './event-hub';

/** The hub of this process. */
export function getEventHub(): EventHub {
  return processWide('events', () => new EventHub(getCluster(), getPrometheus()));
}
