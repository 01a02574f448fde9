import { expect, it } from 'vitest';
import { mayMatch, selectorsOf } from './promql-selectors.ts';

const metrics = (expression: string) =>
  selectorsOf(expression).map(({ metric, matchers }) => [
    metric,
    matchers.map(({ label, operator, value }) => `${label}${operator}${value}`),
  ]);

it('reads conditions however they are written', () => {
  expect(metrics(`a{b="1", c!~'x|y' ,d=~\`z"\`,}`)).toEqual([['a', ['b=1', 'c!~x|y', 'd=~z"']]]);
  expect(metrics(`{"my.metric", b="\\"q\\""}`)).toEqual([['my.metric', ['__name__=my.metric', 'b="q"']]]);
  expect(metrics(`a:b:rate5m {} > 0`)).toEqual([['a:b:rate5m', []]]);
});

it('passes by texts and comments, and ends on what is no PromQL', () => {
  expect(metrics(`"a{b='1'}" # c{d="2"}\ne`)).toEqual([['e', []]]);
  expect(metrics('a{b=')).toEqual([
    ['a', []],
    ['b', []],
  ]);
  expect(metrics('{{{')).toEqual([]);
});

it('takes a label that a side does not have, and a pattern that only Prometheus reads, as possible', () => {
  const [selector] = selectorsOf('a{b="1",c=~"(?i)x"}');
  if (!selector) throw new Error('no selector');
  expect(mayMatch(selector, { b: '1' })).toBe(true);
  expect(mayMatch(selector, { b: '2' })).toBe(false);
  expect(mayMatch(selector, { b: '1', c: 'y' })).toBe(true);
});
