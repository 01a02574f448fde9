import { rulesOf } from './destination-rules.ts';
import type { Deployment, Service } from './kubernetes.ts';
import { routingOf } from './mesh-routing.ts';
import { serviceHost } from './names.ts';
import { liveDeployments } from './plan-facts.ts';
import { livePathsTo } from './plan-pins.ts';
import type { PlanningSnapshot } from './planning-snapshot.ts';
import { deploymentsBehind } from './workloads.ts';

type RoutingSnapshot = Pick<PlanningSnapshot, 'deployments' | 'virtualServices' | 'destinationRules' | 'rootNamespace'>;

/**
 * Deployments that answer a Service's clients now, by the routes that lead to it; the one that a new version is
 * copied from comes first.
 */
export function liveWorkloads(service: Service, snapshot: RoutingSnapshot): Deployment[] {
  const { name, namespace = '' } = service.metadata;
  const host = serviceHost(name, namespace);
  return liveDeployments(
    deploymentsBehind(service, snapshot.deployments),
    routingOf(host, namespace, snapshot.virtualServices),
    rulesOf(host, namespace, snapshot.rootNamespace, snapshot.destinationRules).subsets,
    livePathsTo(host, snapshot.virtualServices),
  );
}
