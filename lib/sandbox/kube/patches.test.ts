import { describe, expect, it } from 'vitest';
import { applyJsonPatch, applyMergePatch } from './patch.ts';
import { builtInSchema } from './schema.ts';
import { applyStrategicMergePatch } from './strategic-merge.ts';

const deploymentSchema = builtInSchema('apps', 'v1', 'Deployment');
const serviceSchema = builtInSchema('', 'v1', 'Service');

function withContainers(containers: object[]) {
  return { spec: { template: { spec: { containers } } } };
}
const strategic = (target: object, patch: object) => applyStrategicMergePatch(target, patch, deploymentSchema);

describe('a strategic merge patch', () => {
  const target = withContainers([
    {
      name: 'app',
      image: 'a:1',
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    },
    { name: 'proxy', image: 'p:1' },
  ]);

  it('merges containers and their environment by name', () => {
    const patch = withContainers([
      {
        name: 'app',
        image: 'a:2',
        env: [
          { name: 'B', value: '3' },
          { name: 'C', value: '4' },
        ],
      },
    ]);
    expect(strategic(target, patch)).toEqual(
      withContainers([
        {
          name: 'app',
          image: 'a:2',
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '3' },
            { name: 'C', value: '4' },
          ],
        },
        { name: 'proxy', image: 'p:1' },
      ]),
    );
  });

  it('deletes and orders items as kubectl apply asks', () => {
    const patch = withContainers([
      {
        name: 'app',
        '$setElementOrder/env': [{ name: 'C' }, { name: 'B' }],
        env: [
          { name: 'C', value: '4' },
          { name: 'A', $patch: 'delete' },
        ],
      },
    ]);
    expect(strategic(target, patch)).toEqual(
      withContainers([
        {
          name: 'app',
          image: 'a:1',
          env: [
            { name: 'C', value: '4' },
            { name: 'B', value: '2' },
          ],
        },
        { name: 'proxy', image: 'p:1' },
      ]),
    );
  });

  it('replaces a list or an object whole on $patch: replace', () => {
    expect(strategic(target, withContainers([{ $patch: 'replace' }, { name: 'only', image: 'o:1' }]))).toEqual(
      withContainers([{ name: 'only', image: 'o:1' }]),
    );
    const labels = { metadata: { labels: { a: '1', b: '2' } } };
    expect(strategic(labels, { metadata: { labels: { $patch: 'replace', c: '3' } } })).toEqual({
      metadata: { labels: { c: '3' } },
    });
  });

  it('drops what $retainKeys leaves out', () => {
    const before = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(strategic(before, patch)).toEqual({ spec: { strategy: { type: 'Recreate' } } });
  });

  it('adds to and deletes from lists of plain values', () => {
    const before = { metadata: { finalizers: ['a', 'b'] } };
    expect(strategic(before, { metadata: { finalizers: ['c'] } })).toEqual({
      metadata: { finalizers: ['c', 'a', 'b'] },
    });
    expect(strategic(before, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } })).toEqual({
      metadata: { finalizers: ['b'] },
    });
  });

  it('merges a Service’s ports by number and replaces lists without a merge key', () => {
    const before = {
      spec: {
        ports: [
          { port: 80, name: 'a' },
          { port: 81, name: 'b' },
        ],
        externalIPs: ['1.1.1.1'],
      },
    };
    const after = applyStrategicMergePatch(
      before,
      { spec: { ports: [{ port: 81, name: 'c' }], loadBalancerSourceRanges: ['x'] } },
      serviceSchema,
    );
    expect(after).toEqual({
      spec: {
        ports: [
          { port: 80, name: 'a' },
          { port: 81, name: 'c' },
        ],
        externalIPs: ['1.1.1.1'],
        loadBalancerSourceRanges: ['x'],
      },
    });
    expect(
      strategic(withContainers([{ name: 'a', command: ['x'] }]), withContainers([{ name: 'a', command: ['y'] }])),
    ).toEqual(withContainers([{ name: 'a', command: ['y'] }]));
  });

  it('refuses an item without its merge key', () => {
    expect(() => strategic(target, withContainers([{ image: 'x' }]))).toThrow(
      'does not contain declared merge key: name',
    );
  });

  it('leaves what it patches alone', () => {
    const before = structuredClone(target);
    strategic(target, withContainers([{ name: 'app', env: [{ name: 'A', $patch: 'delete' }] }]));
    expect(target).toEqual(before);
  });
});

describe('a JSON patch', () => {
  const document = { a: [1, 2, 3], 'b/c': { '~d': 1 } };

  it('adds, removes, replaces, moves, copies and tests', () => {
    expect(
      applyJsonPatch(document, [
        { op: 'test', path: '/b~1c/~0d', value: 1 },
        { op: 'add', path: '/a/1', value: 9 },
        { op: 'add', path: '/a/-', value: 4 },
        { op: 'remove', path: '/a/0' },
        { op: 'replace', path: '/b~1c/~0d', value: 2 },
        { op: 'copy', from: '/a', path: '/e' },
        { op: 'move', from: '/b~1c', path: '/f' },
      ]),
    ).toEqual({ a: [9, 2, 3, 4], e: [9, 2, 3, 4], f: { '~d': 2 } });
    expect(document).toEqual({ a: [1, 2, 3], 'b/c': { '~d': 1 } });
  });

  it.each([
    ['a failing test', [{ op: 'test', path: '/a/0', value: 2 }]],
    ['an index beyond the end', [{ op: 'replace', path: '/a/3', value: 0 }]],
    ['a missing member', [{ op: 'remove', path: '/x' }]],
    ['a path through a number', [{ op: 'add', path: '/a/0/b', value: 0 }]],
    ['an unknown operation', [{ op: 'invent', path: '/a' }]],
    ['no list', { a: 1 }],
  ])('is refused for %s', (_name, patch) => {
    expect(() => applyJsonPatch(document, patch)).toThrow();
  });
});

describe('a merge patch', () => {
  // The examples of RFC 7396, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j gives %j', (target, patch, result) => {
    expect(applyMergePatch(target, patch)).toEqual(result);
  });
});
