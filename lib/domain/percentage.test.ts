import { describe, expect, it } from 'vitest';
import { effectiveMillionths, formatPercent, parsePercentage, percentOf, toIstioPercentage } from './percentage.ts';

describe('percentage', () => {
  it('every step of 0.0001 from 0.0001 to 100 reaches Envoy as that many millionths', () => {
    let raised = 0;
    for (let millionths = 1; millionths <= 1_000_000; millionths++) {
      const value = toIstioPercentage(millionths / 10_000);
      if (effectiveMillionths(value) !== millionths)
        throw new Error(`${millionths} became ${effectiveMillionths(value)}`);
      if (value > 100) throw new Error(`${value} is refused by Istio`);
      if (value !== millionths / 10_000) raised++;
    }
    // As many steps as a real istiod truncates: the plain value would be one millionth short for them.
    expect(raised).toBe(68_866);
  });

  it('writes plain numbers where they survive, and reads back what is copied', () => {
    expect(toIstioPercentage(100)).toBe(100);
    expect(toIstioPercentage(10)).toBe(10);
    expect(effectiveMillionths(0.57)).toBe(5699);
    expect(percentOf({ value: toIstioPercentage(0.57) })).toBe(0.57);
    expect(percentOf(undefined)).toBe(100);
    expect(percentOf({})).toBe(0);
  });

  it.each([
    ['10', 10],
    [' 0,5 %', 0.5],
    ['.25', 0.25],
    ['100.0000', 100],
    ['0.0001', 0.0001],
    ['33％', 33],
  ])('reads %j', (text, percent) => expect(parsePercentage(text)).toEqual({ percent }));

  it.each([
    ['', 'percentage_required'],
    ['%', 'percentage_required'],
    ['ten', 'percentage_number'],
    ['1e1', 'percentage_number'],
    ['-1', 'percentage_number'],
    ['0', 'percentage_range'],
    ['100.0001', 'percentage_range'],
    ['0.00015', 'percentage_step'],
  ])('refuses %j as %s', (text, problem) => expect(parsePercentage(text)).toEqual({ problem }));

  it.each([
    [100, '100'],
    [10, '10'],
    [0.57, '0.57'],
    [0.0001, '0.0001'],
  ])('prints %d as %s', (percent, text) => expect(formatPercent(percent)).toBe(text));
});
