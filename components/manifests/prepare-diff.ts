import { structuredPatch } from 'diff';

/** One line of a unified diff with its line number on each side; null where the line is not on that side. */
export interface DiffLine {
  kind: 'same' | 'add' | 'remove';
  text: string;
  before: number | null;
  after: number | null;
}

/** Changed lines that stand together, with the unchanged ones around them. */
export interface DiffHunk {
  /** `@@ -start,count +start,count @@`, as `diff -u` prints it. */
  header: string;
  lines: DiffLine[];
}

export interface PreparedDiff {
  hunks: DiffHunk[];
  added: number;
  removed: number;
  /** Unchanged lines that no hunk shows. */
  hidden: number;
}

/**
 * Decides what a unified diff of two texts shows: `contextLines` unchanged lines around each change, Infinity for
 * the whole text. Null is an object that does not exist on that side. A missing newline at the end is no difference.
 */
export function prepareDiff(before: string | null, after: string | null, contextLines = 3): PreparedDiff {
  const left = endLine(before ?? '');
  const right = endLine(after ?? '');
  const total = left === '' ? 0 : left.split('\n').length - 1;
  const context = Number.isFinite(contextLines) ? contextLines : total + 1;
  const patch = structuredPatch('', '', left, right, undefined, undefined, { context });
  const hunks = patch.hunks.map((hunk) => ({
    header: `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
    lines: numberLines(hunk.lines, hunk.oldStart, hunk.newStart),
  }));
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const count = (kind: DiffLine['kind']) => lines.filter((line) => line.kind === kind).length;
  const removed = count('remove');
  return { hunks, added: count('add'), removed, hidden: total - removed - count('same') };
}

function numberLines(lines: string[], oldStart: number, newStart: number): DiffLine[] {
  let before = oldStart;
  let after = newStart;
  return lines.map((line): DiffLine => {
    const text = line.slice(1);
    if (line.startsWith('+')) return { kind: 'add', text, before: null, after: after++ };
    if (line.startsWith('-')) return { kind: 'remove', text, before: before++, after: null };
    return { kind: 'same', text, before: before++, after: after++ };
  });
}

function endLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
