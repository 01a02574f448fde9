import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HttpRoute } from './kubernetes.ts';
import { addMirror, mirrorPoliciesOf, removeMirror } from './route-mirror.ts';
import { canonicalJson } from './structure.ts';
import type { MirrorFields } from './task.ts';

const ours = { host: 'reviews.shop.svc.cluster.local', subset: 'v2', port: 9080 };
const policies = fc.record(
  {
    destination: fc.constantFrom('evil.example', 'audit', 'other').map((host) => ({ host })),
    percentage: fc.constantFrom(1, 50, 100).map((value) => ({ value })),
  },
  { requiredKeys: ['destination'] },
);
const mirrorFields = fc.record(
  {
    mirror: policies.map(({ destination }) => destination),
    mirrors: fc.array(policies, { maxLength: 2 }),
    mirrorPercentage: fc.constantFrom(2, 60).map((value) => ({ value })),
    mirrorPercent: fc.constantFrom(3, 70),
    mirror_percent: fc.constantFrom(4, 80),
  },
  { requiredKeys: [] },
);

it('whatever a record says that a route copied before, taking ours out leaves what the route itself copies', () => {
  const evil: HttpRoute = { route: [{ destination: { host: 'evil.example' } }], headers: {} };
  const replaced = fc
    .tuple(mirrorFields, fc.constantFrom({}, evil))
    .map(([fields, others]): MirrorFields => ({ ...others, ...fields }));
  // Istio refuses `mirror` beside `mirrors`.
  const theirs = mirrorFields.map((fields) => (fields.mirror ? { ...fields, mirrors: undefined } : fields));
  fc.assert(
    fc.property(theirs, replaced, (fields, record) => {
      const route: HttpRoute = { ...fields, route: [{ destination: { host: 'reviews' } }] };
      const { route: destinations, ...left } = removeMirror(addMirror(route, ours, 10, 'shop'), ours, record, 'shop');
      expect(mirrorPoliciesOf(left).map(canonicalJson)).toEqual(mirrorPoliciesOf(fields).map(canonicalJson));
      expect(destinations).toEqual(route.route);
      expect(left).not.toHaveProperty('headers');
    }),
    { numRuns: 2_000 },
  );
});
