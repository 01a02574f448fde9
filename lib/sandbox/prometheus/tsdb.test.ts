import { expect, it } from 'vitest';
import { Labels } from './labels.ts';
import { instantQuery, rangeQuery } from './query.ts';
import { Tsdb, type Metric } from './tsdb.ts';

const scrapeMs = 15_000;

function metric(name: string, labels: Record<string, string> = {}): Metric {
  return { labels: Labels.from({ __name__: name, ...labels }), value: 0 };
}

function valuesAt(tsdb: Tsdb, query: string, timeMs: number): number[] {
  const result = instantQuery(tsdb, query, timeMs);
  return result.resultType === 'vector' ? result.result.map(({ value }) => value[1]) : [];
}

it('ends the series of a target that is gone at once, not after the lookback', () => {
  const tsdb = new Tsdb();
  const gone = metric('a', { pod: 'gone' });
  const silent = metric('a', { pod: 'silent' });
  tsdb.scrape('gone', 0, [gone]);
  tsdb.scrape('silent', 0, [silent]);
  tsdb.end('gone', scrapeMs);
  expect(valuesAt(tsdb, 'count(a)', scrapeMs - 1)).toEqual([2]);
  expect(valuesAt(tsdb, 'a{pod="gone"}', scrapeMs)).toEqual([]);
  expect(valuesAt(tsdb, 'a{pod="silent"}', 299_999)).toEqual([0]);
  expect(valuesAt(tsdb, 'a{pod="silent"}', 300_000)).toEqual([]);
});

it('starts a series at its first scrape, whatever its target had before', () => {
  const tsdb = new Tsdb();
  tsdb.scrape('target', 0, [metric('a')]);
  const late = metric('b');
  tsdb.scrape('target', scrapeMs, [late]);
  late.value = 3;
  tsdb.scrape('target', 2 * scrapeMs);
  const result = rangeQuery(tsdb, 'b', { startMs: 0, endMs: 2 * scrapeMs, stepMs: scrapeMs });
  expect(result.resultType === 'matrix' && result.result[0]?.values).toEqual([
    [scrapeMs, 0],
    [2 * scrapeMs, 3],
  ]);
});

it('forgets what is older than the retention and keeps the rest exact', () => {
  const tsdb = new Tsdb(3_600_000);
  const counter = metric('a');
  const late = metric('late');
  const short = metric('short');
  tsdb.scrape('short', 0, [short]);
  tsdb.end('short', scrapeMs);
  for (let i = 0; i <= 1000; i++) {
    counter.value = i;
    late.value = i;
    tsdb.scrape('target', i * scrapeMs, i === 0 ? [counter] : i === 900 ? [late] : []);
  }
  const endMs = 1000 * scrapeMs;
  expect(valuesAt(tsdb, 'a', 60_000)).toEqual([]);
  expect(valuesAt(tsdb, 'a', endMs)).toEqual([1000]);
  expect(valuesAt(tsdb, 'a', endMs - 1_800_000)).toEqual([880]);
  expect(valuesAt(tsdb, 'late', endMs - 99 * scrapeMs)).toEqual([901]);
  expect(valuesAt(tsdb, 'count_over_time(a[2h])', endMs)[0]).toBeLessThan(300);
  expect(valuesAt(tsdb, 'rate(a[1m]) * 15', endMs)[0]).toBeCloseTo(1, 12);
  expect(tsdb.all().map(({ labels }) => labels.get('__name__'))).toEqual(['a', 'late']);
});
