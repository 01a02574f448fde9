import { describe, expect, it } from 'vitest';
import { chooseResource, prepareResources, type Manifest } from './prepare-resources';

const manifest = (kind: string, name: string, rest: Partial<Manifest> = {}): Manifest => ({
  apiVersion: 'v1',
  kind,
  namespace: 'demo',
  name,
  relation: 'edited',
  before: 'a: 1\n',
  now: 'a: 2\n',
  ...rest,
});

describe('prepareResources', () => {
  it('names each object as kubectl does', () => {
    const [resource] = prepareResources([manifest('VirtualService', 'reviews')], 'demo');
    expect(resource?.kubectl).toBe('kubectl -n demo get virtualservice reviews -o yaml');
    expect(resource?.id).toBe('VirtualService/reviews');
  });

  it('tells objects of the same name in other namespaces apart', () => {
    const ids = prepareResources(
      [manifest('VirtualService', 'reviews'), manifest('VirtualService', 'reviews', { namespace: 'gateway' })],
      'demo',
    ).map((resource) => resource.id);
    expect(new Set(ids).size).toBe(2);
  });

  it('names of a finished task only what is left of it, and what may not be read', () => {
    const left = prepareResources(
      [
        manifest('VirtualService', 'cleaned', { now: 'a: 1\n' }),
        manifest('VirtualService', 'pinned'),
        manifest('Deployment', 'removed', { relation: 'created', before: null, now: null }),
        manifest('Deployment', 'kept', { relation: 'created', before: null }),
        manifest('Service', 'secret', { before: null, now: null, hidden: true }),
      ],
      'demo',
      true,
    ).map((resource) => resource.item.name);
    expect(left).toEqual(['pinned', 'kept', 'secret']);
  });

  it('tells hidden from missing: what may not be read is not called gone', () => {
    const conditions = prepareResources(
      [
        manifest('Service', 'a'),
        manifest('Service', 'b', { now: null }),
        manifest('Service', 'c', { before: null, now: null, hidden: true }),
      ],
      'demo',
    ).map((resource) => resource.condition);
    expect(conditions).toEqual(['there', 'missing', 'hidden']);
  });

  it('has words for an object of any kind', () => {
    expect(prepareResources([manifest('Gateway', 'g')], 'demo')[0]?.words).toBe('other');
  });
});

describe('chooseResource', () => {
  const resources = prepareResources(
    [manifest('ConfigMap', 'x', { hidden: true, now: null }), manifest('VirtualService', 'reviews')],
    'demo',
  );

  it('shows what the address names', () => {
    expect(chooseResource(resources, 'ConfigMap/x')?.id).toBe('ConfigMap/x');
  });

  it('shows the first readable object otherwise', () => {
    expect(chooseResource(resources, null)?.id).toBe('VirtualService/reviews');
    expect(chooseResource(resources, 'Nothing/here')?.id).toBe('VirtualService/reviews');
    expect(chooseResource([], null)).toBeNull();
  });
});
