import { describe, expect, it } from 'vitest';
import { QueryError } from './ast.ts';
import { parsePromQL } from './parse.ts';

describe('a query that is not PromQL, or not modelled', () => {
  it.each([
    ['', 'no expression found in input'],
    ['   # only a comment', 'no expression found in input'],
    ['rate(a[5m', '1:10: parse error: unexpected end of input'],
    ['sum(a', '1:6: parse error: unexpected end of input'],
    ['a b', '1:3: parse error: unexpected "b"'],
    ['a{b="c', 'parse error'],
    ['sum by (a (b)', 'parse error'],
    ['{}', 'vector selector must contain at least one non-empty matcher'],
    ['{a=~".*"}', 'vector selector must contain at least one non-empty matcher'],
    ['a{__name__="b"}', 'metric name must not be set twice'],
    ['a{b=~"(?=c)"}', 'error parsing regexp'],
    ['a{b=~"("}', 'error parsing regexp: missing closing )'],
    ['rate(a)', 'expected type range vector in call to function "rate", got instant vector'],
    ['rate(1)', 'expected type range vector'],
    ['sum(1)', 'expected type instant vector in aggregation expression, got scalar'],
    ['topk(a, b)', 'expected type scalar in aggregation parameter, got instant vector'],
    ['sum(a, b)', 'wrong number of arguments'],
    ['rate()', 'expected 1 argument(s) in call to "rate", got 0'],
    ['clamp(a, 1)', 'expected 3 argument(s) in call to "clamp", got 2'],
    ['1 > 2', 'comparisons between scalars must use BOOL modifier'],
    ['1 + bool 2', 'bool modifier can only be used on comparison operators'],
    ['1 and a', 'set operator "and" not allowed in binary scalar expression'],
    ['a + on(b) group_left(b) c', 'label "b" must not occur in ON and GROUP clause at once'],
    ['a and on(b) group_left c', 'no grouping allowed for "and" operation'],
    ['a + on(b) 1', 'vector matching only allowed between instant vectors'],
    ['a[5m] + 1', 'binary expression must contain only scalar and instant vector types'],
    ['a[5m] offset 1m offset 2m', 'offset may not be set multiple times'],
    ['(a + b) offset 1m', 'offset modifier must be preceded by'],
    ['a[0s]', 'duration must be greater than 0'],
    ['(a + b)[5m]', 'ranges only allowed for vector selectors'],
    ['predict_linear(a[5m], 60)', 'not modelled by the sandbox: function predict_linear()'],
    ['count_values("x", a)', 'not modelled by the sandbox: aggregation count_values()'],
    ['day_of_week(a)', 'not modelled by the sandbox: function day_of_week()'],
    ['rate(a[5m] smoothed)', 'not modelled by the sandbox: the smoothed modifier'],
    ['rate(a[1m + 1m])', 'not modelled by the sandbox: duration expression 1m+1m'],
    ['a + fill(0) b', 'not modelled by the sandbox: the fill modifier'],
  ])('%s', (query, message) => {
    expect(() => parsePromQL(query)).toThrow(QueryError);
    expect(() => parsePromQL(query)).toThrow(message);
  });

  it('does not overflow on deep nesting', () => {
    expect(() => parsePromQL('('.repeat(1000) + 'a' + ')'.repeat(1000))).toThrow('nests too deeply');
    expect(() => parsePromQL('('.repeat(40_000) + 'a' + ')'.repeat(40_000))).toThrow(QueryError);
  });
});

it('reads a string with the escapes that Go knows', () => {
  const parsed = parsePromQL(String.raw`{a="\"\\\n\x41\u00e9\101"}`);
  expect(parsed.type === 'selector' && parsed.matchers[0]?.value).toBe('"\\\nAéA');
  const raw = parsePromQL('{a=`\\d"`}');
  expect(raw.type === 'selector' && raw.matchers[0]?.value).toBe('\\d"');
});
