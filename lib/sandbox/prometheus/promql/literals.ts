/** Literals of PromQL: numbers, durations and strings as Go and Prometheus read them. */

const unitMs: Record<string, number> = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};
const durationPattern = /^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/;

/** `1h30m` or a number of seconds, in milliseconds; undefined when it is neither. */
export function parseDuration(text: string): number | undefined {
  if (text !== '' && durationPattern.test(text)) {
    let total = 0;
    for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[ywdhms])/g))
      total += Number(amount) * (unitMs[unit as string] ?? 0);
    return total;
  }
  const seconds = plainNumber(text);
  return seconds === undefined || !Number.isFinite(seconds) ? undefined : Math.round(seconds * 1000);
}

/** A number literal, which may be a duration (its seconds); undefined when it is neither. */
export function parseNumber(text: string): number | undefined {
  const negative = text.startsWith('-');
  const unsigned = negative || text.startsWith('+') ? text.slice(1).trim() : text;
  const durationMs = /[a-z]$/i.test(unsigned) && durationPattern.test(unsigned) ? parseDuration(unsigned) : undefined;
  const value = durationMs === undefined ? plainNumber(unsigned) : durationMs / 1000;
  return value === undefined ? undefined : negative ? -value : value;
}

/** The text of a quoted string; undefined when it is not closed or holds an unknown escape. */
export function parseString(literal: string): string | undefined {
  const quote = literal[0] as string;
  if (literal.length < 2 || literal.at(-1) !== quote) return undefined;
  const body = literal.slice(1, -1);
  if (quote === '`') return body;
  let result = '';
  for (let i = 0; i < body.length; i++) {
    if (body[i] === '\n') return undefined;
    if (body[i] !== '\\') {
      result += body[i];
      continue;
    }
    const escape = readEscape(body.slice(i), quote);
    if (!escape) return undefined;
    result += escape.text;
    i += escape.length - 1;
  }
  return result;
}

function plainNumber(text: string): number | undefined {
  if (/^inf$/i.test(text)) return Infinity;
  if (/^nan$/i.test(text)) return NaN;
  const digits = text.replaceAll('_', '');
  return /^(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i.test(digits) ? Number(digits) : undefined;
}

function readEscape(rest: string, quote: string): { text: string; length: number } | undefined {
  const simple: Record<string, string> = {
    n: '\n',
    t: '\t',
    r: '\r',
    a: '\u0007',
    b: '\b',
    f: '\f',
    v: '\v',
    '\\': '\\',
  };
  const letter = rest[1] ?? '';
  if (letter === quote) return { text: quote, length: 2 };
  if (simple[letter] !== undefined) return { text: simple[letter], length: 2 };
  const coded = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(rest);
  if (!coded) return undefined;
  const code =
    coded[4] === undefined ? parseInt(coded[1] ?? coded[2] ?? (coded[3] as string), 16) : parseInt(coded[4], 8);
  return code > 0x10ffff ? undefined : { text: String.fromCodePoint(code), length: coded[0].length };
}
