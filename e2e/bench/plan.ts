import { planCreate } from '../../lib/domain/plan-create.ts';
import { reviews, virtualServiceOf } from '../../lib/domain/testing/snapshot.ts';
import { timed, times, type Measurement } from './report.ts';

/** The pure planner on a service whose VirtualService has 500 routes, each of which gets copies. */
export async function benchPlan(): Promise<Measurement[]> {
  const { input, snapshot } = reviews();
  const http = Array.from({ length: 500 }, (_, index) => ({
    name: `route-${index}`,
    match: [{ uri: { prefix: `/reviews/${index}/` } }],
    route: [{ destination: { host: 'reviews', port: { number: 9080 }, subset: 'v1' }, weight: 100 }],
  }));
  const large = {
    ...snapshot,
    virtualServices: [virtualServiceOf('reviews', 'demo-project', { hosts: ['reviews'], http })],
  };
  const entries = planCreate(input, large).spec?.entries.length;
  if (entries !== http.length) throw new Error(`the plan mirrors ${entries} of ${http.length} routes`);
  // Objects that no plan has seen before: nothing that an earlier one found out about them counts.
  const rounds = { warm: 10, counted: 200 };
  const fresh = Array.from({ length: rounds.warm + rounds.counted }, () => structuredClone(large));
  const samples = await times(rounds, () => planCreate(input, fresh.pop() ?? large));
  return [timed('plan on a VirtualService of 500 routes', samples, 'median', 10)];
}
