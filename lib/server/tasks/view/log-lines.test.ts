import { describe, expect, it } from 'vitest';
import { LogLines, logLineMaxChars, type LogLine } from './log-lines';

function linesOf(pieces: Iterable<string>): LogLine[] {
  const lines = new LogLines();
  return [...[...pieces].flatMap((piece) => lines.push(piece)), ...lines.end()];
}

const whole = (text: string): LogLine => ({ text, isCut: false });

describe('lines of a log', () => {
  it('are the same however the text is cut into pieces', () => {
    const text = 'first\n\nthird 世界\nno end';
    const wanted = ['first', '', 'third 世界', 'no end'].map(whole);
    expect(linesOf([text])).toEqual(wanted);
    expect(linesOf(text)).toEqual(wanted);
    expect(linesOf(['first\n', '\nthi', 'rd 世界', '\n', 'no end'])).toEqual(wanted);
  });

  it('of just the longest length are whole', () => {
    const longest = 'x'.repeat(logLineMaxChars);
    expect(linesOf([`${longest}\nnext`])).toEqual([whole(longest), whole('next')]);
    expect(linesOf([longest])).toEqual([whole(longest)]);
  });

  it('that are longer are cut and marked, and the next line is whole', () => {
    const cut = { text: 'x'.repeat(logLineMaxChars), isCut: true };
    expect(linesOf([`${'x'.repeat(3 * logLineMaxChars)}\nnext\n`])).toEqual([cut, whole('next')]);
    const pieces = Array.from({ length: 300 }, () => 'x'.repeat(1000));
    expect(linesOf([...pieces, '\n', 'next\n'])).toEqual([cut, whole('next')]);
  });

  it('without an end are told as soon as they are too long, and once', () => {
    const lines = new LogLines();
    const told = Array.from({ length: 100 }, () => lines.push('x'.repeat(10_000))).flat();
    expect(told).toHaveLength(1);
    expect(lines.end()).toEqual([]);
  });

  it('are not cut through the middle of a character', () => {
    const [cut] = linesOf([`${'x'.repeat(logLineMaxChars - 1)}😀😀`]);
    expect(cut?.text).toBe('x'.repeat(logLineMaxChars - 1));
  });
});
