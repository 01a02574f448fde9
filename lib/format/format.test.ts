import { describe, expect, it } from 'vitest';
import {
  formatDifference,
  formatDuration,
  formatMoment,
  formatNumber,
  formatPercentage,
  formatRate,
  formatShare,
  formatTime,
} from './format';

describe('what was not measured', () => {
  it('is a dash, never 0', () => {
    for (const missing of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(formatNumber(missing, 'en')).toBe('—');
      expect(formatRate(missing, 'en')).toBe('—');
      expect(formatShare(missing, 'en')).toBe('—');
      expect(formatDifference(missing, 'milliseconds', 'en')).toBe('—');
    }
  });
});

describe('formatRate', () => {
  it('reads 0 only when 0 was measured', () => {
    expect(formatRate(0, 'en')).toBe('0');
    expect(formatRate(0.004, 'en')).toBe('0.004');
    expect(formatRate(0.0001234, 'en')).toBe('0.00012');
    expect(formatRate(182.44, 'en')).toBe('182.4');
  });
});

describe('formatPercentage', () => {
  it('keeps the four decimals that are real, without exponent or noise', () => {
    expect(formatPercentage(0.0001, 'en')).toBe('0.0001 %');
    expect(formatPercentage(0.57, 'zh-CN')).toBe('0.57 %');
    expect(formatPercentage(100, 'en')).toBe('100 %');
  });
});

describe('formatDifference', () => {
  it('always carries a sign and a unit', () => {
    expect(formatDifference(-0.21, 'percentage_points', 'en')).toBe('−0.21 pp');
    expect(formatDifference(38.4, 'milliseconds', 'en')).toBe('+38 ms');
    expect(formatDifference(-0.004, 'percentage_points', 'en')).toBe('±0.00 pp');
    expect(formatDifference(0, 'milliseconds', 'en')).toBe('±0 ms');
  });
});

describe('formatTime', () => {
  const now = new Date(2026, 10, 22, 14, 35, 10).getTime();
  const at = (...parts: [number, number, number, number, number, number]) => new Date(...parts).toISOString();

  it('leaves out the day today and the year this year', () => {
    expect(formatTime(at(2026, 10, 22, 9, 5, 7), now)).toBe('09:05');
    expect(formatTime(at(2026, 10, 22, 9, 5, 7), now, true)).toBe('09:05:07');
    expect(formatTime(at(2026, 0, 2, 9, 5, 7), now)).toBe('01-02 09:05');
    expect(formatTime(at(2025, 10, 22, 9, 5, 7), now)).toBe('2025-11-22 09:05');
  });

  it('is a dash for what is no time', () => {
    expect(formatTime('soon', now)).toBe('—');
  });

  it('writes the whole moment for titles', () => {
    expect(formatMoment(at(2026, 10, 22, 9, 5, 7))).toBe('2026-11-22 09:05:07');
  });
});

describe('formatDuration', () => {
  const minute = 60_000;
  it('shows the two largest units', () => {
    expect(formatDuration(12_000, 'en')).toBe('12 sec');
    expect(formatDuration(48 * minute + 30_000, 'en')).toBe('48 min');
    expect(formatDuration(192 * minute, 'en')).toBe('3 hr 12 min');
    expect(formatDuration(120 * minute, 'en')).toBe('2 hr');
    expect(formatDuration((26 * 60 + 59) * minute, 'en')).toBe('1 day 2 hr');
  });

  it('never goes below zero when clocks differ', () => {
    expect(formatDuration(-5000, 'en')).toBe('0 sec');
  });

  it('speaks the reader’s language', () => {
    expect(formatDuration(192 * minute, 'zh-CN')).toBe('3 小时 12 分钟');
  });
});
