import { describe, expect, it } from 'vitest';
import type { HttpRoute, Service } from './kubernetes.ts';
import { holdsCopies } from './left-copies.ts';
import { ownLabels } from './ownership.ts';
import { virtualServiceOf } from './testing/snapshot.ts';
import { clonePrefix } from './virtual-service-edit.ts';

const service = (name: string, labels: Record<string, string> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'shop', name, labels },
  spec: { ports: [] },
});
const copying = (mirror: string, change: Partial<HttpRoute> = {}) =>
  virtualServiceOf('reviews', 'shop', {
    hosts: ['reviews'],
    http: [{ route: [{ destination: { host: 'reviews' } }], mirror: { host: mirror }, ...change }],
  });
const among = (...services: Service[]) => new Map([['shop', services]]);

describe('copies that stand in an object of somebody else', () => {
  it('are a task’s in a route of a clone’s name, wherever they go', () => {
    expect(holdsCopies(copying('audit.elsewhere.example', { name: `${clonePrefix}abc` }), new Map())).toBe(true);
  });

  it('are a task’s where they go to a Service that one made, or to one called so that is gone', () => {
    const made = service('trial', ownLabels('trial'));
    expect(holdsCopies(copying('trial'), among(made))).toBe(true);
    expect(holdsCopies(copying('reviews-mirror-trial'), among())).toBe(true);
  });

  it('are foreign where they go to anybody’s Service, and not told of where Services may not be read', () => {
    expect(holdsCopies(copying('audit'), among(service('audit')))).toBe(false);
    expect(holdsCopies(copying('audit'), among())).toBe(false);
    expect(holdsCopies(copying('reviews-mirror-trial'), among(service('reviews-mirror-trial')))).toBe(false);
    expect(holdsCopies(copying('reviews-mirror-trial'), new Map())).toBe(false);
  });
});
