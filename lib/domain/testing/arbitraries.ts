import * as fc from 'fast-check';
import type {
  Destination,
  DestinationRule,
  HttpMatch,
  HttpRoute,
  RouteDestination,
  ServicePort,
  VirtualService,
} from '../kubernetes.ts';
import { safeMethods, type RequestMatch, type RequestSelection } from '../request-match.ts';
import type { PlanningInput, PlanningSnapshot } from '../planning-snapshot.ts';
import type { TargetInput } from '../task.ts';
import { deploymentOf, destinationRuleOf, podsOf, serviceOf, snapshotOf, virtualServiceOf } from './snapshot.ts';

export const namespace = 'shop';
export const service = 'reviews';
export const host = 'reviews.shop.svc.cluster.local';
const otherHosts = ['ratings', 'details.shop.svc.cluster.local', 'reviews.other.svc.cluster.local', 'reviews.shop'];

/** What a generated world is made of, to count that every shape really came. */
export type Shape = string;

export interface World {
  snapshot: PlanningSnapshot;
  input: PlanningInput;
  shapes: Shape[];
}

export interface WorldOptions {
  /** Every destination of the service names subset v1. */
  pinned?: boolean;
  placement?: 'dedicated' | 'subset';
}

const serviceHostText = fc.constantFrom(service, host);
const otherHostText = fc.constantFrom(...otherHosts);

const unknownFields = fc.record(
  {
    timeout: fc.constantFrom('5s', '0.5s'),
    retries: fc.record({ attempts: fc.integer({ min: 0, max: 5 }), retryOn: fc.constant('5xx') }),
    corsPolicy: fc.constant({ allowOrigins: [{ exact: 'https://shop.example' }] }),
    fault: fc.constant({ delay: { percentage: { value: 1 }, fixedDelay: '2s' } }),
    rewrite: fc.constant({ uri: '/v1' }),
    headers: fc.constant({ request: { set: { 'x-team': 'reviews' } } }),
    someFutureField: fc.constant([{ deep: { er: 1 } }]),
  },
  { requiredKeys: [] },
);

function match(ports: readonly number[]): fc.Arbitrary<HttpMatch> {
  const fields: fc.Arbitrary<Partial<HttpMatch>> = fc.record(
    {
      name: fc.constantFrom<string[]>('m1', 'm2'),
      uri: fc.constantFrom<object[]>({ prefix: '/reviews/' }, { prefix: '/' }, { exact: '/health' }),
      headers: fc.constantFrom<Record<string, object>[]>(
        { 'x-test-user': { exact: 'true' } },
        { cookie: { regex: '.*beta.*' } },
      ),
      method: fc.constant({ exact: 'GET' }),
      port: fc.constantFrom(...ports),
      sourceLabels: fc.constant({ app: 'productpage' }),
      statPrefix: fc.constant('owner'),
    },
    { requiredKeys: [] },
  );
  return fields.map((when) => ({ ...when }));
}

function destination(
  toService: boolean,
  ports: readonly number[],
  { pinned }: WorldOptions,
): fc.Arbitrary<Destination> {
  const subset = pinned && toService ? fc.constant('v1') : fc.option(fc.constant('v1'), { nil: undefined });
  return fc
    .tuple(
      toService ? serviceHostText : otherHostText,
      subset,
      fc.option(fc.constantFrom(...ports), { nil: undefined }),
    )
    .map(([name, subsetName, port]) => ({
      host: name,
      ...(subsetName === undefined ? {} : { subset: subsetName }),
      ...(port === undefined ? {} : { port: { number: port } }),
    }));
}

function routeDestinations(ports: readonly number[], options: WorldOptions): fc.Arbitrary<RouteDestination[]> {
  const one = (toService: boolean) =>
    fc
      .tuple(
        destination(toService, ports, options),
        fc.option(fc.constant({ response: { remove: ['x'] } }), { nil: undefined }),
      )
      .map(([to, headers]) => ({ destination: to, ...(headers ? { headers } : {}) }));
  const weighted = fc
    .tuple(one(true), fc.boolean().chain(one), fc.integer({ min: 0, max: 100 }))
    .map(([first, second, weight]) => [
      { ...first, weight },
      { ...second, weight: 100 - weight },
    ]);
  return fc.oneof(
    { weight: 5, arbitrary: one(true).map((only) => [only]) },
    { weight: 1, arbitrary: one(false).map((only) => [only]) },
    { weight: 3, arbitrary: weighted },
  );
}

const foreignPercentage = fc.constantFrom({ value: 10 }, { value: 0.57 }, {}, { value: 100 });

const foreignMirror: fc.Arbitrary<Partial<HttpRoute>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        otherHostText,
        fc.constantFrom<Partial<HttpRoute>>({}, { mirrorPercent: 20 }, { mirror_percent: 30 }, { mirrorPercent: null }),
        fc.option(foreignPercentage),
      )
      .map(([to, old, percentage]) => ({
        mirror: { host: to, port: { number: 80 } },
        ...old,
        ...(percentage ? { mirrorPercentage: percentage } : {}),
      })),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.tuple(otherHostText, fc.option(foreignPercentage)), { minLength: 0, maxLength: 2 })
      .map((list) => ({
        mirrors: list.map(([to, percentage]) => ({
          destination: { host: to, subset: 'x' },
          ...(percentage ? { percentage } : {}),
        })),
      })),
  },
  { weight: 1, arbitrary: fc.constant({ mirrorPercentage: { value: 33 } }) },
);

function route(ports: readonly number[], options: WorldOptions): fc.Arbitrary<HttpRoute> {
  const conditions = fc.option(fc.array(match(ports), { minLength: 0, maxLength: 2 }), { nil: undefined, freq: 3 });
  const action: fc.Arbitrary<Partial<HttpRoute>> = fc.oneof(
    {
      weight: 10,
      arbitrary: fc
        .tuple(routeDestinations(ports, options), foreignMirror)
        .map(([to, mirror]) => ({ route: to, ...mirror })),
    },
    { weight: 1, arbitrary: fc.constant({ redirect: { uri: '/new' } }) },
    { weight: 1, arbitrary: fc.constant({ directResponse: { status: 503 } }) },
    { weight: 1, arbitrary: fc.constant({ delegate: { name: 'team', namespace } }) },
  );
  return fc
    .tuple(conditions, action, unknownFields)
    .map(([when, what, fields]) => ({ ...(when === undefined ? {} : { match: when }), ...fields, ...what }));
}

/** A VirtualService that names the service as a host, or a gateway's with routes to it. */
function virtualService(name: string, ports: readonly number[], options: WorldOptions): fc.Arbitrary<VirtualService> {
  return fc
    .record({
      hosts: fc.constantFrom<string[][]>([service], [host], [host, 'ratings'], ['shop.example.com']),
      gateways: fc.constantFrom<string[] | undefined>(
        undefined,
        undefined,
        ['mesh'],
        ['mesh', 'shop-gateway'],
        ['shop-gateway'],
      ),
      exportTo: fc.constantFrom<string[] | undefined>(undefined, undefined, ['*'], ['.'], ['other']),
      named: fc.boolean(),
      routes: fc.array(route(ports, options), { minLength: 1, maxLength: 4 }),
      age: fc.integer({ min: 1, max: 9 }),
      annotated: fc.boolean(),
    })
    .map(({ hosts, gateways, exportTo, named, routes, age, annotated }) => {
      const http = routes.map((item, index) => ({ ...(named ? { name: `route-${index}` } : {}), ...item }));
      const spec = { hosts, ...(gateways ? { gateways } : {}), ...(exportTo ? { exportTo } : {}), http };
      const object = virtualServiceOf(name, namespace, spec);
      object.metadata.creationTimestamp = `2026-01-0${age}T00:00:00Z`;
      object.metadata.managedFields = [{ manager: 'kubectl-client-side-apply', operation: 'Update' }];
      if (annotated) object.metadata.annotations = { team: 'reviews' };
      return object;
    });
}

function destinationRules(options: WorldOptions): fc.Arbitrary<DestinationRule[]> {
  const ofClients = (labels: Record<string, string>) => [
    destinationRuleOf('reviews', 'other', { host, subsets: [{ name: 'v1', labels }] }),
  ];
  const clients = fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.constant(ofClients({ version: 'v1' })) },
    // For these clients v1 means every pod, a new version's too.
    { weight: 1, arbitrary: fc.constant(ofClients({ app: 'reviews' })) },
  );
  const exportTo = fc.constantFrom<string[] | undefined>(undefined, undefined, undefined, ['*'], ['.'], ['.', 'other']);
  const own = fc
    .tuple(destinationRule(options), exportTo)
    .map(([rules, to]) =>
      rules.map((rule) =>
        to && rule.metadata.namespace === namespace ? { ...rule, spec: { ...rule.spec, exportTo: to } } : rule,
      ),
    );
  return fc.tuple(own, clients).map((lists) => lists.flat());
}

function destinationRule({ pinned }: WorldOptions): fc.Arbitrary<DestinationRule[]> {
  const v1 = { name: 'v1', labels: { version: 'v1' } };
  const trafficPolicy = { connectionPool: { http: { http2MaxRequests: 100 } } };
  const none = pinned ? [] : [fc.constant<DestinationRule[]>([])];
  const rules: fc.Arbitrary<DestinationRule[]>[] = [
    ...none,
    // A subset so wide that it would select a new version, too.
    fc.constant([
      destinationRuleOf('reviews', namespace, { host, subsets: [{ name: 'v1', labels: { app: 'reviews' } }] }),
    ]),
    fc.constant<DestinationRule[]>([destinationRuleOf('reviews', namespace, { host: service, subsets: [v1] })]),
    fc.constant([
      destinationRuleOf('reviews', namespace, {
        host,
        trafficPolicy,
        subsets: [v1, { name: 'v9', labels: { version: 'v9' } }],
      }),
    ]),
    fc.constant([
      destinationRuleOf('reviews', namespace, { host, subsets: [{ name: 'v2', labels: { version: 'v2' } }, v1] }),
    ]),
    ...(pinned
      ? []
      : [
          fc.constant<DestinationRule[]>([destinationRuleOf('reviews', namespace, { host, trafficPolicy })]),
          fc.constant<DestinationRule[]>([destinationRuleOf('reviews', namespace, { host, subsets: [] })]),
          fc.constant<DestinationRule[]>([
            destinationRuleOf('all', 'istio-system', { host: '*.local', trafficPolicy }),
          ]),
        ]),
  ];
  return fc.oneof(...rules);
}

const servicePorts: fc.Arbitrary<ServicePort[]> = fc.constantFrom(
  [{ name: 'http', port: 9080, targetPort: 9080 }],
  [
    { name: 'http', port: 9080 },
    { name: 'grpc', port: 9090 },
  ],
  [
    { name: 'http', port: 9080 },
    { name: 'http-admin', port: 9443, appProtocol: 'http' },
    { name: 'grpc', port: 9090 },
  ],
);

/** What a task may be asked to copy. */
export const selections: fc.Arbitrary<RequestSelection> = fc.record({
  match: fc.subarray<RequestMatch>(
    [
      { headers: { 'x-test-user': { exact: 'true' } } },
      { headers: { 'x-test-user': {} }, path: { prefix: '/reviews/' } },
      { path: { exact: '/health' }, method: { exact: 'GET' } },
      { path: { prefix: '/re' } },
      { headers: { cookie: { exact: 'beta=1' } } },
    ],
    { maxLength: 2 },
  ),
  methods: fc.constantFrom<readonly string[] | null>(null, safeMethods, ['POST']),
});

/** A namespace with the service, its live version and whatever rules owners may have written. */
export function worlds(options: WorldOptions = {}): fc.Arbitrary<World> {
  return servicePorts.chain((ports) => {
    const numbers = ports.map(({ port }) => port);
    const objects = fc
      .array(fc.boolean(), { minLength: 0, maxLength: 3 })
      .chain((list) => fc.tuple(...list.map((_, index) => virtualService(`vs-${index}`, numbers, options))));
    return fc
      .record({
        virtualServices: options.pinned ? objects.map((list) => [meshRule(), ...list]) : objects,
        destinationRules: destinationRules(options),
        percentage: fc.integer({ min: 1, max: 1_000_000 }).map((millionths) => millionths / 10_000),
        chosen: fc.option(fc.subarray(numbers, { minLength: 1 }), { nil: undefined }),
        selection: fc.option(selections, { nil: undefined, freq: 2 }),
      })
      .map(({ virtualServices, destinationRules, percentage, chosen, selection }) => {
        const v1 = deploymentOf('reviews-v1', namespace, { app: 'reviews', version: 'v1' });
        const snapshot = snapshotOf({
          services: [serviceOf(service, namespace, ports)],
          deployments: [v1],
          pods: podsOf(v1),
          virtualServices,
          destinationRules,
        });
        const input: PlanningInput = {
          namespace,
          name: 'task-a',
          service,
          target: { kind: 'version', version: 'v2', replicas: 1, containers: [] },
          percentage,
          ...(chosen ? { ports: chosen } : {}),
          ...(selection ? { selection } : {}),
          ...(options.placement ? { placement: options.placement } : {}),
        };
        return { snapshot, input, shapes: [...shapesOf(snapshot), ...(selection ? ['selection'] : [])] };
      });
  });
}

/** The oldest, public rule that pins: with it the owner pins for every client. */
function meshRule(): VirtualService {
  const object = virtualServiceOf('pinned', namespace, {
    hosts: [host],
    http: [{ name: 'all', route: [{ destination: { host, subset: 'v1' } }] }],
  });
  object.metadata.creationTimestamp = '2025-01-01T00:00:00Z';
  return object;
}

function shapesOf({ virtualServices, destinationRules, services }: PlanningSnapshot): Shape[] {
  const routes = virtualServices.flatMap(({ spec }) => spec.http ?? []);
  const found: [Shape, boolean][] = [
    ['no virtual service', virtualServices.length === 0],
    ['several virtual services', virtualServices.length > 1],
    ['gateway', virtualServices.some(({ spec }) => spec.gateways?.includes('shop-gateway'))],
    ['private', virtualServices.some(({ spec }) => spec.exportTo?.includes('.'))],
    ['short host', routes.some((item) => item.route?.some(({ destination: to }) => to.host === service))],
    ['fqdn host', routes.some((item) => item.route?.some(({ destination: to }) => to.host === host))],
    ['several routes', virtualServices.some(({ spec }) => (spec.http?.length ?? 0) > 1)],
    ['named', routes.some(({ name }) => name !== undefined)],
    ['unnamed', routes.some(({ name }) => name === undefined)],
    ['match', routes.some(({ match: when }) => (when?.length ?? 0) > 0)],
    ['match port', routes.some(({ match: when }) => when?.some(({ port }) => port !== undefined))],
    ['weights', routes.some((item) => (item.route?.length ?? 0) > 1)],
    ['redirect', routes.some(({ redirect }) => redirect !== undefined)],
    ['direct response', routes.some(({ directResponse }) => directResponse !== undefined)],
    ['delegate', routes.some(({ delegate }) => delegate !== undefined)],
    ['foreign mirror', routes.some(({ mirror }) => mirror !== undefined)],
    ['foreign mirrors', routes.some(({ mirrors }) => (mirrors?.length ?? 0) > 0)],
    ['empty mirrors', routes.some(({ mirrors }) => mirrors?.length === 0)],
    [
      'old mirror percent',
      routes.some(({ mirrorPercent, mirror_percent: older }) => mirrorPercent !== undefined || older !== undefined),
    ],
    [
      'stray mirror percentage',
      routes.some(({ mirror, mirrorPercentage }) => mirror === undefined && mirrorPercentage !== undefined),
    ],
    ['subset', routes.some((item) => item.route?.some(({ destination: to }) => to.subset !== undefined))],
    ['unpinned', routes.some((item) => item.route?.some(({ destination: to }) => to.subset === undefined))],
    ['unknown fields', routes.some((item) => 'someFutureField' in item)],
    ['several ports', (services[0]?.spec.ports?.length ?? 0) > 1],
    ['destination rule', destinationRules.length > 0],
    ['subset for the mirror', destinationRules.some(({ spec }) => spec.subsets?.some(({ name }) => name === 'v2'))],
    ['rule of a client namespace', destinationRules.some(({ metadata }) => metadata.namespace === 'other')],
    ['wide subset', destinationRules.some(({ spec }) => spec.subsets?.some(({ labels }) => labels?.app === 'reviews'))],
    [
      'wide subset of a client namespace',
      destinationRules.some(
        ({ metadata, spec }) =>
          metadata.namespace === 'other' && spec.subsets?.some(({ labels }) => labels?.app === 'reviews'),
      ),
    ],
    ['private rule', destinationRules.some(({ spec }) => spec.exportTo?.includes('.'))],
    ['rule without subsets', destinationRules.some(({ spec }) => spec.subsets === undefined)],
  ];
  return found.filter(([, is]) => is).map(([shape]) => shape);
}

/** Worlds for a task in any placement, chosen or proposed, some of them with routes that their owner pins. */
export function worldsOfAnyPlacement(): fc.Arbitrary<World> {
  const placements = fc.constantFrom<'dedicated' | 'subset' | undefined>('dedicated', 'subset', undefined);
  return fc.oneof(
    placements.chain((placement) => worlds(placement ? { placement } : {})),
    worlds({ pinned: true }),
  );
}

/** Targets that are no version of the service: see `withElsewhere`. */
export const outside = { kind: 'external', host: 'replay.example.com', port: 443, tls: true } as const;
export const elsewhere = { kind: 'service', namespace: 'tools', name: 'httpbin', port: 8000 } as const;
const more: readonly TargetInput[] = [
  { kind: 'version', version: 'v3', replicas: 1, containers: [] },
  { kind: 'version', version: 'v4.0', replicas: 2, containers: [] },
  elsewhere,
  outside,
];

/** Worlds of any placement, in half of which the task has several targets of any kind, each with its own share. */
export function worldsOfAnyTargets(): fc.Arbitrary<World> {
  const millionths = fc.integer({ min: 1, max: 1_000_000 });
  const others = fc.shuffledSubarray([...more], { minLength: 1, maxLength: 3 });
  const several = fc
    .tuple(worldsOfAnyPlacement(), others, fc.array(millionths, { minLength: 4, maxLength: 4 }), fc.boolean())
    .map(([world, list, shares, isFirst]) => severalTargets(world, list, shares, isFirst));
  return fc.oneof(worldsOfAnyPlacement(), several);
}

/** The world's task with more targets, before or behind the one that it has. */
function severalTargets(
  { input, snapshot, shapes }: World,
  list: readonly TargetInput[],
  shares: readonly number[],
  isFirst: boolean,
): World {
  const { target, percentage: _only, ...rest } = input;
  const own = target ? [target] : [];
  const all = isFirst ? [...own, ...list] : [...list, ...own];
  const targets = all.map((one, index) => ({ ...one, percentage: (shares[index] ?? 1) / 10_000 }));
  return { input: { ...rest, targets }, snapshot: withElsewhere(snapshot), shapes: [...shapes, 'several targets'] };
}

/** A snapshot in which there is what targets elsewhere are planned on. */
export function withElsewhere(snapshot: PlanningSnapshot): PlanningSnapshot {
  const httpbin = deploymentOf('httpbin-v1', 'tools', { app: 'httpbin', version: 'v1' });
  const callers = { namespaces: [namespace, 'other'], ofHost: [] };
  return {
    ...snapshot,
    targetNamespaces: {
      services: [serviceOf('httpbin', 'tools', [{ name: 'http', port: 8000 }])],
      deployments: [httpbin],
      pods: podsOf(httpbin),
      authorizationPolicies: [],
    },
    external: { serviceEntries: [], measured: { [outside.host]: callers } },
  };
}

/** Counts shapes over a property's cases. */
export class ShapeCount {
  readonly #counts = new Map<Shape, number>();
  cases = 0;

  add(shapes: readonly Shape[]): void {
    this.cases++;
    for (const shape of shapes) this.#counts.set(shape, this.of(shape) + 1);
  }

  of(shape: Shape): number {
    return this.#counts.get(shape) ?? 0;
  }
}
