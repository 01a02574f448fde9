import { describe, expect, it } from 'vitest';
import { prepareDiff } from './prepare-diff';

const twenty = Array.from({ length: 20 }, (_, index) => `line${index + 1}`);
const text = (lines: string[]) => `${lines.join('\n')}\n`;

describe('prepareDiff', () => {
  it('numbers every line on the sides where it stands', () => {
    const diff = prepareDiff('a\nvalue: 25\nz\n', 'a\nvalue: 50\nz\n');
    expect(diff.hunks).toHaveLength(1);
    expect(diff.hunks[0]?.lines).toEqual([
      { kind: 'same', text: 'a', before: 1, after: 1 },
      { kind: 'remove', text: 'value: 25', before: 2, after: null },
      { kind: 'add', text: 'value: 50', before: null, after: 2 },
      { kind: 'same', text: 'z', before: 3, after: 3 },
    ]);
    expect([diff.added, diff.removed, diff.hidden]).toEqual([1, 1, 0]);
  });

  it('keeps three unchanged lines around a change and says how many it leaves out', () => {
    const after = twenty.with(9, 'changed');
    const diff = prepareDiff(text(twenty), text(after));
    expect(diff.hunks[0]?.header).toBe('@@ -7,7 +7,7 @@');
    expect(diff.hunks[0]?.lines.map((line) => line.text)).toEqual([
      'line7',
      'line8',
      'line9',
      'line10',
      'changed',
      'line11',
      'line12',
      'line13',
    ]);
    expect(diff.hidden).toBe(13);
  });

  it('makes a hunk of its own for each distant change', () => {
    const diff = prepareDiff(text(twenty), text(twenty.with(0, 'first').with(19, 'last')));
    expect(diff.hunks).toHaveLength(2);
    expect(diff.hidden).toBe(20 - 2 - 6);
  });

  it('shows the whole text when asked to', () => {
    const diff = prepareDiff(text(twenty), text(twenty.with(9, 'changed')), Number.POSITIVE_INFINITY);
    expect(diff.hunks[0]?.lines).toHaveLength(21);
    expect(diff.hidden).toBe(0);
  });

  it('shows a created object as all added and a deleted one as all removed', () => {
    const created = prepareDiff(null, 'a\nb\n');
    expect([created.added, created.removed, created.hidden]).toEqual([2, 0, 0]);
    expect(created.hunks[0]?.lines.map((line) => line.after)).toEqual([1, 2]);
    const deleted = prepareDiff('a\nb\n', null);
    expect([deleted.added, deleted.removed, deleted.hidden]).toEqual([0, 2, 0]);
  });

  it('finds no difference between equal texts, with or without a newline at the end', () => {
    expect(prepareDiff('a\nb', 'a\nb\n')).toEqual({ hunks: [], added: 0, removed: 0, hidden: 2 });
    expect(prepareDiff(null, null)).toEqual({ hunks: [], added: 0, removed: 0, hidden: 0 });
  });

  it('keeps lines that begin with a plus, a minus or a backslash as they are', () => {
    const diff = prepareDiff('- a\n\\ b\n', '+ a\n\\ b\n');
    expect(diff.hunks[0]?.lines.map((line) => [line.kind, line.text])).toEqual([
      ['remove', '- a'],
      ['add', '+ a'],
      ['same', '\\ b'],
    ]);
  });
});
