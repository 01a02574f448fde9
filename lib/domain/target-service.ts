import type { Deployment } from './kubernetes.ts';
import type { PlanningSnapshot } from './planning-snapshot.ts';
import type { ServiceTarget } from './task.ts';
import { deploymentsBehind } from './workloads.ts';

type Surroundings = NonNullable<PlanningSnapshot['targetNamespaces']>;

/** What was read of the namespace that a target Service is in, among others. */
export function surroundingsOf({ namespace }: ServiceTarget, snapshot: PlanningSnapshot, own: string): Surroundings {
  if (namespace === own) return snapshot;
  return snapshot.targetNamespaces ?? { services: [], deployments: [], pods: [], authorizationPolicies: [] };
}

/** Deployments behind a target Service, whose requests are what can be measured of it. */
export function deploymentsBehindTarget(target: ServiceTarget, snapshot: PlanningSnapshot, own: string): Deployment[] {
  const { services, deployments } = surroundingsOf(target, snapshot, own);
  const service = services.find(
    ({ metadata }) => metadata.name === target.name && metadata.namespace === target.namespace,
  );
  return service ? deploymentsBehind(service, deployments) : [];
}
