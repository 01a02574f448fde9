import type { StandingTask } from '@/lib/domain/containment';
import type { Deployment, DestinationRule, KubeObject, Service, VirtualService } from '@/lib/domain/kubernetes';
import { workloadOf } from '@/lib/domain/targets';
import type { TaskSpec } from '@/lib/domain/task';
import { deploymentsBehind } from '@/lib/domain/workloads';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { LiveObjects } from './live-objects';

/**
 * What stands of a task by live reads, for who is about to put pods in or take them out: the watches may be late, also
 * one later than the other. They only say in which namespaces there is something to read.
 */
export async function readStanding(cluster: Cluster, spec: TaskSpec): Promise<StandingTask> {
  const { namespace } = spec;
  const seen = await new LiveObjects(cluster).of(spec);
  const inAll = async (kind: 'VirtualService' | 'DestinationRule', places: readonly string[]) =>
    (await Promise.all(places.map((place) => cluster.readAll(kind, place)))).flat();
  // Where not all may be read nothing is concluded from it anyway.
  const isHidden = (kind: string) => seen.unreadable?.includes(kind);
  const pinned = spec.pins.map(({ virtualService }) => virtualService);
  const workloads = spec.targets.map(workloadOf);
  const subsetsIn = spec.subsets?.destinationRule ?? { namespace };
  const [virtualServices, destinationRules, service, deployments] = await Promise.all([
    isHidden('VirtualService')
      ? seen.virtualServices
      : inAll('VirtualService', namespacesOf(seen.virtualServices, pinned)),
    isHidden('DestinationRule')
      ? seen.destinationRules
      : inAll('DestinationRule', namespacesOf(seen.destinationRules, [subsetsIn])),
    cluster.get('Service', namespace, spec.service.name),
    cluster.readAll('Deployment', namespace),
  ]);
  return {
    ...seen,
    virtualServices: virtualServices as VirtualService[],
    destinationRules: destinationRules as DestinationRule[],
    service: service as Service | null,
    deployments: (deployments as Deployment[]).filter(({ metadata }) => workloads.includes(metadata.name)),
    behind: service ? deploymentsBehind(service as Service, deployments as Deployment[]) : [],
  };
}

function namespacesOf(objects: readonly KubeObject[], more: readonly { namespace: string }[]): string[] {
  const namespaces = [
    ...objects.map(({ metadata }) => metadata.namespace ?? ''),
    ...more.map(({ namespace }) => namespace),
  ];
  return [...new Set(namespaces)];
}
