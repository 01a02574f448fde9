/** Longest line that is passed on, in characters: 64 Ki. What a program writes without a line's end is cut there. */
export const logLineMaxChars = 64 * 1024;

export interface LogLine {
  text: string;
  /** The line goes on: its rest was left out. */
  isCut: boolean;
}

/** Splits text that comes in pieces into lines, and never holds more than one longest line. */
export class LogLines {
  #rest = '';
  /** The line under way was cut: what comes until its end is dropped. */
  #isDropping = false;

  /** The lines that this piece ends, and the beginning of one that has become too long. */
  push(text: string): LogLine[] {
    const lines: LogLine[] = [];
    for (let from = 0; from < text.length;) {
      const newline = text.indexOf('\n', from);
      const end = newline === -1 ? text.length : newline;
      if (!this.#isDropping) this.#take(text, from, end, lines);
      if (newline !== -1) {
        if (!this.#isDropping) lines.push({ text: this.#rest, isCut: false });
        this.#rest = '';
        this.#isDropping = false;
      }
      from = end + 1;
    }
    return lines;
  }

  /** The last line, if the text ended without a line's end. */
  end(): LogLine[] {
    const last = this.#rest;
    this.#rest = '';
    return last === '' ? [] : [{ text: last, isCut: false }];
  }

  #take(text: string, from: number, end: number, lines: LogLine[]): void {
    const room = logLineMaxChars - this.#rest.length;
    this.#rest += text.slice(from, Math.min(end, from + room));
    if (end - from <= room) return;
    // Half of a character that takes two code units would be shown as a broken one.
    lines.push({ text: this.#rest.replace(/[\uD800-\uDBFF]$/, ''), isCut: true });
    this.#rest = '';
    this.#isDropping = true;
  }
}
