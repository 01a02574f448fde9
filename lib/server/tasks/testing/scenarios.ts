import type { ChangeTaskInput, CreateTaskInput } from '@/lib/contract/create-task-input';
import type { DestinationRule, VirtualService } from '@/lib/domain/kubernetes';
import type { Placement } from '@/lib/domain/task';
import { expect } from 'vitest';
import type { TaskContext } from '../context';
import { createTask } from '../create-task';
import { deleteTask } from '../delete-task';
import { newVersion, settleMs, type World } from './world';

export interface Scenario {
  title: string;
  input: CreateTaskInput;
  /** The Deployment that must never answer a client. */
  mirror: string;
  /** Another one that must not, of a task with two targets. */
  secondMirror?: string;
  placement: Placement;
  /** What its percentages are changed to; absent: to 25 %. */
  change?: ChangeTaskInput;
  /** What the owners have done before. */
  prepare?(world: World): void;
}

const namespace = 'demo-project';
const image = (name: string) => `kubesphere/examples-bookinfo-${name}-v1:1.16.2`;
const reviewsV2 = [{ name: 'reviews', image: 'kubesphere/examples-bookinfo-reviews-v2:1.16.2' }];

/** Two routes to details, neither pinned. */
const routeDetails = ({ owner }: World) =>
  owner.create({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'details', namespace },
    spec: {
      hosts: ['details'],
      http: [
        { name: 'slow', match: [{ uri: { prefix: '/slow' } }], route: [{ destination: { host: 'details' } }] },
        { route: [{ destination: { host: 'details', port: { number: 9080 } } }], timeout: '5s' },
      ],
    },
  } as VirtualService);
/** One route to details, not pinned. */
const routeDetailsAlike = ({ owner }: World) =>
  owner.create({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'details', namespace },
    spec: { hosts: ['details'], http: [{ route: [{ destination: { host: 'details' } }] }] },
  } as VirtualService);
/** Two routes to details, both pinned to the live version by their owner. */
const pinDetails = (world: World) => {
  ruleDetails(world);
  const route = [{ destination: { host: 'details', subset: 'v1' } }];
  world.owner.create({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'details', namespace },
    spec: { hosts: ['details'], http: [{ match: [{ uri: { prefix: '/slow' } }], route }, { route }] },
  } as VirtualService);
};
/** A rule for details with a subset of the live version. */
const ruleDetails = ({ owner }: World) =>
  owner.create({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'details', namespace },
    spec: { host: 'details', subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
  } as DestinationRule);
const detailsTask = (placement: Placement) =>
  newVersion({ namespace, name: 'try-details', service: 'details', placement }, [
    { name: 'details', image: image('details') },
  ]);

const placements: readonly Placement[] = ['subset', 'dedicated'];

/** Both placements, on objects that their owners made and on ones that the task has to make. */
export const scenarios: readonly Scenario[] = [
  {
    title: 'subset, VirtualService and DestinationRule there and pinned',
    input: newVersion({ namespace, name: 'reviews-v2', service: 'reviews' }, reviewsV2),
    mirror: 'reviews-v2',
    placement: 'subset',
  },
  {
    title: 'dedicated, VirtualService there',
    input: newVersion({ namespace, name: 'reviews-v2', service: 'reviews', placement: 'dedicated' }, reviewsV2),
    mirror: 'reviews-v2',
    placement: 'dedicated',
  },
  {
    title: 'dedicated, neither VirtualService nor DestinationRule',
    input: newVersion({ namespace, name: 'try-ratings', service: 'ratings' }, [
      { name: 'ratings', image: image('ratings') },
    ]),
    mirror: 'ratings-v2',
    placement: 'dedicated',
  },
  {
    title: 'subset, neither VirtualService nor DestinationRule',
    input: newVersion({ namespace, name: 'try-ratings', service: 'ratings', placement: 'subset' }, [
      { name: 'ratings', image: image('ratings') },
    ]),
    mirror: 'ratings-v2',
    placement: 'subset',
  },
  {
    title: 'subset, VirtualService there and not pinned, no DestinationRule',
    input: detailsTask('subset'),
    mirror: 'details-v2',
    placement: 'subset',
    prepare: routeDetails,
  },
  {
    title: 'an existing workload that its owner keeps away from clients',
    input: {
      namespace: 'httpbin',
      name: 'httpbin-v2',
      description: '',
      service: 'httpbin',
      target: { kind: 'version', existing: 'httpbin-v2' },
      percentage: 100,
    },
    mirror: 'httpbin-v2',
    placement: 'subset',
  },
];

/** What the whole crash matrix has besides: the other combinations of rules there before, of routes, and of targets. */
export const rareScenarios: readonly Scenario[] = [
  {
    title: 'subset, DestinationRule there, no VirtualService',
    input: detailsTask('subset'),
    mirror: 'details-v2',
    placement: 'subset',
    prepare: ruleDetails,
  },
  {
    title: 'subset, DestinationRule there, VirtualService of two routes not pinned',
    input: detailsTask('subset'),
    mirror: 'details-v2',
    placement: 'subset',
    prepare: (world) => {
      ruleDetails(world);
      routeDetails(world);
    },
  },
  {
    title: 'dedicated, DestinationRule there, no VirtualService',
    input: detailsTask('dedicated'),
    mirror: 'details-v2',
    placement: 'dedicated',
    prepare: ruleDetails,
  },
  {
    title: 'dedicated, VirtualService of two routes, no DestinationRule',
    input: detailsTask('dedicated'),
    mirror: 'details-v2',
    placement: 'dedicated',
    prepare: routeDetails,
  },
  {
    title: 'subset, VirtualService of one route not pinned, no DestinationRule',
    input: detailsTask('subset'),
    mirror: 'details-v2',
    placement: 'subset',
    prepare: routeDetailsAlike,
  },
  {
    title: 'dedicated, VirtualService of one route, no DestinationRule',
    input: detailsTask('dedicated'),
    mirror: 'details-v2',
    placement: 'dedicated',
    prepare: routeDetailsAlike,
  },
  {
    title: 'dedicated, VirtualService of two routes and DestinationRule there',
    input: detailsTask('dedicated'),
    mirror: 'details-v2',
    placement: 'dedicated',
    prepare: (world) => {
      ruleDetails(world);
      routeDetails(world);
    },
  },
  {
    title: 'subset, VirtualService of two routes and DestinationRule there and pinned',
    input: detailsTask('subset'),
    mirror: 'details-v2',
    placement: 'subset',
    prepare: pinDetails,
  },
  ...placements.map((placement): Scenario => ({
    title: `${placement}, two targets`,
    input: {
      namespace,
      name: 'reviews-two',
      description: '',
      service: 'reviews',
      placement,
      targets: [
        { kind: 'version', version: 'v2', replicas: 1, containers: reviewsV2, percentage: 30 },
        { kind: 'version', version: 'v3', replicas: 1, containers: reviewsV2, percentage: 20 },
      ],
    },
    mirror: 'reviews-v2',
    secondMirror: 'reviews-v3',
    placement,
    change: {
      targets: [
        { id: 'version', percentage: 60 },
        { id: 'version-2', percentage: 25 },
      ],
    },
  })),
];

export function keyOf({ input: { namespace, name } }: Scenario): { namespace: string; name: string } {
  return { namespace, name };
}

/** What the owners have done before is in the proxies: what clients lost until then, they lost by them. */
export async function prepare(world: World, scenario: Scenario): Promise<void> {
  scenario.prepare?.(world);
  await world.pass(settleMs);
  world.sandbox.mesh.counters.reset();
}

/** Creates the scenario's task and lets it get to mirror; answers what its owners had before. */
export async function startTask(
  world: World,
  console: TaskContext,
  scenario: Scenario,
): Promise<Record<string, unknown>> {
  await prepare(world, scenario);
  const before = ownersObjects(world);
  const { derived } = await createTask(console, scenario.input);
  expect(derived.state).toBe('Preparing');
  const { namespace, name } = keyOf(scenario);
  await world.untilState(console, namespace, name, 'Mirroring');
  return before;
}

/** `startTask`, until every proxy has its entries. */
export async function runTask(
  world: World,
  console: TaskContext,
  scenario: Scenario,
): Promise<Record<string, unknown>> {
  const before = await startTask(world, console, scenario);
  await world.pass(settleMs);
  return before;
}

/** Deletes the scenario's task: its owners have what they had before, and no client noticed. */
export async function expectDeletedWhole(
  world: World,
  console: TaskContext,
  scenario: Scenario,
  before: Record<string, unknown>,
): Promise<void> {
  const { namespace, name } = keyOf(scenario);
  await deleteTask(console, { namespace, name });
  await world.untilGone(console, namespace, name);
  await world.pass(2 * settleMs);
  expect(ownersObjects(world)).toEqual(before);
  expectClientsUntouched(world, scenario);
}

/** Guarantees 0 and 1, up to this moment: no client lost a request, the mirrored version answered none. */
export function expectClientsUntouched(
  world: World,
  { input, mirror, secondMirror = mirror }: Pick<Scenario, 'input' | 'mirror' | 'secondMirror'>,
): void {
  const { counters } = world.sandbox.mesh;
  expect(counters.clientFailures()).toEqual([]);
  const answered = [mirror, secondMirror].map((workload) => counters.answeredBy(input.namespace, workload));
  expect(answered).toEqual([0, 0]);
}

/** Copies that arrive at the mirror while time passes. */
export async function copiesDuring(world: World, { input, mirror }: Scenario, ms: number): Promise<number> {
  const before = world.sandbox.mesh.counters.copiesTo(input.namespace, mirror);
  await world.pass(ms);
  return world.sandbox.mesh.counters.copiesTo(input.namespace, mirror) - before;
}

const kept = [
  ['networking.istio.io', 'VirtualService'],
  ['networking.istio.io', 'DestinationRule'],
  ['networking.istio.io', 'EnvoyFilter'],
  ['security.istio.io', 'AuthorizationPolicy'],
  ['networking.istio.io', 'ServiceEntry'],
  ['apps', 'Deployment'],
  ['apps', 'ReplicaSet'],
  ['', 'Service'],
  ['', 'ConfigMap'],
] as const;

/** Everything that people decide about the namespaces' objects: what must be as before once a task has gone. */
export function ownersObjects({ sandbox }: World): Record<string, unknown> {
  const objects = kept.flatMap(([group, kind]) => sandbox.store.list(group, kind));
  return Object.fromEntries(
    objects.map((object) => {
      const { metadata, apiVersion: _apiVersion, status: _status, ...rest } = object;
      const { resourceVersion: _version, managedFields, generation: _generation, ...kept } = metadata;
      const managers = (managedFields ?? []).map((entry) => (entry as { manager?: string }).manager);
      return [`${object.kind} ${metadata.namespace}/${metadata.name}`, { ...rest, metadata: kept, managers }];
    }),
  );
}
