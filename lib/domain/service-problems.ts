import type { Service } from './kubernetes.ts';
import type { MessageRef } from './message.ts';
import type { PlanningSnapshot } from './planning-snapshot.ts';
import { selects } from './selectors.ts';
import { mirrorablePorts } from './service-ports.ts';
import { deploymentsBehind, hasSidecar, podsWith, templateLabels, versionOf } from './workloads.ts';

type ServiceSnapshot = Pick<PlanningSnapshot, 'deployments' | 'statefulSets' | 'daemonSets' | 'pods' | 'unreadable'>;

/** Why a service's requests cannot be copied, for cards and checks; empty when they can. Texts: `reason.<code>`. */
export function serviceProblems(service: Service, snapshot: ServiceSnapshot): MessageRef[] {
  const kind = kindProblem(service);
  if (kind) return [kind];
  return [portProblem(service), ...workloadProblems(service, snapshot)].filter((problem) => problem !== null);
}

function kindProblem({ metadata, spec }: Service): MessageRef | null {
  const params = { service: metadata.name };
  if (spec.type === 'ExternalName')
    return { code: 'service_external_name', params: { ...params, host: spec.externalName ?? '' } };
  if (spec.clusterIP === 'None') return { code: 'service_headless', params };
  return Object.keys(spec.selector ?? {}).length === 0 ? { code: 'service_no_selector', params } : null;
}

function portProblem(service: Service): MessageRef | null {
  if (mirrorablePorts(service).length > 0) return null;
  const ports = (service.spec.ports ?? [])
    .map(({ port, name, protocol = 'TCP' }) => `${port} ${name ?? protocol}`)
    .join(', ');
  return { code: 'service_no_http_port', params: { service: service.metadata.name, ports } };
}

function workloadProblems(service: Service, snapshot: ServiceSnapshot): MessageRef[] {
  const { name, namespace = '' } = service.metadata;
  if (isUnreadable('Deployment', namespace, snapshot)) return [];
  const deployments = deploymentsBehind(service, snapshot.deployments);
  if (deployments.length === 0) return [noDeployment(service, snapshot)];
  const versionless = deployments.filter((deployment) => versionOf(templateLabels(deployment)) === null);
  const problems: MessageRef[] = [];
  if (versionless.length > 0) {
    problems.push({
      code: 'service_no_version',
      params: { service: name, workload: versionless[0]?.metadata.name ?? '' },
    });
  }
  if (isUnreadable('Pod', namespace, snapshot)) return problems;
  const pods = podsWith(service.spec.selector ?? {}, namespace, snapshot.pods);
  const workload = deployments[0]?.metadata.name ?? '';
  if (pods.length === 0) problems.push({ code: 'service_no_pods', params: { service: name, workload } });
  else if (!pods.some(hasSidecar)) {
    problems.push({ code: 'service_no_sidecar', params: { service: name, workload, pods: pods.length } });
  }
  return problems;
}

function noDeployment(service: Service, { statefulSets, daemonSets }: ServiceSnapshot): MessageRef {
  const { name, namespace } = service.metadata;
  const other = [...statefulSets, ...daemonSets].find(
    ({ metadata, spec }) =>
      metadata.namespace === namespace && selects(service.spec.selector, spec?.template?.metadata?.labels ?? {}),
  );
  if (other) {
    return {
      code: 'service_workload_kind',
      params: { service: name, kind: other.kind, workload: other.metadata.name },
    };
  }
  const selector = Object.entries(service.spec.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return { code: 'service_no_workload', params: { service: name, selector } };
}

/** True when a kind could not be read in a namespace, so that nothing follows from an empty list. */
export function isUnreadable(
  kind: string,
  namespace: string,
  { unreadable }: Pick<PlanningSnapshot, 'unreadable'>,
): boolean {
  return unreadable.some((list) => list.kind === kind && list.namespace === namespace);
}
