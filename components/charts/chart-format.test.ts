import { describe, expect, it } from 'vitest';
import { formatAgainstLive, formatChartTime, formatMetric } from './chart-format';

describe('formatMetric', () => {
  it.each([
    ['rate', 182.43, '182.4'],
    ['rate', 0, '0'],
    ['latency', 41.4, '41'],
    ['latency', 4.44, '4.4'],
    ['success', 99.94, '99.94'],
    ['success', 100, '100.00'],
  ] as const)('%s %s reads %s', (metric, value, text) => {
    expect(formatMetric(metric, value, 'en')).toBe(text);
  });

  it('never rounds a failure away', () => {
    expect(formatMetric('success', 99.9999, 'en')).toBe('99.99');
  });

  it('shows a dash, not zero, where nothing was measured', () => {
    expect(formatMetric('rate', null, 'en')).toBe('—');
  });
});

describe('formatAgainstLive', () => {
  it('is mirror minus live, with a sign', () => {
    expect(formatAgainstLive('latency', 41, 47, 'en')).toBe('+6 ms');
    expect(formatAgainstLive('latency', 141, 120, 'en')).toBe('−21 ms');
    expect(formatAgainstLive('success', 99.94, 99.91, 'en')).toBe('−0.03 pp');
  });

  it('is the share of live for rates', () => {
    expect(formatAgainstLive('rate', 182.4, 45.2, 'en')).toBe('24.8 %');
  });

  it('needs both sides', () => {
    expect(formatAgainstLive('latency', null, 47, 'en')).toBeNull();
    expect(formatAgainstLive('latency', 41, null, 'en')).toBeNull();
    expect(formatAgainstLive('rate', 0, 5, 'en')).toBeNull();
  });
});

describe('formatChartTime', () => {
  const at = new Date(2026, 3, 5, 14, 5, 9).getTime() / 1000;

  it('uses the clock of 24 hours', () => {
    expect(formatChartTime(at, at + 600)).toBe('14:05');
    expect(formatChartTime(at, at + 600, true)).toBe('14:05:09');
  });

  it('names the day when it is another one', () => {
    expect(formatChartTime(at, at + 86_400)).toBe('04-05 14:05');
  });
});
