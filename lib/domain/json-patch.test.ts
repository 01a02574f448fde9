import { describe, expect, test } from 'vitest';
import { routesPatch } from './json-patch.ts';
import type { HttpRoute } from './kubernetes.ts';

const live: HttpRoute = { route: [{ destination: { host: 'reviews', subset: 'v1' } }] };
const slow: HttpRoute = { ...live, name: 'slow', match: [{ uri: { prefix: '/slow' } }] };
const mirror = { host: 'reviews-mirror', port: { number: 9080 } };

describe('a patch of routes', () => {
  test('names only the fields that change, behind a test of their route', () => {
    const mirrored = { ...live, mirror, mirrorPercentage: { value: 10 } };
    expect(routesPatch([slow, live], [slow, mirrored], '/spec/http')).toEqual([
      { op: 'test', path: '/spec/http/1', value: live },
      { op: 'add', path: '/spec/http/1/mirror', value: mirror },
      { op: 'add', path: '/spec/http/1/mirrorPercentage', value: { value: 10 } },
    ]);
    expect(routesPatch([mirrored], [{ ...mirrored, mirrorPercentage: { value: 20 } }], '/spec/http')).toEqual([
      { op: 'test', path: '/spec/http/0', value: mirrored },
      { op: 'replace', path: '/spec/http/0/mirrorPercentage', value: { value: 20 } },
    ]);
  });

  test('puts a new route before the one that it was made of, and takes it out from there', () => {
    const clone = { ...live, name: 'mirror-console-task-9080', mirror };
    expect(routesPatch([slow, live], [slow, clone, live], '/spec/http')).toEqual([
      { op: 'test', path: '/spec/http/1', value: live },
      { op: 'add', path: '/spec/http/1', value: clone },
    ]);
    expect(routesPatch([slow, clone, live], [slow, live], '/spec/http')).toEqual([
      { op: 'test', path: '/spec/http/1', value: clone },
      { op: 'remove', path: '/spec/http/1' },
    ]);
  });

  test('is empty where nothing changes, however fields are ordered', () => {
    const [{ destination }] = live.route as [{ destination: { host: string; subset: string } }];
    const same = { route: [{ destination: { subset: destination.subset, host: destination.host } }] };
    expect(routesPatch([live], [same], '/spec/http')).toEqual([]);
  });
});
