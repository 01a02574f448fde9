import { QueryClient, QueryObserver } from '@tanstack/react-query';
import type { TaskMetrics } from '@/lib/contract/metrics';
import { describe, expect, it } from 'vitest';
import { metricsOf, taskMetricsOptions } from './metrics';

const task = { namespace: 'demo-project', name: 'reviews-v2', createdAt: '2026-03-06T10:00:00Z' };
const again = { ...task, createdAt: '2026-03-06T12:00:00Z' };
const metrics: TaskMetrics = {
  start: 0,
  end: 900,
  stepSeconds: 15,
  scrapeIntervalSeconds: 15,
  series: [],
  totals: [],
  markers: [],
  problem: null,
};

/** What a page that showed the task's last 15 minutes shows in the moment it asks for something else. */
function shownNext(next: Parameters<typeof taskMetricsOptions>[0], range: '15m' | '1h') {
  const client = new QueryClient();
  const options = taskMetricsOptions(task, '15m', false);
  client.setQueryData(options.queryKey, metrics);
  const observer = new QueryObserver(client, { ...options, enabled: false });
  expect(observer.getCurrentResult().data).toBe(metrics);
  observer.setOptions({ ...taskMetricsOptions(next, range, false), enabled: false });
  return observer.getCurrentResult().data;
}

describe('the charts of a task', () => {
  it('stand until those of another range are there', () => {
    expect(shownNext(task, '1h')).toBe(metrics);
  });

  it('never show what was measured of another task, nor of an earlier one of the same name', () => {
    expect(shownNext({ ...task, name: 'other' }, '15m')).toBeUndefined();
    expect(shownNext(again, '15m')).toBeUndefined();
    expect(shownNext(again, '1h')).toBeUndefined();
  });
});

it('a row of the list never shows the numbers of an earlier task of the same name', () => {
  const item = { ...task, series: [], last: { primary: 5, mirror: 5 }, differences: [], problem: null };
  expect(metricsOf({ items: [item] }, task)).toBe(item);
  expect(metricsOf({ items: [item] }, again)).toBeUndefined();
});
