import type { z } from 'zod/mini';
import type { ServiceInfo, ServicePortInfo } from '@/lib/contract/inventory';
import type { KubeObject, Service } from '@/lib/domain/kubernetes';
import { liveWorkloads } from '@/lib/domain/live-workloads';
import type { PlanningSnapshot } from '@/lib/domain/planning-snapshot';
import { selects } from '@/lib/domain/selectors';
import { portProtocol } from '@/lib/domain/service-ports';
import { serviceProblems } from '@/lib/domain/service-problems';
import type { TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import type { Locale } from '@/lib/i18n/preferences';
import { toMessage } from '@/lib/server/http/message';
import { readWorkloadRates } from '@/lib/server/metrics/workload-rates';
import { readEverywhere, readNamespace } from '@/lib/server/tasks/planning/readable';
import { rootNamespace } from '@/lib/server/tasks/planning/snapshot';
import { specsOf } from './deployments';
import { podLabelsOf, replicasOf, workloadVersion } from './workload';

type Snapshot = Pick<
  PlanningSnapshot,
  | 'deployments'
  | 'statefulSets'
  | 'daemonSets'
  | 'pods'
  | 'virtualServices'
  | 'destinationRules'
  | 'rootNamespace'
  | 'unreadable'
>;

/** Services of a namespace, by name, and whether each can be mirrored. */
export async function listServices(cluster: Cluster, namespace: string, locale: Locale): Promise<ServiceInfo[]> {
  const [services, specs, snapshot, rates] = await Promise.all([
    cluster.list('Service', namespace),
    specsOf(cluster, namespace),
    readSnapshot(cluster, namespace),
    readWorkloadRates(cluster, namespace),
  ]);
  return services
    .filter((service) => !isMirrorService(service, specs))
    .map((service) => toServiceInfo(service, { specs, snapshot, rates, locale }))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** What stands behind the services; a kind that the user may not list is noted, not taken for empty. */
async function readSnapshot(cluster: Cluster, namespace: string): Promise<Snapshot> {
  const [deployments, statefulSets, daemonSets, pods, virtualServices, destinationRules] = await Promise.all([
    readNamespace(cluster, 'Deployment', namespace),
    readNamespace(cluster, 'StatefulSet', namespace),
    readNamespace(cluster, 'DaemonSet', namespace),
    readNamespace(cluster, 'Pod', namespace),
    readEverywhere(cluster, 'VirtualService'),
    readEverywhere(cluster, 'DestinationRule'),
  ]);
  const lists = { Deployment: deployments, StatefulSet: statefulSets, DaemonSet: daemonSets, Pod: pods };
  return {
    deployments: deployments.items,
    // Read for their pod template only, which the API server has validated.
    statefulSets: statefulSets.items as Snapshot['statefulSets'],
    daemonSets: daemonSets.items as Snapshot['daemonSets'],
    pods: pods.items,
    virtualServices: virtualServices.items,
    destinationRules: destinationRules.items,
    rootNamespace,
    unreadable: Object.entries(lists).flatMap(([kind, { unreadable }]) =>
      unreadable.map((where) => ({ kind, namespace: where })),
    ),
  };
}

interface Surroundings {
  specs: readonly TaskSpec[];
  snapshot: Snapshot;
  rates: ReadonlyMap<string, number>;
  locale: Locale;
}

function toServiceInfo(service: Service, { specs, snapshot, rates, locale }: Surroundings): ServiceInfo {
  const { name, labels = {} } = service.metadata;
  const workloads = [...snapshot.deployments, ...snapshot.statefulSets, ...snapshot.daemonSets];
  const selected = workloads.filter((workload) => selects(service.spec.selector, podLabelsOf(workload)));
  const tasks = specs.filter((spec) => spec.service.name === name);
  const live = liveWorkloads(service, snapshot).map((deployment) => deployment.metadata.name);
  const problems = serviceProblems(service, snapshot);
  return {
    name,
    app: labels['app.kubernetes.io/name'] ?? labels['app.kubernetes.io/part-of'] ?? null,
    eligible: problems.length === 0,
    reasons: problems.map((problem) => toMessage(problem, locale)),
    versions: [...new Set(selected.flatMap((workload) => workloadVersion(workload) ?? []))].toSorted(byNumber),
    ports: (service.spec.ports ?? []).map(toPortInfo),
    workloads: selected
      .map((workload) => ({
        kind: workload.kind,
        name: workload.metadata.name,
        version: workloadVersion(workload),
        ...replicasOf(workload),
      }))
      .toSorted((a, b) => byNumber(a.name, b.name)),
    live,
    // Copies are not requests of clients: only the workloads that answer them count.
    requestsPerSecond: sumOf(live.flatMap((workload) => rates.get(workload) ?? [])),
    tasks: tasks.map((spec) => spec.name).toSorted(),
  };
}

function toPortInfo(port: NonNullable<Service['spec']['ports']>[number]): z.infer<typeof ServicePortInfo> {
  return { name: port.name ?? null, port: port.port, protocol: portProtocol(port) };
}

/** A Service that a task made to name its mirror is part of that task, not one to choose. */
function isMirrorService({ metadata }: Service, specs: readonly TaskSpec[]): boolean {
  return specs.some(({ targets }) =>
    targets.some(({ mirrorService }) => (mirrorService as KubeObject | null)?.metadata.name === metadata.name),
  );
}

/** Null when nothing was measured; not zero. */
function sumOf(values: number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
