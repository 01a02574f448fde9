/** Lines of a log as they arrive; the oldest go when there are too many. */
export interface LogBuffer {
  lines: readonly string[];
  /** The line that has begun but not ended yet. */
  rest: string;
  /** Number of the first line kept, counted from 0 since the stream began. */
  first: number;
}

export const emptyLog: LogBuffer = { lines: [], rest: '', first: 0 };

/** Adds a piece of text, which may begin and end within a line; keeps the newest `most` lines. */
export function appendToLog(buffer: LogBuffer, text: string, most: number): LogBuffer {
  const parts = (buffer.rest + text).split('\n');
  const rest = parts.pop() ?? '';
  const lines = [...buffer.lines, ...parts];
  const dropped = Math.max(0, lines.length - most);
  return { lines: dropped > 0 ? lines.slice(dropped) : lines, rest, first: buffer.first + dropped };
}

/** Cuts a line where `wanted` occurs (case ignored), so that the occurrences can be marked. */
export function splitMatches(line: string, wanted: string): { text: string; match: boolean }[] {
  if (wanted === '') return [{ text: line, match: false }];
  const parts: { text: string; match: boolean }[] = [];
  const lower = line.toLowerCase();
  const needle = wanted.toLowerCase();
  let from = 0;
  // Lower case may change a text's length (İ); positions are right only while it does not.
  for (let at = lower.indexOf(needle); at !== -1 && lower.length === line.length; at = lower.indexOf(needle, from)) {
    if (at > from) parts.push({ text: line.slice(from, at), match: false });
    from = at + needle.length;
    parts.push({ text: line.slice(at, from), match: true });
  }
  if (from < line.length || parts.length === 0) parts.push({ text: line.slice(from), match: false });
  return parts;
}
