/** Writes many tasks through the Kubernetes API, as if they had been created two hours ago. */
import type { Deployment, DestinationRule, KubeObject, Service, VirtualService } from '../../lib/domain/kubernetes.ts';
import { planCreate } from '../../lib/domain/plan-create.ts';
import { inputHash, toConfigMap } from '../../lib/domain/record.ts';
import type { TaskRecord, TaskSpec } from '../../lib/domain/task.ts';
import { MemoryCluster } from '../../lib/domain/testing/memory-cluster.ts';
import {
  deploymentOf,
  destinationRuleOf,
  podsOf,
  serviceOf,
  snapshotOf,
  virtualServiceOf,
} from '../../lib/domain/testing/snapshot.ts';
import type { Kube } from '../kube.ts';

export interface Fleet {
  namespaces: string[];
  tasks: { namespace: string; name: string; virtualService: string; isMirroring: boolean }[];
}

const services = ['catalog', 'cart', 'orders', 'search', 'users'];
const versions = ['v2', 'v3', 'v4', 'v5'];
const percentages = [100, 50, 25, 10];
const port = 8080;
const image = 'nginx:1.29';
const requestsPerSecond = 4;
/** Writes at a time: more do not make the API server faster. */
const writers = 8;

/** `namespaces` × 5 services × 4 tasks, one in ten paused; every service gets requests. */
export async function makeFleet(kube: Kube, namespaces: number): Promise<Fleet> {
  const names = Array.from({ length: namespaces }, (_, index) => `team-${String(index + 1).padStart(2, '0')}`);
  const queue = [...names];
  const tasks: Fleet['tasks'] = [];
  const write = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift())
      tasks.push(...(await makeNamespace(kube, name)));
  };
  await Promise.all(Array.from({ length: writers }, write));
  // Requests come last: with those that nobody copies yet, every task would seem to lose copies for five minutes.
  for (const name of names) await create(kube, clientOf(name));
  return { namespaces: names, tasks };
}

async function makeNamespace(kube: Kube, namespace: string): Promise<Fleet['tasks']> {
  const labels = { 'istio-injection': 'enabled' };
  await create(kube, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } } as KubeObject);
  const owned = services.map((name, index) => ownersObjects(namespace, name, index < 3));
  const cluster = new MemoryCluster(owned.flatMap(({ rule, route }) => (rule ? [rule, route] : [route])));
  const records = owned.flatMap((objects, service) =>
    versions.map((version, index) => {
      const record = planTask({ cluster, objects, version, percentage: percentages[index]! });
      // One in ten, spread over services and versions.
      return (service * versions.length + index) % 10 === 9 ? paused(record, cluster) : record;
    }),
  );
  for (const { service, live } of owned) for (const object of [service, live]) await create(kube, object);
  const uids = new Map<string, string>();
  for (const record of records) {
    const map = toConfigMap(record);
    const stored = (await create(kube, map)) as KubeObject;
    uids.set(map.metadata.name, stored.metadata.uid ?? '');
  }
  // Subsets, then what keeps clients away from the mirrors, then these: the console stops pods that clients can reach.
  const kinds = ['DestinationRule', 'Service', 'VirtualService', 'Deployment'];
  for (const object of kinds.flatMap((kind) => cluster.list(kind))) await create(kube, withOwner(object, uids));
  return records.map(({ spec, desired }) => ({
    namespace,
    name: spec.name,
    virtualService: spec.service.name,
    isMirroring: desired === 'mirroring',
  }));
}

interface OwnersObjects {
  service: Service;
  live: Deployment;
  rule: DestinationRule | null;
  route: VirtualService;
}

/** Pinned to a subset, a task proposes the subset placement; else the dedicated one. */
function ownersObjects(namespace: string, name: string, isPinned: boolean): OwnersObjects {
  const destination = { host: name, port: { number: port }, ...(isPinned ? { subset: 'v1' } : {}) };
  return {
    service: serviceOf(name, namespace, [{ name: 'http', port, targetPort: port }]),
    live: deploymentOf(`${name}-v1`, namespace, { app: name, version: 'v1' }, image),
    rule: isPinned
      ? destinationRuleOf(name, namespace, { host: name, subsets: [{ name: 'v1', labels: { version: 'v1' } }] })
      : null,
    route: virtualServiceOf(name, namespace, { hosts: [name], http: [{ route: [{ destination }] }] }),
  };
}

function planTask({
  cluster,
  objects: { service, live },
  version,
  percentage,
}: {
  cluster: MemoryCluster;
  objects: OwnersObjects;
  version: string;
  percentage: number;
}): TaskRecord {
  const { name: serviceName, namespace = '' } = service.metadata;
  const input = {
    namespace,
    name: `${serviceName}-${version}`,
    service: serviceName,
    target: { kind: 'version' as const, version, replicas: 1, containers: [{ name: serviceName, image }] },
    percentage,
    // Policies are made by the server at steps that a fleet does not run.
    safety: { denyWrites: false },
  };
  const { spec, checks } = planCreate(
    input,
    snapshotOf({
      services: [service],
      deployments: [live],
      pods: podsOf(live),
      virtualServices: cluster.virtualServices,
      destinationRules: cluster.destinationRules,
    }),
  );
  const failed = checks.filter(({ severity }) => severity === 'fail').map(({ code }) => code);
  if (!spec || failed.length > 0) throw new Error(`${namespace}/${input.name} cannot be planned: ${failed.join(', ')}`);
  cluster.run('create', spec);
  return recordOf(spec, input);
}

function recordOf(spec: TaskSpec, input: object): TaskRecord {
  const at = new Date(Date.now() - 2 * 3_600_000).toISOString();
  const entry = { at, by: 'bench', verb: 'create' as const, detail: null, percentage: spec.targets[0].percentage };
  return {
    schemaVersion: 2,
    spec,
    createdAt: at,
    createdBy: 'bench',
    inputHash: inputHash(input),
    percentageSince: at,
    desired: 'mirroring',
    desiredSince: at,
    operation: null,
    activity: [
      { ...entry, outcome: 'started' },
      { ...entry, outcome: 'done' },
    ],
  };
}

function paused(record: TaskRecord, cluster: MemoryCluster): TaskRecord {
  cluster.run('pause', record.spec);
  return { ...record, desired: 'paused' };
}

/** Sends requests to every service of its namespace. */
function clientOf(namespace: string): Deployment {
  const client = deploymentOf('client', namespace, { app: 'client', version: 'v1' }, image);
  const requests = services.map((host) => ({ host, port, method: 'GET', path: '/', perSecond: requestsPerSecond }));
  client.spec.template.metadata = {
    ...client.spec.template.metadata,
    annotations: { 'sandbox.mirror-console.io/requests': JSON.stringify(requests) },
  };
  return client;
}

/** What a task owns names its record, whose uid the API server gives. */
function withOwner(object: KubeObject, uids: ReadonlyMap<string, string>): KubeObject {
  const { ownerReferences, ...metadata } = object.metadata;
  if (!ownerReferences) return object;
  const references = ownerReferences.map((reference) => ({ ...reference, uid: uids.get(reference.name) ?? '' }));
  return { ...object, metadata: { ...metadata, ownerReferences: references } };
}

const plurals: Record<string, string> = {
  Namespace: 'namespaces',
  ConfigMap: 'configmaps',
  Service: 'services',
  Deployment: 'deployments',
  DestinationRule: 'destinationrules',
  VirtualService: 'virtualservices',
};

function create(kube: Kube, object: KubeObject): Promise<unknown> {
  const { uid: _uid, resourceVersion: _version, managedFields: _fields, ...metadata } = object.metadata;
  const prefix = object.apiVersion === 'v1' ? '/api/v1' : `/apis/${object.apiVersion}`;
  const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return kube.send('POST', `${prefix}${scope}/${plurals[object.kind]}`, { ...object, metadata });
}
