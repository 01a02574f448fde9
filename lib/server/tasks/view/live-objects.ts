import type { Deployment, Pod } from '@/lib/domain/kubernetes';
import { otherRequestPorts } from '@/lib/domain/service-ports';
import type { LiveTask } from '@/lib/domain/state';
import type { TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import type { TaskContext } from '../context';
import { podsOf } from '../operations/workload-status';
import { readEverywhere, readNamespace } from '../planning/readable';
import { rootNamespace } from '../planning/snapshot';

/** What stands of a task in the cluster, with the live workloads beside it. */
export interface LiveView extends Omit<LiveTask, 'unrenewedMs'> {
  primary: readonly Deployment[];
  /** Ports of the service that the task does not copy and whose requests are counted too; null: not to be read. */
  otherPorts: readonly number[] | null;
}

/** A task's objects from the watch cache; kinds that the user may not read are named instead. */
export async function liveObjects({ cluster }: TaskContext, spec: TaskSpec): Promise<LiveView> {
  const { namespace } = spec;
  const ruleNamespace = spec.subsets?.destinationRule.namespace ?? namespace;
  const [deployments, pods, services, rules, everyRule, virtualServices] = await Promise.all([
    readNamespace(cluster, 'Deployment', namespace),
    readNamespace(cluster, 'Pod', namespace),
    readNamespace(cluster, 'Service', namespace),
    readNamespace(cluster, 'DestinationRule', ruleNamespace),
    readEverywhere(cluster, 'DestinationRule'),
    virtualServicesOf(cluster, spec),
  ]);
  const byName = <T extends { metadata: { name: string } }>(items: readonly T[], name: string | undefined) =>
    items.find(({ metadata }) => metadata.name === name) ?? null;
  const deployment = byName(deployments.items, spec.target.workload);
  const service = byName(services.items, spec.service.name);
  const unreadable = Object.entries({
    Deployment: deployments,
    Pod: pods,
    Service: services,
    DestinationRule: rules,
    VirtualService: virtualServices,
  }).flatMap(([kind, read]) => (read.unreadable.length > 0 ? [kind] : []));
  return {
    deployment,
    pods: deployment ? podsOf(deployment, pods.items as readonly Pod[]) : [],
    virtualServices: virtualServices.items,
    destinationRules: everyRule.items,
    destinationRule: byName(rules.items, spec.subsets?.destinationRule.name),
    service,
    rootNamespace,
    mirrorService: byName(services.items, spec.mirrorService?.metadata.name),
    unreadable,
    otherPorts: services.unreadable.length > 0 ? null : service ? otherRequestPorts(service, spec.service.ports) : [],
    primary: deployments.items.filter(({ metadata }) =>
      spec.primary.some(({ workload }) => workload === metadata.name),
    ),
  };
}

/** `unreadable` only speaks of the namespaces that the task's own entries and pins are in. */
async function virtualServicesOf(cluster: Cluster, spec: TaskSpec) {
  const everywhere = await readEverywhere(cluster, 'VirtualService');
  if (everywhere.unreadable.length === 0) return everywhere;
  const needed = new Set([...spec.entries, ...spec.pins].map(({ virtualService }) => virtualService.namespace));
  const parts = await Promise.all([...needed].map((namespace) => readNamespace(cluster, 'VirtualService', namespace)));
  const others = everywhere.items.filter(({ metadata }) => !needed.has(metadata.namespace ?? ''));
  return {
    items: [...others, ...parts.flatMap(({ items }) => items)],
    unreadable: parts.flatMap(({ unreadable }) => unreadable),
  };
}
