import { re2 } from '../../core/re2.ts';

export type MatchOp = '=' | '!=' | '=~' | '!~';

/** One label matcher of a selector; regular expressions match the whole value, as in Prometheus. */
export class Matcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
  readonly #known = new Map<string, boolean>();

  /** @throws RegexError when the pattern is not RE2 syntax. */
  constructor(name: string, op: MatchOp, value: string) {
    this.name = name;
    this.op = op;
    this.value = value;
    if (op === '=~' || op === '!~') re2(value);
  }

  matches(value: string): boolean {
    if (this.op === '=') return value === this.value;
    if (this.op === '!=') return value !== this.value;
    let found = this.#known.get(value);
    if (found === undefined) {
      found = re2(this.value).test(value) === (this.op === '=~');
      this.#known.set(value, found);
    }
    return found;
  }

  toString(): string {
    return `${this.name}${this.op}${JSON.stringify(this.value)}`;
  }
}
