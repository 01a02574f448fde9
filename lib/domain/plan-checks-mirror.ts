import { finding, listText, orPass, refTo, type Check, type CheckSeverity } from './check.ts';
import { entrancesTo } from './entrances.ts';
import type { Container, Deployment, KubeObject, PodSpec } from './kubernetes.ts';
import { liveWays, waysTo } from './live-ways.ts';
import { makerOf } from './ownership.ts';
import { canReachMirror, outsideCallers } from './outside-callers.ts';
import { canRead, isBehind, type PlanFacts } from './plan-facts.ts';
import type { Planned } from './planned.ts';
import type { SelectingObject } from './planning-snapshot.ts';
import { selectorMatches, type LabelSelector, type Labels } from './selectors.ts';
import { workloadOf } from './targets.ts';
import { hiddenKinds } from './unreadable.ts';
import { hasSidecar, podsWith, serviceSelects, templateLabels } from './workloads.ts';

/** Checks of the mirror itself: who else reaches it, what it shares with the live version. */
export function checkMirror(planned: Planned): Check[] {
  return [
    ...checkCallers(planned),
    ...checkMirrorSidecar(planned),
    ...checkServesLive(planned),
    ...checkSelectors(planned),
    ...checkTargetPorts(planned),
    ...checkSharedState(planned),
  ];
}

/** Callers without a proxy: their requests are not copied, and no route keeps them from what a Service selects. */
function checkCallers({ facts, labels }: Planned): Check[] {
  const { namespace } = facts.input;
  const callers = outsideCallers(facts, labels);
  const told = (severity: CheckSeverity, params: Check['params'] = {}) => [
    finding(severity, 'sidecar_callers', null, { reason: callers.kind, namespace, ...params }),
  ];
  switch (callers.kind) {
    case 'refused':
    case 'none':
      return told('pass', { workloads: '' });
    case 'quiet':
      return told('pass', { workloads: listText(callers.workloads) });
    case 'possible':
      return told('warn', { workloads: listText(callers.workloads) });
    case 'seen':
      return told('warn', { workloads: '' });
    case 'unmeasured':
      return told('unknown');
  }
}

function checkMirrorSidecar({ facts, target }: Planned): Check[] {
  const { existing, snapshot, input, source } = facts;
  const workload = workloadOf(target);
  if (!canRead(facts, 'Pod')) {
    return [finding('unknown', 'sidecar_mirror', null, { kind: 'Pod', namespace: input.namespace, workload })];
  }
  const model = existing ?? source;
  if (!model) return [];
  const pods = podsWith(model.spec.selector.matchLabels ?? templateLabels(model), input.namespace, snapshot.pods);
  const without = pods.filter((pod) => !hasSidecar(pod)).length;
  const severity = pods.length > 0 && without > 0 ? 'warn' : 'pass';
  const origin = existing ? 'existing' : 'copied';
  return [finding(severity, 'sidecar_mirror', refTo(model), { workload, origin, pods: pods.length, without })];
}

/**
 * An existing workload must receive no live request: by no route, no other Service, no caller that follows no route.
 * A new version gets none by its placement. What could not be read may hold a way to either: then nobody knows.
 */
function checkServesLive({ facts, target, labels }: Planned): Check[] {
  const { existing, snapshot } = facts;
  const workload = workloadOf(target);
  const object = existing && refTo(existing);
  const found = existing
    ? [...servingServices(facts, labels), ...(isBehind(facts.service, existing) ? servingRoutes(facts, labels) : [])]
    : [];
  if (found.length > 0) {
    return found.map((params) => finding('fail', 'target_serves_live', object, { workload, name: '', ...params }));
  }
  const hidden = snapshot.unreadable.filter(({ kind }) => routingKinds.has(kind)).map(({ kind }) => kind);
  // Nothing that is hidden can lead to a new version that no Service selects.
  return hidden.length > 0 && (existing || target.placement === 'subset')
    ? [finding('unknown', 'target_serves_live', object, { workload, kinds: listText([...new Set(hidden)]) })]
    : [finding('pass', 'target_serves_live', object, { workload, origin: existing ? 'existing' : 'new' })];
}

const routingKinds = new Set(['Service', 'VirtualService', 'DestinationRule', 'HTTPRoute', 'Ingress']);

/** Other Services that lead requests to pods with these labels. */
function servingServices({ service, snapshot, input }: PlanFacts, labels: Labels): Check['params'][] {
  return snapshot.services
    .filter((other) => other !== service && makerOf(other) === null)
    .filter((other) => serviceSelects(other, input.namespace, labels))
    .map(({ metadata }) => ({ reason: 'other_service', name: metadata.name, route: '' }));
}

/** How requests to the service itself reach pods with these labels, which it selects. */
function servingRoutes(facts: PlanFacts, labels: Labels): Check['params'][] {
  const { name } = facts.service.metadata;
  const outside = canReachMirror(outsideCallers(facts, labels)) ? [{ reason: 'outside_callers', name, route: '' }] : [];
  const entrances = entrancesTo(facts.service, facts.snapshot).map((object) => {
    return { reason: 'entrance', name: `${object.kind} ${object.metadata.name}`, route: '' };
  });
  return [
    ...outside,
    ...entrances,
    ...waysTo(labels, liveWays(facts)).map(({ path, leftOpenBy }) => {
      if (!path)
        return { reason: leftOpenBy ? 'unrouted' : 'no_rules', name: leftOpenBy?.metadata.name ?? name, route: '' };
      const route = path.virtualService.spec.http?.[path.routeIndex]?.name ?? `#${path.routeIndex + 1}`;
      return { reason: 'route', name: path.virtualService.metadata.name, route };
    }),
  ];
}

interface Selecting {
  object: KubeObject;
  selects: (labels: Labels) => boolean;
}

/** What selects the mirror though it should not, and what selects the live pods but not the mirror. */
function checkSelectors({ facts, target, labels }: Planned): Check[] {
  const { input, snapshot, service, source, existing } = facts;
  const workload = workloadOf(target);
  if (!source) return [];
  const live = templateLabels(source);
  // Whether one leads live requests to an existing workload is asked by `target_serves_live`.
  const services = existing
    ? []
    : snapshot.services
        .filter((other) => makerOf(other) === null && (target.placement === 'dedicated' || other !== service))
        .filter((other) => serviceSelects(other, input.namespace, labels))
        .map((other) => {
          const params = { reason: 'service', kind: 'Service', name: other.metadata.name, workload };
          return finding('fail', 'selected_by_accident', refTo(other), params);
        });
  const policies = selecting(facts).flatMap(({ object, selects }) => {
    const [isMirror, isLive] = [selects(labels), selects(live)];
    const reason = isMirror ? 'too' : 'not';
    const params = { reason, kind: object.kind, name: object.metadata.name, workload };
    const isTold = object.kind === 'PodDisruptionBudget' ? isMirror && (isLive || !existing) : isMirror !== isLive;
    return isTold ? [finding('warn', 'selected_by_accident', refTo(object), params)] : [];
  });
  const hidden = hiddenKinds(snapshot, selectingKinds, [input.namespace]);
  const unknown = hidden ? [finding('unknown', 'selected_by_accident', null, { ...hidden, workload })] : [];
  const found = [...services, ...policies, ...scalers(facts, labels, workload), ...unknown];
  return orPass(found, 'selected_by_accident', null, { workload });
}

/** AuthorizationPolicies have a check of their own: `authorization`. */
const selectingKinds = [
  'PodDisruptionBudget',
  'NetworkPolicy',
  'PeerAuthentication',
  'Sidecar',
  'HorizontalPodAutoscaler',
];

/** Policies of the namespace; those without a selector hold for every pod and make no difference. */
function selecting({ snapshot, input }: PlanFacts): Selecting[] {
  const bySelector = (object: SelectingObject): LabelSelector | undefined => {
    const { selector, podSelector, workloadSelector } = object.spec ?? {};
    return selector ?? podSelector ?? (workloadSelector && { matchLabels: workloadSelector.labels ?? {} });
  };
  return [
    ...snapshot.podDisruptionBudgets,
    ...snapshot.networkPolicies,
    ...snapshot.peerAuthentications,
    ...snapshot.sidecars,
  ]
    .filter(({ metadata }) => metadata.namespace === input.namespace)
    .flatMap((object) => {
      const selector = bySelector(object);
      return selector ? [{ object, selects: (labels: Labels) => selectorMatches(selector, labels) }] : [];
    });
}

/** An autoscaler averages over every pod that its Deployment's selector selects. */
function scalers({ snapshot, input, live }: PlanFacts, labels: Labels, workload: string): Check[] {
  return snapshot.horizontalPodAutoscalers
    .filter(({ metadata }) => metadata.namespace === input.namespace)
    .filter(({ spec }) => {
      const scaled = live.find(({ metadata }) => metadata.name === spec?.scaleTargetRef?.name);
      return scaled !== undefined && selectorMatches(scaled.spec.selector as LabelSelector, labels);
    })
    .map((object) =>
      finding('warn', 'selected_by_accident', refTo(object), {
        reason: 'too',
        kind: 'HorizontalPodAutoscaler',
        name: object.metadata.name,
        workload,
      }),
    );
}

/** A Service port that names its target by a name needs a container port of that name on the mirror. */
function checkTargetPorts({ facts, spec }: Planned): Check[] {
  const { existing, service, ports } = facts;
  if (!existing) return [];
  const named = new Set(
    allContainers(existing.spec.template.spec).flatMap((container) => (container.ports ?? []).map(({ name }) => name)),
  );
  return (service.spec.ports ?? [])
    .filter(({ port, targetPort }) => ports.includes(port) && typeof targetPort === 'string' && !named.has(targetPort))
    .map(({ port, targetPort }) =>
      finding('fail', 'port_exists', refTo(existing), {
        service: spec.service.name,
        port,
        target: String(targetPort),
        workload: existing.metadata.name,
      }),
    );
}

/** What a copy of the live pods shares with them: its writes there are real. */
function checkSharedState({ facts, target }: Planned): Check[] {
  const { source, existing } = facts;
  const model = existing ?? source;
  if (!model) return [];
  const shared = target.deployment ? sharedItems(target.deployment) : commonItems(model, source);
  const workload = workloadOf(target);
  const found =
    shared.length > 0 ? [finding('warn', 'shared_state', refTo(model), { workload, items: listText(shared, 8) })] : [];
  return orPass(found, 'shared_state', refTo(model), { workload });
}

/** What an existing workload has as the live version has it, but for what says nothing of data. */
function commonItems(mirror: Deployment, live: Deployment | null): string[] {
  const ofLive = new Set(live ? sharedItems(live) : []);
  return sharedItems(mirror).filter((item) => ofLive.has(item) && !/^(lifecycle|initContainer) /.test(item));
}

function sharedItems(mirror: Deployment): string[] {
  const { volumes = [], serviceAccountName, initContainers = [] } = mirror.spec.template.spec;
  const containers = allContainers(mirror.spec.template.spec);
  const ports = containers.flatMap((container) => (container.ports ?? []).flatMap(({ hostPort }) => hostPort ?? []));
  const items = [
    ...volumes.flatMap(volumeItem),
    ...containers.flatMap(envItems),
    ...ports.map((port) => `hostPort ${port}`),
    ...(mirror.spec.template.spec.hostNetwork ? ['hostNetwork'] : []),
    ...containers.filter(({ lifecycle }) => lifecycle !== undefined).map(({ name }) => `lifecycle ${name}`),
    ...initContainers.map(({ name }) => `initContainer ${name}`),
    ...(serviceAccountName && serviceAccountName !== 'default' ? [`ServiceAccount ${serviceAccountName}`] : []),
  ];
  return [...new Set(items)];
}

function volumeItem(volume: { name: string } & Record<string, unknown>): string[] {
  const claim = nameIn(volume.persistentVolumeClaim, 'claimName');
  const secret = nameIn(volume.secret, 'secretName');
  if (claim) return [`PersistentVolumeClaim ${claim}`];
  if (secret) return [`Secret ${secret}`];
  return volume.hostPath === undefined ? [] : [`hostPath ${nameIn(volume.hostPath, 'path') ?? volume.name}`];
}

function envItems({ env = [], envFrom = [] }: Container): string[] {
  const single = env.flatMap(({ valueFrom }) => {
    const secret = nameIn(fieldOf(valueFrom, 'secretKeyRef'), 'name');
    return secret ? [`Secret ${secret}`] : [];
  });
  const whole = envFrom.flatMap((source) => {
    const secret = nameIn(fieldOf(source, 'secretRef'), 'name');
    return secret ? [`Secret ${secret}`] : [];
  });
  return [...single, ...whole];
}

function allContainers({ containers, initContainers = [] }: PodSpec): Container[] {
  return [...containers, ...initContainers];
}

function fieldOf(value: unknown, field: string): unknown {
  return value !== null && typeof value === 'object'
    ? Object.entries(value).find(([key]) => key === field)?.[1]
    : undefined;
}

function nameIn(value: unknown, field: string): string | null {
  const name = fieldOf(value, field);
  return typeof name === 'string' ? name : null;
}
