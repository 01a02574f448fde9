import type { Deployment, Service, VirtualService } from './kubernetes.ts';
import { mirrorAppLabel, serviceHost } from './names.ts';
import { dedicatedPodLabels } from './new-deployment.ts';
import { ownLabels } from './ownership.ts';
import type { PlanFacts } from './plan-facts.ts';
import { selectorMatches, selects, type Labels } from './selectors.ts';
import { mirrorablePorts } from './service-ports.ts';
import { clone } from './structure.ts';
import type { TaskSpec } from './task.ts';
import { versionLabel } from './workloads.ts';

/** Pod labels of a dedicated new version that no Service and no PodDisruptionBudget of the namespace selects. */
export function dedicatedLabels({ input, ownName, snapshot }: PlanFacts, source: Deployment, version: string): Labels {
  const here = ({ metadata }: { metadata: { namespace?: string } }) => metadata.namespace === input.namespace;
  const services = snapshot.services.filter(here).map(
    ({ spec }) =>
      (labels: Labels) =>
        selects(spec.selector, labels) ? Object.keys(spec.selector ?? {}) : [],
  );
  const budgets = snapshot.podDisruptionBudgets.filter(here).map(
    ({ spec }) =>
      (labels: Labels) =>
        selectorMatches(spec?.selector, labels) ? Object.keys(spec?.selector?.matchLabels ?? {}) : [],
  );
  return dedicatedPodLabels(source, version, mirrorAppLabel(input.service, ownName), [...services, ...budgets]);
}

/**
 * The Service that names a dedicated mirror's pods, with the ports of the live one. For an existing workload:
 * its own selector, narrowed to its version so that it names no other pods.
 */
export function mirrorServiceFor({ input, ownName, service, existing }: PlanFacts, labels: Labels): Service {
  const own = existing?.spec.selector.matchLabels;
  const version = labels[versionLabel];
  const selector: Labels = own
    ? { ...own, ...(version === undefined ? {} : { [versionLabel]: version }) }
    : { app: labels.app ?? '' };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: mirrorAppLabel(input.service, ownName),
      namespace: input.namespace,
      labels: ownLabels(input.name),
    },
    spec: {
      type: 'ClusterIP',
      selector,
      ports: (service.spec.ports ?? []).map(({ name, port, targetPort, protocol, appProtocol }) =>
        clone({
          ...(name === undefined ? {} : { name }),
          port,
          ...(targetPort === undefined ? {} : { targetPort }),
          ...(protocol === undefined ? {} : { protocol }),
          ...(appProtocol === undefined ? {} : { appProtocol }),
        }),
      ),
    },
  };
}

/** Host of the mirror Service. */
export function mirrorHostOf({ metadata }: Service): string {
  return serviceHost(metadata.name, metadata.namespace ?? '');
}

/**
 * The VirtualService of ours for a service without one: per port a route that does what Istio does without rules.
 * To pin, every port needs its route; to mirror, the chosen ones do.
 */
export function newVirtualService(facts: PlanFacts, pins: boolean): VirtualService {
  const { input, service, host, ports, snapshot } = facts;
  const task = { namespace: input.namespace, name: input.name, istioApiVersion: snapshot.istioApiVersion };
  return plainVirtualService(task, { name: input.service, host }, pins ? mirrorablePorts(service) : ports);
}

/** A task's VirtualService for a service, before its copies and pins: one route per port. */
export function plainVirtualService(
  { namespace, name, istioApiVersion }: Pick<TaskSpec, 'namespace' | 'name' | 'istioApiVersion'>,
  service: Pick<TaskSpec['service'], 'name' | 'host'>,
  ports: readonly number[],
): VirtualService {
  const { host } = service;
  return {
    apiVersion: istioApiVersion,
    kind: 'VirtualService',
    metadata: { name: mirrorAppLabel(service.name, name), namespace, labels: ownLabels(name) },
    spec: {
      hosts: [host],
      http: ports.map((port) => ({
        name: `port-${port}`,
        match: [{ port }],
        route: [{ destination: { host, port: { number: port } } }],
      })),
    },
  };
}
