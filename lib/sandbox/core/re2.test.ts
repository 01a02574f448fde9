import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { Re2, RegexError } from './re2.ts';

describe('matches of the whole text', () => {
  it.each([
    ['5..|0', '503', true],
    ['5..|0', '0', true],
    ['5..|0', '50', false],
    ['a|b|', '', true],
    ['reviews-v[2-9]', 'reviews-v3', true],
    ['reviews-v[^2-9]', 'reviews-v3', false],
    ['(?i)GeT|hEAD', 'head', true],
    ['(?i:a)b', 'AB', false],
    ['(?-i)a', 'A', false],
    ['a.c', 'a\nc', true],
    ['(?-s)a.c', 'a\nc', false],
    [String.raw`\d+\.\d*`, '12.', true],
    [String.raw`[\w-]+`, 'a-b_c', true],
    [String.raw`\Qa.b\E+`, 'a.bbb', true],
    ['[[:alpha:]]{2,3}', 'abc', true],
    ['[[:alpha:]]{2,3}', 'abcd', false],
    ['x{0}', '', true],
    ['^a$', 'a', true],
    ['a$b', 'a$b', false],
    [String.raw`.*\bfoo\b.*`, 'a foo b', true],
    [String.raw`.*\bfoo\b.*`, 'afoob', false],
    ['é+', 'éé', true],
    ['.', '😀', true],
    [']', ']', true],
    ['[]a]+', ']a', true],
    ['a{,2}', 'a{,2}', true],
    [String.raw`\x{e9}\x41`, 'éA', true],
    ['(a*)*', 'aaa', true],
    ['(|a)+', 'aa', true],
  ])('%s on %j', (pattern, text, expected) => {
    expect(new Re2(pattern).test(text)).toBe(expected);
  });
});

it('captures groups by number and name, the leftmost alternative first', () => {
  const pattern = new Re2('(?P<name>a+?)(a*)(b)?');
  expect(pattern.match('aaa')).toEqual(['aaa', 'a', 'aa', undefined]);
  expect(pattern.groupNames).toEqual([undefined, 'name', undefined, undefined]);
});

it.each([
  '(',
  ')',
  '[',
  'a**',
  '*',
  'a{2,1}',
  'a{1001}',
  '(?=a)',
  '(?<!a)',
  String.raw`\1`,
  '\\',
  '[b-a]',
  '[[:no:]]',
  '((a{1000}){1000}){1000}',
])('refuses %s as RE2 does', (pattern) => {
  expect(() => new Re2(pattern)).toThrow(RegexError);
});

it('needs linear time where backtracking would need exponential', () => {
  const started = performance.now();
  expect(new Re2('(a+)+$').test('a'.repeat(5000) + 'b')).toBe(false);
  expect(new Re2('(a|a)*b').test('a'.repeat(5000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(2000);
});

it('agrees with JavaScript on patterns that both know', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(ab)', '(?:a|)', '(a*)');
  const piece = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{1,2}', '*?', '+?')).map((parts) => parts.join(''));
  const pattern = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (source, subject) => {
      expect(new Re2(source).test(subject)).toBe(new RegExp(`^(?:${source})$`, 's').test(subject));
    }),
    { numRuns: 2000 },
  );
});
