import { expect, it } from 'vitest';
import type { HttpRoute, VirtualService } from './kubernetes.ts';
import { planCreate } from './plan-create.ts';
import { reviews, serviceOf, virtualServiceOf } from './testing/snapshot.ts';

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
