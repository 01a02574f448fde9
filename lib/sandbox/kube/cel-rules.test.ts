import { describe, expect, it } from 'vitest';
import { celRules, goDurationMs } from './cel-rules.ts';
import { isObject } from './json.ts';
import { customResources } from './schema.ts';

/** Every rule text in a schema, wherever it stands. */
function rulesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(rulesIn);
  if (!isObject(value)) return [];
  const own = value['x-kubernetes-validations'];
  const rules = Array.isArray(own) ? own.filter(isObject).map(({ rule }) => String(rule)) : [];
  return [...rules, ...Object.values(value).flatMap(rulesIn)];
}

describe('the CEL rules of Istio’s CRDs', () => {
  const used = new Set(customResources.flatMap(({ schema }) => rulesIn(schema)));

  it('each have a function, and no function is for a rule that is gone', () => {
    expect(used.size).toBeGreaterThan(20);
    expect(Object.keys(celRules).toSorted()).toEqual([...used].toSorted());
  });

  it.each([
    ["duration(self) >= duration('1ms')", ['1ms', '1.5s', '1m30s', '2h'], ['0s', '999us', '-1s', 'soon', '5']],
    ['!self.contains("*")', ['a', ''], ['a*', '*']],
    ['0 < self && self <= 65535', [1, 65535], [0, 65536, 1.5]],
    ['self.size() == 0', [''], ['other']],
    [
      'self.startsWith("unix://") ? (self.substring(7, 8) == "/" || self.substring(7, 8) == "@") : true',
      ['10.0.0.1', 'unix:///run/x', 'unix://@x'],
      ['unix://x'],
    ],
    [
      'self.all(l1, self.exists_one(l2, l1.number == l2.number))',
      [[{ number: 1 }, { number: 2 }], []],
      [[{ number: 1 }, { number: 1 }]],
    ],
    [
      '(has(self.workloadSelector) ? 1 : 0) + (has(self.endpoints) ? 1 : 0) <= 1',
      [{}, { endpoints: [] }],
      [{ workloadSelector: {}, endpoints: [] }],
    ],
    ['url(self).getScheme() in ["http", "https"]', ['https://a.b/c'], ['ftp://a', 'a.b/c']],
  ])('%s', (rule, holds, fails) => {
    const check = celRules[rule];
    expect(holds.map((value) => check?.(value))).toEqual(holds.map(() => true));
    expect(fails.map((value) => check?.(value))).toEqual(fails.map(() => false));
  });

  it('read Go durations', () => {
    expect(goDurationMs('1h2m3.5s')).toBe(3_723_500);
    expect(goDurationMs('')).toBeNaN();
  });
});
