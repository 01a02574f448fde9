import { finding, listText, orPass, refTo, type Check } from './check.ts';
import type { Service } from './kubernetes.ts';
import { makerOf } from './ownership.ts';
import { canRead } from './plan-facts.ts';
import type { Planned } from './planned.ts';
import { isUnreadable } from './service-problems.ts';
import { mirrorablePorts } from './service-ports.ts';
import { checkExternal } from './plan-checks-external.ts';
import { checkTargetAuthorization } from './plan-checks-policy.ts';
import { surroundingsOf } from './target-service.ts';
import type { ServiceTarget } from './task.ts';
import { isAtLeastAsVisible, isVisibleTo, type Exported } from './visibility.ts';
import { hasSidecar, isPodReady, podsWith, serviceSelects, templateLabels } from './workloads.ts';

/** Checks of a target that is not a version of the service: it is there, takes HTTP, and the callers' proxies know it. */
export function checkTarget(planned: Planned): Check[] {
  const { input } = planned.target;
  if (input.kind === 'external') return checkExternal(input, planned);
  return input.kind === 'service' ? checkServiceTarget(input, planned) : [];
}

function checkServiceTarget(target: ServiceTarget, planned: Planned): Check[] {
  const { snapshot, input } = planned.facts;
  const { namespace, name } = target;
  const object = { apiVersion: 'v1', kind: 'Service', namespace, name };
  const service = surroundingsOf(target, snapshot, input.namespace).services.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
  );
  if (!service) {
    const isHidden = isUnreadable('Service', namespace, snapshot);
    const params = { reason: 'missing', name, namespace, detail: '' };
    return [finding(isHidden ? 'unknown' : 'fail', 'target_service', object, params)];
  }
  return [
    ...checkFitness(service, target, planned),
    ...checkPort(service, target),
    ...checkVisible(service, planned),
    ...checkPods(service, target, planned),
    ...checkOwnTraffic(service, planned),
    ...checkTargetAuthorization(service, target, planned),
  ];
}

/** What must not get the copies: the service itself, its live pods under another name, and what proxies do not balance. */
function checkFitness(service: Service, { name, namespace }: ServiceTarget, { facts, spec }: Planned): Check[] {
  const { live } = facts;
  const reason = (() => {
    if (name === spec.service.name && namespace === spec.namespace) return { reason: 'same', detail: '' };
    const task = makerOf(service);
    if (task !== null) return { reason: 'of_task', detail: task };
    if (service.spec.type === 'ExternalName')
      return { reason: 'external_name', detail: service.spec.externalName ?? '' };
    if (service.spec.clusterIP === 'None') return { reason: 'headless', detail: '' };
    const same = live.find((deployment) =>
      serviceSelects(service, deployment.metadata.namespace, templateLabels(deployment)),
    );
    return same ? { reason: 'live_pods', detail: same.metadata.name } : null;
  })();
  const found = reason ? [finding('fail', 'target_service', refTo(service), { ...reason, name, namespace })] : [];
  return orPass(found, 'target_service', refTo(service), { name, namespace });
}

function checkPort(service: Service, { name, port }: ServiceTarget): Check[] {
  const ports = mirrorablePorts(service);
  const reason = (service.spec.ports ?? []).some((one) => one.port === port) ? 'not_http' : 'missing';
  const found = ports.includes(port)
    ? []
    : [finding('fail', 'target_port', refTo(service), { reason, name, port, ports: listText(ports.map(String)) })];
  return orPass(found, 'target_port', refTo(service), { name, port });
}

/** A proxy that does not see the Service has no cluster for it, and drops its copies without a word. */
function checkVisible(service: Service, { facts: { snapshot }, spec }: Planned): Check[] {
  const { name } = service.metadata;
  const text = service.metadata.annotations?.['networking.istio.io/exportTo'];
  const seen: Exported = {
    metadata: service.metadata,
    spec: text === undefined ? {} : { exportTo: text.split(',').map((one) => one.trim()) },
  };
  const edited = snapshot.virtualServices.filter(({ metadata }) =>
    spec.entries.some(({ virtualService: ref }) => ref.name === metadata.name && ref.namespace === metadata.namespace),
  );
  const followed: Exported[] = spec.virtualService ? [...edited, spec.virtualService] : edited;
  if (followed.every((object) => isAtLeastAsVisible(seen, object)))
    return [finding('pass', 'target_visible', refTo(service), { name })];
  const severity = isVisibleTo(spec.namespace, seen) ? 'warn' : 'fail';
  return [
    finding(severity, 'target_visible', refTo(service), { name, exportTo: text ?? '', namespace: spec.namespace }),
  ];
}

/** Who answers the copies, and whether anybody counts them. */
function checkPods(service: Service, target: ServiceTarget, { facts }: Planned): Check[] {
  const { snapshot, input } = facts;
  const { namespace, name } = target;
  const isHidden = namespace === input.namespace ? !canRead(facts, 'Pod') : isUnreadable('Pod', namespace, snapshot);
  if (isHidden) return [finding('unknown', 'target_pods', refTo(service), { reason: 'unreadable', name, namespace })];
  const { pods } = surroundingsOf(target, snapshot, input.namespace);
  const ready = podsWith(service.spec.selector ?? {}, namespace, pods).filter(isPodReady);
  if (ready.length === 0) return [finding('warn', 'target_pods', refTo(service), { name })];
  const without = ready.filter((pod) => !hasSidecar(pod)).length;
  return without > 0
    ? [finding('unknown', 'target_pods', refTo(service), { reason: 'sidecar', name, pods: ready.length, without })]
    : [finding('pass', 'target_pods', refTo(service), { name, pods: ready.length })];
}

/**
 * Its clients share its pods with the copies, and proxies send these straight to its cluster: by its DestinationRule,
 * past its VirtualService.
 */
function checkOwnTraffic(service: Service, { facts: { snapshot } }: Planned): Check[] {
  const { name, namespace = '' } = service.metadata;
  const routes = snapshot.virtualServices.find(({ metadata, spec }) =>
    spec.hosts?.some(
      (host) =>
        host === `${name}.${namespace}.svc.cluster.local` || (host === name && metadata.namespace === namespace),
    ),
  );
  return [
    finding('warn', 'target_own_traffic', refTo(service), {
      name,
      routes: routes ? 'some' : 'none',
      virtualService: routes?.metadata.name ?? '',
    }),
  ];
}
