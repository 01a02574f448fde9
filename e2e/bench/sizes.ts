import { pageSizes } from '../../scripts/lib/page-sizes.mjs';
import { load, type Measurement } from './report.ts';

/** JavaScript that the browser receives, by gzip, until pages can be used; `npm test -- sizes` fails on the same budgets. */
export async function benchSizes(): Promise<Measurement[]> {
  const measured = await pageSizes();
  return measured.map(({ title, bytes, budget }) => ({
    what: `JavaScript until usable: ${title}`,
    statistic: 'gzip',
    value: bytes / 1000,
    below: budget,
    unit: 'kB',
    samples: 1,
    load: load(),
  }));
}
