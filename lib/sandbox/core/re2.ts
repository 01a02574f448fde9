/**
 * Regular expressions in RE2's syntax, run by a Pike machine: linear in the length of the text,
 * so that no pattern of a query or a route can hang the process. Used for PromQL matchers and
 * Istio's `regex` matches, which both mean "the whole text".
 */

type Instruction =
  | { op: 'char'; test: (code: number) => boolean }
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number }
  | { op: 'save'; slot: number }
  | { op: 'assert'; kind: 'start' | 'end' | 'word' | 'notWord' }
  | { op: 'match' };

type Node =
  | { kind: 'empty' }
  | { kind: 'char'; test: (code: number) => boolean }
  | { kind: 'assert'; assert: 'start' | 'end' | 'word' | 'notWord' }
  | { kind: 'sequence'; items: Node[] }
  | { kind: 'either'; items: Node[] }
  | { kind: 'repeat'; item: Node; min: number; max: number; greedy: boolean }
  | { kind: 'group'; item: Node; slot: number | undefined; name?: string };

type Range = [number, number];

const maxRepeat = 1000;
const maxProgram = 20_000;
const cacheSize = 500;
const perlClasses: Record<string, Range[]> = {
  d: [[48, 57]],
  w: [
    [48, 57],
    [65, 90],
    [95, 95],
    [97, 122],
  ],
  s: [
    [9, 10],
    [12, 13],
    [32, 32],
  ],
};
const posixClasses: Record<string, Range[]> = {
  alnum: [
    [48, 57],
    [65, 90],
    [97, 122],
  ],
  alpha: [
    [65, 90],
    [97, 122],
  ],
  digit: [[48, 57]],
  lower: [[97, 122]],
  upper: [[65, 90]],
  punct: [
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ],
  space: [
    [9, 13],
    [32, 32],
  ],
  xdigit: [
    [48, 57],
    [65, 70],
    [97, 102],
  ],
};
const escapedControls: Record<string, number> = { n: 10, t: 9, r: 13, f: 12, v: 11, a: 7 };

/** A pattern that RE2 would refuse, or that this subset does not know. */
export class RegexError extends Error {}

/** A compiled pattern. */
export class Re2 {
  readonly #program: Instruction[];
  readonly #slots: number;
  /** Names of the capturing groups, by number; undefined for a group without a name. */
  readonly groupNames: readonly (string | undefined)[];

  /** @throws RegexError when the pattern is not RE2 syntax. */
  constructor(pattern: string) {
    const parser = new PatternParser(pattern);
    const tree = parser.parse();
    this.#program = compile({ kind: 'sequence', items: [tree] });
    this.groupNames = parser.groupNames;
    this.#slots = parser.groupNames.length * 2;
  }

  /** Whether the whole text matches. */
  test(text: string): boolean {
    return this.match(text) !== undefined;
  }

  /** The capturing groups of a match of the whole text (0 is the text itself), or undefined. */
  match(text: string): (string | undefined)[] | undefined {
    const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
    const saves = this.#run(codes);
    if (!saves) return undefined;
    const characters = Array.from(text);
    const groups: (string | undefined)[] = [];
    for (let group = 0; group < this.groupNames.length; group++) {
      const [from, to] = [saves[group * 2], saves[group * 2 + 1]];
      groups.push(from === undefined || to === undefined ? undefined : characters.slice(from, to).join(''));
    }
    groups[0] = text;
    return groups;
  }

  #run(codes: number[]): (number | undefined)[] | undefined {
    let current: { pc: number; saves: (number | undefined)[] }[] = [];
    let seen = new Set<number>();
    const program = this.#program;
    const add = (pc: number, saves: (number | undefined)[], position: number): void => {
      const stack: [number, (number | undefined)[]][] = [[pc, saves]];
      for (let top = stack.pop(); top; top = stack.pop()) {
        const [at, held] = top;
        if (seen.has(at)) continue;
        seen.add(at);
        const instruction = program[at] as Instruction;
        if (instruction.op === 'jump') stack.push([instruction.to, held]);
        else if (instruction.op === 'split') stack.push([instruction.second, held], [instruction.first, held]);
        else if (instruction.op === 'save') stack.push([at + 1, held.with(instruction.slot, position)]);
        else if (instruction.op === 'assert') {
          if (holds(instruction.kind, codes, position)) stack.push([at + 1, held]);
        } else current.push({ pc: at, saves: held });
      }
    };
    add(
      0,
      Array.from({ length: this.#slots }, () => undefined),
      0,
    );
    for (let position = 0; position <= codes.length; position++) {
      const threads = current;
      current = [];
      seen = new Set();
      const code = codes[position];
      for (const thread of threads) {
        const instruction = program[thread.pc] as Instruction;
        if (instruction.op === 'match') {
          // Only a match that ends with the text counts: the pattern is anchored at both ends.
          if (position === codes.length) return thread.saves;
        } else if (instruction.op === 'char' && code !== undefined && instruction.test(code)) {
          add(thread.pc + 1, thread.saves, position + 1);
        }
      }
    }
    return undefined;
  }
}

const cache = new Map<string, Re2>();

/**
 * The compiled pattern, from a cache.
 * @throws RegexError when the pattern is not RE2 syntax.
 */
export function re2(pattern: string): Re2 {
  let compiled = cache.get(pattern);
  if (!compiled) {
    compiled = new Re2(pattern);
    if (cache.size >= cacheSize) cache.clear();
    cache.set(pattern, compiled);
  }
  return compiled;
}

function holds(kind: 'start' | 'end' | 'word' | 'notWord', codes: number[], position: number): boolean {
  if (kind === 'start') return position === 0;
  if (kind === 'end') return position === codes.length;
  const atBoundary = isWord(codes[position - 1]) !== isWord(codes[position]);
  return kind === 'word' ? atBoundary : !atBoundary;
}

function isWord(code: number | undefined): boolean {
  return code !== undefined && inRanges(code, perlClasses.w ?? []);
}

function inRanges(code: number, ranges: Range[]): boolean {
  return ranges.some(([low, high]) => code >= low && code <= high);
}

function compile(tree: Node): Instruction[] {
  const program: Instruction[] = [];
  const emit = (instruction: Instruction): number => {
    if (program.length >= maxProgram) throw new RegexError('expression too large');
    return program.push(instruction) - 1;
  };
  const split = (greedy: boolean): { op: 'split'; first: number; second: number; greedy: boolean } => ({
    op: 'split',
    first: 0,
    second: 0,
    greedy,
  });
  const aim = (at: number, body: number, exit: number, greedy: boolean): void => {
    program[at] = { op: 'split', first: greedy ? body : exit, second: greedy ? exit : body };
  };
  const walk = (node: Node): void => {
    switch (node.kind) {
      case 'empty':
        return;
      case 'char':
        emit({ op: 'char', test: node.test });
        return;
      case 'assert':
        emit({ op: 'assert', kind: node.assert });
        return;
      case 'sequence':
        for (const item of node.items) walk(item);
        return;
      case 'group':
        if (node.slot !== undefined) emit({ op: 'save', slot: node.slot * 2 });
        walk(node.item);
        if (node.slot !== undefined) emit({ op: 'save', slot: node.slot * 2 + 1 });
        return;
      case 'either': {
        const ends: number[] = [];
        for (const [index, item] of node.items.entries()) {
          if (index === node.items.length - 1) {
            walk(item);
            break;
          }
          const at = emit(split(true));
          walk(item);
          ends.push(emit({ op: 'jump', to: 0 }));
          aim(at, at + 1, program.length, true);
        }
        for (const end of ends) program[end] = { op: 'jump', to: program.length };
        return;
      }
      case 'repeat': {
        for (let i = 0; i < node.min; i++) walk(node.item);
        if (node.max === Infinity) {
          const at = emit(split(node.greedy));
          walk(node.item);
          emit({ op: 'jump', to: at });
          aim(at, at + 1, program.length, node.greedy);
          return;
        }
        const optional: number[] = [];
        for (let i = node.min; i < node.max; i++) {
          optional.push(emit(split(node.greedy)));
          walk(node.item);
        }
        for (const at of optional) aim(at, at + 1, program.length, node.greedy);
      }
    }
  };
  walk(tree);
  emit({ op: 'match' });
  return program;
}

interface Flags {
  ignoreCase: boolean;
  dotAll: boolean;
  swapGreed: boolean;
}

class PatternParser {
  readonly groupNames: (string | undefined)[] = [undefined];
  readonly #text: string[];
  #at = 0;
  #depth = 0;
  // Prometheus and Envoy both compile with "dot matches newline".
  #flags: Flags = { ignoreCase: false, dotAll: true, swapGreed: false };

  constructor(pattern: string) {
    this.#text = Array.from(pattern);
  }

  parse(): Node {
    const tree = this.#either();
    if (this.#at < this.#text.length) throw new RegexError('unexpected ): ' + this.#text.join(''));
    return tree;
  }

  #either(): Node {
    if (++this.#depth > 200) throw new RegexError('expression nests too deeply');
    const outer = this.#flags;
    const items = [this.#sequence()];
    while (this.#text[this.#at] === '|') {
      this.#at++;
      items.push(this.#sequence());
    }
    this.#flags = outer;
    this.#depth--;
    return items.length === 1 ? (items[0] as Node) : { kind: 'either', items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') {
      if (this.#startsWith('\\Q')) this.#quoted(items);
      else items.push(this.#repeated(this.#atom()));
    }
    return { kind: 'sequence', items };
  }

  /** `\Q…\E`: plain text; what repeats after it is its last character. */
  #quoted(items: Node[]): void {
    this.#at += 2;
    while (this.#at < this.#text.length && !this.#startsWith('\\E')) {
      items.push(this.#literal((this.#text[this.#at++] as string).codePointAt(0) as number));
    }
    this.#at += 2;
    const last = items.pop();
    if (last) items.push(this.#repeated(last));
  }

  #startsWith(text: string): boolean {
    return this.#text.slice(this.#at, this.#at + text.length).join('') === text;
  }

  #repeated(item: Node): Node {
    let node = item;
    let repeats = 0;
    for (;;) {
      const bounds = this.#repeatBounds();
      if (!bounds) return node;
      if (++repeats > 1) throw new RegexError('invalid nested repetition operator');
      let greedy = !this.#flags.swapGreed;
      if (this.#text[this.#at] === '?') {
        this.#at++;
        greedy = !greedy;
      }
      node = { kind: 'repeat', item: node, min: bounds[0], max: bounds[1], greedy };
    }
  }

  #repeatBounds(): [number, number] | undefined {
    const next = this.#text[this.#at];
    const simple: Record<string, [number, number]> = { '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] };
    if (next !== undefined && simple[next]) {
      this.#at++;
      return simple[next];
    }
    if (next !== '{') return undefined;
    const found = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at, this.#at + 16).join(''));
    if (!found) return undefined;
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] ? Number(found[3]) : Infinity;
    if (min > maxRepeat || (max !== Infinity && (max > maxRepeat || max < min))) {
      throw new RegexError('invalid repeat count');
    }
    this.#at += found[0].length;
    return [min, max];
  }

  #atom(): Node {
    const character = this.#text[this.#at++] as string;
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return this.#class();
      case '.':
        return { kind: 'char', test: this.#flags.dotAll ? () => true : (code) => code !== 10 };
      case '^':
        return { kind: 'assert', assert: 'start' };
      case '$':
        return { kind: 'assert', assert: 'end' };
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw new RegexError(`missing argument to repetition operator: ${character}`);
      default:
        return this.#literal(character.codePointAt(0) as number);
    }
  }

  #literal(code: number): Node {
    if (!this.#flags.ignoreCase) return { kind: 'char', test: (other) => other === code };
    const folded = foldCase(code);
    return { kind: 'char', test: (other) => foldCase(other) === folded };
  }

  #group(): Node {
    const rest = this.#text.slice(this.#at, this.#at + 80).join('');
    const named = /^\?P?<([A-Za-z_]\w*)>/.exec(rest);
    if (named) {
      this.#at += named[0].length;
      return this.#closeGroup(this.groupNames.push(named[1]) - 1);
    }
    if (!rest.startsWith('?')) return this.#closeGroup(this.groupNames.push(undefined) - 1);
    const flags = /^\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest);
    if (!flags) throw new RegexError(`invalid or unsupported Perl syntax: (${rest.slice(0, 3)}`);
    this.#at += flags[0].length;
    const changed = withFlags(withFlags(this.#flags, flags[1] ?? '', true), flags[2] ?? '', false);
    if (flags[3] === ')') {
      // Flags hold to the end of the enclosing group, which restores them.
      this.#flags = changed;
      return { kind: 'empty' };
    }
    const outer = this.#flags;
    this.#flags = changed;
    const group = this.#closeGroup(undefined);
    this.#flags = outer;
    return group;
  }

  #closeGroup(slot: number | undefined): Node {
    const item = this.#either();
    if (this.#text[this.#at] !== ')') throw new RegexError('missing closing )');
    this.#at++;
    return { kind: 'group', item, slot };
  }

  #escape(): Node {
    const character = this.#text[this.#at++];
    if (character === undefined) throw new RegexError('trailing backslash at end of expression');
    if (character === 'b') return { kind: 'assert', assert: 'word' };
    if (character === 'B') return { kind: 'assert', assert: 'notWord' };
    if (character === 'A') return { kind: 'assert', assert: 'start' };
    if (character === 'z') return { kind: 'assert', assert: 'end' };
    const ranges = perlClasses[character.toLowerCase()];
    if (ranges) {
      const negated = character !== character.toLowerCase();
      return { kind: 'char', test: (code) => inRanges(code, ranges) !== negated };
    }
    return this.#literal(this.#escapedCode(character));
  }

  #escapedCode(character: string): number {
    const control = escapedControls[character];
    if (control !== undefined) return control;
    if (character === 'x') {
      const found = /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/.exec(
        this.#text.slice(this.#at, this.#at + 8).join(''),
      );
      if (!found) throw new RegexError('invalid escape sequence: \\x');
      this.#at += found[0].length;
      return parseInt(found[1] ?? (found[2] as string), 16);
    }
    if (/[A-Za-z0-9]/.test(character)) throw new RegexError(`invalid escape sequence: \\${character}`);
    return character.codePointAt(0) as number;
  }

  #class(): Node {
    const negated = this.#text[this.#at] === '^';
    if (negated) this.#at++;
    const ranges: Range[] = [];
    for (let first = true; ; first = false) {
      const character = this.#text[this.#at];
      if (character === undefined) throw new RegexError('missing closing ]');
      if (character === ']' && !first) break;
      this.#classItem(ranges);
    }
    this.#at++;
    const ignoreCase = this.#flags.ignoreCase;
    const within = (code: number): boolean =>
      inRanges(code, ranges) || (ignoreCase && (inRanges(foldCase(code), ranges) || inRanges(upperCase(code), ranges)));
    return { kind: 'char', test: (code) => within(code) !== negated };
  }

  #classItem(ranges: Range[]): void {
    const rest = this.#text.slice(this.#at, this.#at + 12).join('');
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(rest);
    if (posix) {
      const named = posixClasses[posix[2] as string];
      if (!named) throw new RegexError(`invalid character class range: ${posix[0]}`);
      ranges.push(...(posix[1] ? complement(named) : named));
      this.#at += posix[0].length;
      return;
    }
    const perl = /^\\([dwsDWS])/.exec(rest);
    if (perl) {
      const letter = perl[1] as string;
      const named = perlClasses[letter.toLowerCase()] as Range[];
      ranges.push(...(letter === letter.toLowerCase() ? named : complement(named)));
      this.#at += 2;
      return;
    }
    const low = this.#classCode();
    if (this.#text[this.#at] !== '-' || this.#text[this.#at + 1] === ']' || this.#at + 1 >= this.#text.length) {
      ranges.push([low, low]);
      return;
    }
    this.#at++;
    const high = this.#classCode();
    if (high < low) throw new RegexError('invalid character class range');
    ranges.push([low, high]);
  }

  #classCode(): number {
    const character = this.#text[this.#at++];
    if (character === undefined) throw new RegexError('missing closing ]');
    if (character !== '\\') return character.codePointAt(0) as number;
    const escaped = this.#text[this.#at++];
    if (escaped === undefined) throw new RegexError('trailing backslash at end of expression');
    return this.#escapedCode(escaped);
  }
}

function withFlags(flags: Flags, letters: string, on: boolean): Flags {
  const changed = { ...flags };
  if (letters.includes('i')) changed.ignoreCase = on;
  if (letters.includes('s')) changed.dotAll = on;
  if (letters.includes('U')) changed.swapGreed = on;
  return changed;
}

function complement(ranges: Range[]): Range[] {
  const result: Range[] = [];
  let from = 0;
  for (const [low, high] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (low > from) result.push([from, low - 1]);
    from = high + 1;
  }
  result.push([from, 0x10ffff]);
  return result;
}

function foldCase(code: number): number {
  return String.fromCodePoint(code).toLowerCase().codePointAt(0) as number;
}

function upperCase(code: number): number {
  return String.fromCodePoint(code).toUpperCase().codePointAt(0) as number;
}
