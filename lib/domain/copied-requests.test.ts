import { expect, it } from 'vitest';
import type { HttpRoute, VirtualService } from './kubernetes.ts';
import { stillCopiesEveryRequest } from './copied-requests.ts';
import { planCreate } from './plan-create.ts';
import { reviews, serviceOf, virtualServiceOf } from './testing/snapshot.ts';
import { putEntries } from './virtual-service-edit.ts';

const namespace = 'demo-project';
const toV1 = { destination: { host: 'reviews', subset: 'v1' } };
const onPort = (number: number) => ({ destination: { ...toV1.destination, port: { number } } });
const rest = { name: 'rest', route: [onPort(9080)] };

function planned(virtualServices: VirtualService[]) {
  const { input, snapshot } = reviews();
  const ports = [
    { name: 'http', port: 9080 },
    { name: 'http-b', port: 9081 },
  ];
  const services = [serviceOf('reviews', namespace, ports)];
  const { spec } = planCreate({ ...input, placement: 'dedicated' }, { ...snapshot, services, virtualServices });
  return spec?.copiesEveryRequest;
}

const withRoutes = (http: HttpRoute[], change: Partial<VirtualService['spec']> = {}) =>
  virtualServiceOf('reviews', namespace, { hosts: ['reviews'], http, ...change });

it.each<[string, VirtualService[]]>([
  ['there is no VirtualService, so the task makes one', []],
  ['its routes have an entry each', [withRoutes([{ match: [{ uri: { prefix: '/a' } }], route: [toV1] }, rest])]],
  ['others of its routes bring it nothing', [withRoutes([{ match: [{ uri: { exact: '/' } }], redirect: {} }, rest])]],
  [
    'another host brings it none on these ports',
    [withRoutes([rest]), virtualServiceOf('legacy', namespace, { hosts: ['legacy'], http: [{ route: [onPort(1)] }] })],
  ],
  ['what comes after a route for all is never reached', [withRoutes([rest, { name: 'late', route: [onPort(9080)] }])]],
])('every request is copied where %s', (_, virtualServices) => {
  expect(planned(virtualServices)).toBe(true);
});

const prefix = [{ uri: { prefix: '/a' } }];
it.each<[string, VirtualService[]]>([
  [
    'a route splits them by port and gets no copies',
    [withRoutes([{ match: prefix, route: [onPort(9080), onPort(9081)].map((one) => ({ ...one, weight: 50 })) }, rest])],
  ],
  [
    'routes cannot be told apart',
    [withRoutes([{ match: prefix, route: [toV1] }, { match: prefix, route: [toV1] }, rest])],
  ],
  ['another object decides', [withRoutes([{ match: prefix, delegate: { name: 'other' } } as HttpRoute, rest])]],
  [
    'another host brings it some',
    [withRoutes([rest]), virtualServiceOf('legacy', namespace, { hosts: ['legacy'], http: [rest] })],
  ],
  ['a delegate brings it some', [withRoutes([rest]), virtualServiceOf('team', namespace, { http: [rest] })]],
  [
    'a route shares them with another host',
    [
      withRoutes([
        {
          match: prefix,
          route: [
            { ...onPort(9080), weight: 50 },
            { destination: { host: 'ratings' }, weight: 50 },
          ],
        },
        rest,
      ]),
    ],
  ],
  ['some clients have no route', [withRoutes([{ match: [{ sourceLabels: { app: 'productpage' } }], route: [toV1] }])]],
])('not just the requests of the service are copied where %s', (_, virtualServices) => {
  expect(planned(virtualServices)).toBe(false);
});

it('not every request is copied where callers in other clusters send some, which follow no route here', () => {
  const { input, snapshot } = reviews();
  const planIn = (callerClusters: string[] | null) =>
    planCreate({ ...input, placement: 'dedicated' }, { ...snapshot, callerClusters }).spec?.copiesEveryRequest;
  expect([planIn(['west']), planIn([]), planIn(null)]).toEqual([false, true, true]);
});

/** The task as planned on `http`, then asked about when its VirtualService has the routes of `now` with its entries. */
function afterwards(http: HttpRoute[], change: (routes: HttpRoute[]) => HttpRoute[], servicePorts = [9080]) {
  const { input, snapshot } = reviews();
  const service = serviceOf(
    'reviews',
    namespace,
    servicePorts.map((port) => ({ name: `http-${port}`, port })),
  );
  const owners = withRoutes(http);
  const world = { ...snapshot, services: [service], virtualServices: [owners] };
  const { spec } = planCreate({ ...input, placement: 'dedicated', ports: [9080] }, world);
  if (!spec) throw new Error('not planned');
  const put = putEntries(owners, spec);
  if ('problem' in put) throw new Error(put.problem.code);
  const object = withRoutes(change(put.http));
  const { destinationRules, rootNamespace } = snapshot;
  return stillCopiesEveryRequest(spec, { service, virtualServices: [object], destinationRules, rootNamespace });
}

const early: HttpRoute = { name: 'early', match: prefix, route: [toV1] };
const plain: HttpRoute = { name: 'plain', route: [toV1] };

it.each<[string, HttpRoute[], (routes: HttpRoute[]) => HttpRoute[], number[]?]>([
  ['nothing changed', [plain], (routes) => routes],
  ['a clone for the port stands before the route', [plain], (routes) => routes, [9080, 9081]],
  [
    'the owner changes what its route matches',
    [early, plain],
    ([a, b]) => [{ ...a, match: [{ uri: { exact: '/' } }] }, b!],
  ],
  [
    'the new route brings the service nothing',
    [plain],
    (routes) => [{ ...early, route: [{ destination: { host: 'ratings' } }] }, ...routes],
  ],
  ['the new route is never reached', [plain], (routes) => [...routes, early]],
])('a task goes on to copy every request where %s', (_, http, change, ports) => {
  expect(afterwards(http, change, ports)).toBe(true);
});

it.each<[string, HttpRoute[], (routes: HttpRoute[]) => HttpRoute[], number[]?]>([
  ['a new route takes some before they are copied', [plain], (routes) => [early, ...routes]],
  ['a new route takes some before the clone', [plain], (routes) => [early, ...routes], [9080, 9081]],
  [
    'the last route is now for some of the clients',
    [plain],
    ([route]) => [{ ...route, match: [{ sourceLabels: { app: 'productpage' } }] }],
  ],
  [
    'a route of its own now leads to another host too',
    [plain],
    ([route]) => [
      {
        ...route,
        route: [
          { ...toV1, weight: 50 },
          { destination: { host: 'ratings' }, weight: 50 },
        ],
      },
    ],
  ],
])('a task no longer copies just the requests of its service where %s', (_, http, change, ports) => {
  expect(afterwards(http, change, ports)).toBe(false);
});
