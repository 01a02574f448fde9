import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpMatch } from './kubernetes.ts';
import { conditionsOf, conjunction, intersection, safeMethods, type StringMatch } from './request-match.ts';
import { selections } from './testing/arbitraries.ts';
import { takes, type Request } from './testing/mesh-evaluator.ts';

const texts = ['GET', 'POST', '/a', '/a/b', 'beta=1'];
const stringMatches = fc.constantFrom<StringMatch>(
  { exact: '/a' },
  { exact: '/a/b' },
  { exact: 'GET' },
  { prefix: '/a' },
  { prefix: '/a/' },
  { prefix: '/' },
  { regex: 'GET|POST' },
  { regex: 'POST|PUT' },
  { regex: '/a.*' },
  {},
);
const matches: fc.Arbitrary<HttpMatch> = fc
  .record(
    {
      uri: stringMatches.filter((match) => Object.keys(match).length > 0),
      method: stringMatches.filter((match) => Object.keys(match).length > 0),
      headers: fc.dictionary(fc.constantFrom('cookie', 'x-user'), stringMatches, { maxKeys: 2 }),
      port: fc.constantFrom(80, 81),
    },
    { requiredKeys: [] },
  )
  .map((match) => ({ ...match }));
const requests = fc.record<Request>({
  client: fc.constant('shop'),
  port: fc.constantFrom(80, 81),
  path: fc.constantFrom('/', '/a', '/a/b', '/b'),
  method: fc.constantFrom(...texts),
  headers: fc.dictionary(fc.constantFrom('cookie', 'x-user'), fc.constantFrom(...texts), { maxKeys: 2 }),
  labels: fc.constant({}),
});

const meets = (request: Request, match: HttpMatch[]) => match.length > 0 && takes({ match }, request);

describe('conditions', () => {
  it('of which both hold are met by exactly those requests that meet each, where they can be written', () => {
    let written = 0;
    fc.assert(
      fc.property(matches, matches, fc.array(requests, { minLength: 1, maxLength: 20 }), (a, b, sent) => {
        const found = conjunction(a, b);
        if (found === 'unwritable') return;
        written++;
        for (const request of sent) {
          const wanted = meets(request, [a]) && meets(request, [b]);
          expect(found === 'none' ? false : meets(request, [found])).toBe(wanted);
        }
      }),
      { numRuns: 3_000 },
    );
    expect(written).toBeGreaterThan(1_000);
  });

  it('that a route already holds leave it as it is, so that no clone is made for nothing', () => {
    fc.assert(
      fc.property(selections, fc.array(matches, { minLength: 1, maxLength: 3 }), (selection, theirs) => {
        const ours = conditionsOf(selection);
        fc.pre(ours !== null);
        const once = ours && intersection(theirs, ours);
        fc.pre(Array.isArray(once) && ours?.length === 1 && once.length > 0);
        if (ours && Array.isArray(once)) expect(intersection(once, ours)).toEqual(once);
      }),
    );
  });

  it.each<[string, HttpMatch, HttpMatch, unknown]>([
    ['two paths', { uri: { exact: '/a' } }, { uri: { exact: '/b' } }, 'none'],
    ['a path in a prefix', { uri: { exact: '/a/b' } }, { uri: { prefix: '/a' } }, { uri: { exact: '/a/b' } }],
    ['a path out of a prefix', { uri: { exact: '/b' } }, { uri: { prefix: '/a' } }, 'none'],
    ['the longer of two prefixes', { uri: { prefix: '/a' } }, { uri: { prefix: '/a/b' } }, { uri: { prefix: '/a/b' } }],
    ['any path', { uri: { prefix: '/' } }, { uri: { regex: '/a.*' } }, { uri: { regex: '/a.*' } }],
    ['two regular expressions', { uri: { regex: '/a.*' } }, { uri: { regex: '/.*b' } }, 'unwritable'],
    ['the same expression twice', { uri: { regex: '/a.*' } }, { uri: { regex: '/a.*' } }, { uri: { regex: '/a.*' } }],
    ['a path whose case does not count', { ignoreUriCase: true }, { uri: { exact: '/a' } }, 'unwritable'],
    [
      'a method among several',
      { method: { exact: 'GET' } },
      { method: { regex: 'GET|HEAD' } },
      { method: { exact: 'GET' } },
    ],
    ['a method not among them', { method: { exact: 'POST' } }, { method: { regex: 'GET|HEAD' } }, 'none'],
    [
      'a header that must be there',
      { headers: { a: { exact: '1' } } },
      { headers: { a: {} } },
      { headers: { a: { exact: '1' } } },
    ],
    ['other ports', { port: 1 }, { port: 2 }, 'none'],
    [
      'what only a route can say',
      { sourceLabels: { app: 'web' }, gateways: ['mesh'], withoutHeaders: { b: {} } },
      { method: { exact: 'GET' } },
      { sourceLabels: { app: 'web' }, gateways: ['mesh'], withoutHeaders: { b: {} }, method: { exact: 'GET' } },
    ],
  ])('%s', (_what, a, b, wanted) => {
    expect(conjunction(a, b)).toEqual(wanted);
  });

  it('a selection of every request is no condition; methods alone are one; an alternative that they exclude is left out', () => {
    expect(conditionsOf({ match: [], methods: null })).toBeNull();
    expect(conditionsOf({ match: [], methods: safeMethods })).toEqual([{ method: { regex: 'GET|HEAD|OPTIONS' } }]);
    const match = [{ method: { exact: 'POST' } }, { headers: { 'x-test-user': { exact: 'true' } } }];
    expect(conditionsOf({ match, methods: ['GET'] })).toEqual([
      { headers: { 'x-test-user': { exact: 'true' } }, method: { exact: 'GET' } },
    ]);
    expect(conditionsOf({ match: [{ method: { exact: 'POST' } }], methods: ['GET'] })).toEqual([]);
  });
});
