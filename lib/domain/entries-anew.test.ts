import { describe, expect, it } from 'vitest';
import type { Service } from './kubernetes.ts';
import { entriesAnew } from './entries-anew.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput } from './planning-snapshot.ts';
import { planAnew } from './replan.ts';
import type { RequestSelection } from './request-match.ts';
import { reselected, withoutLeaving } from './reselect.ts';
import type { NewVersionTarget, TaskSpec } from './task.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { outcomeOf, type Request } from './testing/mesh-evaluator.ts';
import { reviews } from './testing/snapshot.ts';

const { snapshot, input } = reviews();
const [service] = snapshot.services as [Service];
for (const { spec } of snapshot.virtualServices) for (const route of spec.http ?? []) route.name = 'all';

/** Two tasks on one service, in a cluster of their own. */
class TwoTasks {
  readonly cluster = new MemoryCluster([
    ...snapshot.services,
    ...snapshot.virtualServices,
    ...snapshot.destinationRules,
  ]);
  readonly #specs = new Map<string, TaskSpec>();

  create(name: string, wish: Partial<PlanningInput>): void {
    const { spec } = planCreate({ ...input, name, placement: 'dedicated', ...wish }, this.#now());
    if (!spec) throw new Error('no plan');
    this.#run('create', spec);
  }

  select(name: string, selection: RequestSelection): void {
    const before = this.#spec(name);
    const { spec: planned } = planAnew({ ...before, selection }, this.#now());
    const next = planned && reselected(before, planned);
    if (!next) throw new Error('no plan');
    this.#run('change', next);
    this.#specs.set(name, withoutLeaving(this.#spec(name)));
  }

  pause(name: string): void {
    this.cluster.run('pause', this.#spec(name));
  }

  resume(name: string): void {
    this.#run('resume', this.#spec(name));
  }

  /** Hosts to which a request is copied. */
  copies(request: Partial<Request>): string[] {
    const { virtualServices, destinationRules } = this.cluster;
    const whole = {
      client: service.metadata.namespace ?? '',
      port: 9080,
      path: '/',
      method: 'GET',
      headers: {},
      labels: {},
      ...request,
    };
    return outcomeOf(whole, { service, virtualServices, destinationRules }).copies.map((copy) =>
      copy.split('.', 1).join(''),
    );
  }

  #run(verb: 'create' | 'change' | 'resume', planned: TaskSpec): void {
    const others = [...this.#specs.values()].filter(({ name }) => name !== planned.name);
    const { virtualServices } = this.cluster;
    const spec = { ...planned, entries: entriesAnew(planned, { service, virtualServices, others }) };
    this.cluster.run(verb, spec);
    this.#specs.set(spec.name, spec);
  }

  #spec(name: string): TaskSpec {
    const spec = this.#specs.get(name);
    if (!spec) throw new Error('no task');
    return spec;
  }

  #now() {
    const { virtualServices, destinationRules } = this.cluster;
    return { ...snapshot, virtualServices, destinationRules, tasks: [...this.#specs.values()] };
  }
}

describe('two tasks of which one takes another selection', () => {
  const all = { namespace: 'demo-project', virtualService: 'reviews', route: 'all' };
  it.each([
    ['every route', {}],
    ['chosen routes', { routes: [all] }],
  ])(
    'copies from %s to both what both select, also once the other is paused and selects otherwise, too',
    (_, chosen) => {
      const tasks = new TwoTasks();
      tasks.create('a', { selection: { match: [], methods: ['GET', 'HEAD', 'OPTIONS'] } });
      const health = { path: { exact: '/health' }, method: { exact: 'GET' } };
      const target: NewVersionTarget = { kind: 'version', version: 'v3', replicas: 1, containers: [] };
      tasks.create('b', { target, selection: { match: [health], methods: null }, ...chosen });
      tasks.select('a', { match: [{ headers: { cookie: { exact: 'beta=1' } } }], methods: null });
      const beta = { cookie: 'beta=1' };
      const both = ['reviews-mirror-a', 'reviews-mirror-b'];
      expect(tasks.copies({ path: '/health', headers: beta })).toEqual(both);
      tasks.pause('b');
      expect(tasks.copies({ path: '/health', headers: beta })).toEqual(['reviews-mirror-a']);
      tasks.resume('b');
      expect(tasks.copies({ path: '/health', headers: beta })).toEqual(both);
      expect(tasks.copies({ path: '/', headers: beta })).toEqual(['reviews-mirror-a']);
      expect(tasks.copies({ path: '/health' })).toEqual(['reviews-mirror-b']);
      tasks.select('b', { match: [], methods: ['GET'] });
      expect(tasks.copies({ path: '/', headers: beta })).toEqual(both);
      expect(tasks.copies({ path: '/' })).toEqual(['reviews-mirror-b']);
    },
  );
});
