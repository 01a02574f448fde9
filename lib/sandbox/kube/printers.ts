/** What kubectl get shows of built-in kinds, column by column as the real server prints them. */
import type { KubeObject } from '../core/objects.ts';
import { humanAge } from './human-age.ts';
import { formatLabelSelector } from './selectors.ts';

export interface Column {
  name: string;
  type: string;
  format?: string;
  description?: string;
  /** Above 0: shown by `-o wide` only. */
  priority?: number;
}

export interface Printer {
  columns: readonly Column[];
  cells: (object: KubeObject, nowMs: number) => unknown[];
  /** True when the columns include the name (events show it last, in wide output). */
  namesItself?: boolean;
}

const column = (name: string, type = 'string'): Column => ({ name, type });
const wide = (name: string): Column => ({ name, type: 'string', priority: 1 });

const age = (object: KubeObject, nowMs: number): string =>
  object.metadata.creationTimestamp ? humanAge(nowMs - Date.parse(object.metadata.creationTimestamp)) : '<unknown>';

interface ContainerStatus {
  ready: boolean;
  restartCount: number;
  state?: { waiting?: { reason?: string }; terminated?: { reason?: string; exitCode: number }; running?: object };
}

function podReason(pod: KubeObject): string {
  const statuses: ContainerStatus[] = pod['status']?.containerStatuses ?? [];
  if (pod.metadata.deletionTimestamp) return 'Terminating';
  let reason: string = pod['status']?.reason ?? pod['status']?.phase ?? 'Unknown';
  for (const { state } of statuses.toReversed()) {
    if (state?.waiting?.reason) reason = state.waiting.reason;
    else if (state?.terminated) reason = state.terminated.reason ?? `ExitCode:${state.terminated.exitCode}`;
  }
  return reason;
}

const pods: Printer = {
  columns: [
    column('Ready'),
    column('Status'),
    column('Restarts'),
    column('Age'),
    wide('IP'),
    wide('Node'),
    wide('Nominated Node'),
    wide('Readiness Gates'),
  ],
  cells: (pod, nowMs) => {
    const statuses: ContainerStatus[] = pod['status']?.containerStatuses ?? [];
    const ready = statuses.filter((status) => status.ready).length;
    return [
      `${ready}/${pod['spec'].containers.length}`,
      podReason(pod),
      String(statuses.reduce((total, status) => total + status.restartCount, 0)),
      age(pod, nowMs),
      pod['status']?.podIP ?? '<none>',
      pod['spec'].nodeName ?? '<none>',
      '<none>',
      '<none>',
    ];
  },
};

interface TemplateContainer {
  name: string;
  image: string;
}

function templateCells(object: KubeObject): string[] {
  const containers: TemplateContainer[] = object['spec']?.template?.spec?.containers ?? [];
  return [
    containers.map(({ name }) => name).join(','),
    containers.map(({ image }) => image).join(','),
    formatLabelSelector(object['spec']?.selector),
  ];
}

const templateColumns = [wide('Containers'), wide('Images'), wide('Selector')];

const deployments: Printer = {
  columns: [column('Ready'), column('Up-to-date'), column('Available'), column('Age'), ...templateColumns],
  cells: (object, nowMs) => [
    `${object['status']?.readyReplicas ?? 0}/${object['spec'].replicas}`,
    object['status']?.updatedReplicas ?? 0,
    object['status']?.availableReplicas ?? 0,
    age(object, nowMs),
    ...templateCells(object),
  ],
};

const replicaSets: Printer = {
  columns: [
    column('Desired', 'integer'),
    column('Current', 'integer'),
    column('Ready', 'integer'),
    column('Age'),
    ...templateColumns,
  ],
  cells: (object, nowMs) => [
    object['spec'].replicas,
    object['status']?.replicas ?? 0,
    object['status']?.readyReplicas ?? 0,
    age(object, nowMs),
    ...templateCells(object),
  ],
};

const statefulSets: Printer = {
  columns: [column('Ready'), column('Age'), wide('Containers'), wide('Images')],
  cells: (object, nowMs) => [
    `${object['status']?.readyReplicas ?? 0}/${object['spec'].replicas}`,
    age(object, nowMs),
    ...templateCells(object).slice(0, 2),
  ],
};

interface ServicePort {
  port: number;
  protocol: string;
  nodePort?: number;
}

const services: Printer = {
  columns: [
    column('Type'),
    column('Cluster-IP'),
    column('External-IP'),
    column('Port(s)'),
    column('Age'),
    wide('Selector'),
  ],
  cells: (service, nowMs) => {
    const { type, clusterIP, externalName, ports, selector } = service['spec'];
    const shownPorts = ((ports ?? []) as ServicePort[]).map(
      ({ port, protocol, nodePort }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`,
    );
    return [
      type,
      clusterIP ?? '<none>',
      externalName ?? (type === 'LoadBalancer' ? '<pending>' : '<none>'),
      shownPorts.join(',') || '<none>',
      age(service, nowMs),
      selector ? formatLabelSelector({ matchLabels: selector }) : '<none>',
    ];
  },
};

const events: Printer = {
  namesItself: true,
  columns: [
    column('Last Seen'),
    column('Type'),
    column('Reason'),
    column('Object'),
    wide('Subobject'),
    wide('Source'),
    column('Message'),
    wide('First Seen'),
    wide('Count'),
    wide('Name'),
  ],
  cells: (event, nowMs) => {
    const { kind, name, fieldPath } = event['involvedObject'];
    const seen = (time: unknown) => (time ? humanAge(nowMs - Date.parse(String(time))) : '<unknown>');
    return [
      seen(event['lastTimestamp']),
      event['type'],
      event['reason'],
      `${String(kind).toLowerCase()}/${name}`,
      fieldPath ?? '',
      event['source']?.component ?? '',
      event['message'],
      seen(event['firstTimestamp']),
      event['count'] ?? 1,
      event.metadata.name,
    ];
  },
};

const count = (value: unknown): number => (typeof value === 'object' && value !== null ? Object.keys(value).length : 0);

interface Subject {
  kind: string;
  name: string;
}

export const builtInPrinters: Readonly<Record<string, Printer>> = {
  Pod: pods,
  Deployment: deployments,
  ReplicaSet: replicaSets,
  StatefulSet: statefulSets,
  Service: services,
  Event: events,
  Namespace: {
    columns: [column('Status'), column('Age')],
    cells: (object, nowMs) => [object['status']?.phase ?? 'Active', age(object, nowMs)],
  },
  Node: {
    columns: [column('Status'), column('Roles'), column('Age'), column('Version')],
    cells: (node, nowMs) => ['Ready', '<none>', age(node, nowMs), node['status']?.nodeInfo?.kubeletVersion ?? ''],
  },
  ConfigMap: {
    columns: [column('Data'), column('Age')],
    cells: (object, nowMs) => [count(object['data']) + count(object['binaryData']), age(object, nowMs)],
  },
  Secret: {
    columns: [column('Type'), column('Data'), column('Age')],
    cells: (object, nowMs) => [object['type'], String(count(object['data'])), age(object, nowMs)],
  },
  ServiceAccount: {
    columns: [column('Secrets'), column('Age')],
    cells: (object, nowMs) => [String(count(object['secrets'])), age(object, nowMs)],
  },
  Endpoints: {
    columns: [column('Endpoints'), column('Age')],
    cells: (object, nowMs) => {
      interface Subset {
        addresses?: { ip: string }[];
        ports?: { port: number }[];
      }
      const pairs = ((object['subsets'] ?? []) as Subset[]).flatMap(({ addresses = [], ports = [] }) =>
        addresses.flatMap(({ ip }) => ports.map(({ port }) => `${ip}:${port}`)),
      );
      const shown = pairs.slice(0, 3).join(',');
      return [pairs.length > 3 ? `${shown} + ${pairs.length - 3} more...` : shown || '<none>', age(object, nowMs)];
    },
  },
  EndpointSlice: {
    columns: [column('AddressType'), column('Ports'), column('Endpoints'), column('Age')],
    cells: (object, nowMs) => [
      object['addressType'],
      ((object['ports'] ?? []) as { port: number }[]).map(({ port }) => port).join(',') || '<unset>',
      ((object['endpoints'] ?? []) as { addresses: string[] }[]).flatMap(({ addresses }) => addresses).join(',') ||
        '<unset>',
      age(object, nowMs),
    ],
  },
  RoleBinding: {
    columns: [column('Role'), column('Age'), wide('Users')],
    cells: (object, nowMs) => [
      `${object['roleRef'].kind}/${object['roleRef'].name}`,
      age(object, nowMs),
      ((object['subjects'] ?? []) as Subject[])
        .filter(({ kind }) => kind === 'User')
        .map(({ name }) => name)
        .join(', '),
    ],
  },
  ClusterRoleBinding: {
    columns: [column('Role'), column('Age')],
    cells: (object, nowMs) => [`${object['roleRef'].kind}/${object['roleRef'].name}`, age(object, nowMs)],
  },
  Role: { columns: [column('Created At')], cells: (object) => [object.metadata.creationTimestamp] },
  ClusterRole: { columns: [column('Created At')], cells: (object) => [object.metadata.creationTimestamp] },
  CustomResourceDefinition: { columns: [column('Created At')], cells: (object) => [object.metadata.creationTimestamp] },
  PodDisruptionBudget: {
    columns: [
      column('Min Available'),
      column('Max Unavailable'),
      column('Allowed Disruptions', 'integer'),
      column('Age'),
    ],
    cells: (object, nowMs) => [
      String(object['spec']?.minAvailable ?? 'N/A'),
      String(object['spec']?.maxUnavailable ?? 'N/A'),
      object['status']?.disruptionsAllowed ?? 0,
      age(object, nowMs),
    ],
  },
  HorizontalPodAutoscaler: {
    columns: [
      column('Reference'),
      column('Targets'),
      column('MinPods'),
      column('MaxPods'),
      column('Replicas', 'integer'),
      column('Age'),
    ],
    cells: (object, nowMs) => [
      `${object['spec'].scaleTargetRef.kind}/${object['spec'].scaleTargetRef.name}`,
      '<unknown>',
      String(object['spec'].minReplicas ?? '<unset>'),
      String(object['spec'].maxReplicas),
      object['status']?.currentReplicas ?? 0,
      age(object, nowMs),
    ],
  },
  NetworkPolicy: {
    columns: [column('Pod-Selector'), column('Age')],
    cells: (object, nowMs) => [formatLabelSelector(object['spec']?.podSelector) || '<none>', age(object, nowMs)],
  },
  Lease: {
    columns: [column('Holder'), column('Age')],
    cells: (object, nowMs) => [object['spec']?.holderIdentity ?? '', age(object, nowMs)],
  },
};
