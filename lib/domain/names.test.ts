import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deploymentNameFor,
  fqdn,
  freeName,
  mirrorAppLabel,
  nameProblem,
  routeKey,
  subsetNameFor,
  suggestVersion,
  toDnsLabel,
} from './names.ts';

const dnsLabel = fc.stringMatching(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);

describe('names', () => {
  it.each([
    ['', 'name_required'],
    ['a'.repeat(64), 'name_too_long'],
    ['Reviews', 'name_uppercase'],
    ['reviews_v2', 'name_characters'],
    ['-reviews', 'name_edges'],
    ['reviews-v2', null],
  ])('%j is %s', (name, problem) => expect(nameProblem(name)).toBe(problem));

  it('made names are DNS-1123 labels of at most 63 characters, and long ones stay apart', () => {
    fc.assert(
      fc.property(dnsLabel, dnsLabel, dnsLabel, (service, task, other) => {
        expect(nameProblem(mirrorAppLabel(service, task))).toBeNull();
        expect(nameProblem(deploymentNameFor(service, 'v2.0'))).toBeNull();
        if (task !== other) expect(mirrorAppLabel(service, task)).not.toBe(mirrorAppLabel(service, other));
      }),
      { numRuns: 2_000 },
    );
  });

  it('subset names are free DNS-1123 labels', () => {
    expect(subsetNameFor('v2.0', [])).toBe('v2-0');
    expect(subsetNameFor('v2', ['v2', 'v2-2'])).toBe('v2-3');
    expect(toDnsLabel('Reviews_V2')).toBe('reviews-v2');
  });

  it('expands only names without a dot, as Istio does', () => {
    expect(fqdn('reviews', 'shop')).toBe('reviews.shop.svc.cluster.local');
    expect(fqdn('reviews.shop', 'shop')).toBe('reviews.shop');
    expect(fqdn('reviews.shop.svc', 'shop')).toBe('reviews.shop.svc');
    expect(fqdn('reviews.shop.svc.cluster.local', 'other')).toBe('reviews.shop.svc.cluster.local');
  });

  it.each([
    [['v1'], 'v2'],
    [['v1', 'v2'], 'v3'],
    [['v1.0', 'v2.0'], 'v3.0'],
    [['1.16.2'], '2.16.2'],
    [['stable'], null],
    [[], null],
  ])('after %j comes %s', (existing, version) => expect(suggestVersion(existing)).toBe(version));
});

describe('routeKey', () => {
  const route = { match: [{ uri: { prefix: '/a' } }], route: [{ destination: { host: 'reviews' }, weight: 100 }] };

  it('stays when weights, mirrors, subsets, timeouts or the spelling of the host change', () => {
    const edited = {
      ...route,
      timeout: '5s',
      mirror: { host: 'x' },
      route: [{ destination: { host: 'reviews.shop.svc.cluster.local', subset: 'v1' }, weight: 90 }],
    };
    expect(routeKey(edited, 'shop').hash).toBe(routeKey(route, 'shop').hash);
  });

  it('differs for other conditions, destinations and ports', () => {
    const others = [
      { ...route, match: [{ uri: { prefix: '/b' } }] },
      { ...route, match: undefined },
      { ...route, route: [{ destination: { host: 'ratings' } }] },
      { ...route, route: [{ destination: { host: 'reviews', port: { number: 80 } } }] },
    ];
    for (const other of others) expect(routeKey(other, 'shop').hash).not.toBe(routeKey(route, 'shop').hash);
  });
});

describe('a name for another task like this one', () => {
  it('counts on from it, past those that are taken', () => {
    expect(freeName('reviews-v2', ['reviews-v2'])).toBe('reviews-v2-2');
    expect(freeName('try', ['try', 'try-2', 'try-3'])).toBe('try-4');
    expect(freeName('try-7', ['try-7'])).toBe('try-8');
  });

  it('is a DNS-1123 label that is free, whatever it begins with', () => {
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    fc.assert(
      fc.property(label, fc.array(label), (name, others) => {
        const taken = [name, ...others];
        const free = freeName(name, taken);
        expect(nameProblem(free)).toBeNull();
        expect(taken).not.toContain(free);
      }),
    );
  });
});
