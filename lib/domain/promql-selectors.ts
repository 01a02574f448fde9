/** One label condition of a PromQL selector. */
export interface LabelMatcher {
  label: string;
  operator: '=' | '!=' | '=~' | '!~';
  value: string;
}

/** A metric that an expression reads, with its conditions. */
export interface MetricSelector {
  metric: string;
  matchers: LabelMatcher[];
}

const name = /[a-zA-Z_:][\w:]*/y;
const matcher =
  /\s*(?:([a-zA-Z_]\w*)|"([^"]*)")\s*(?:(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`))?\s*,?/y;
const text = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|#[^\n]*/y;

/**
 * The names that stand where a PromQL expression may read a metric, with the conditions behind them. Functions, keywords
 * and labels of `by (…)` are among them: whoever asks knows which names are metrics.
 */
export function selectorsOf(expression: string): MetricSelector[] {
  const found: MetricSelector[] = [];
  let at = 0;
  while (at < expression.length) {
    const skipped = matchAt(text, expression, at);
    const word = matchAt(name, expression, at);
    if (skipped) at += skipped[0].length;
    else if (word || expression[at] === '{') {
      const open = skipSpace(expression, at + (word?.[0].length ?? 0));
      const { matchers, end } = matchersAt(expression, open);
      found.push(...named(word?.[0] ?? null, matchers));
      at = Math.max(end, at + 1);
    } else at++;
  }
  return found;
}

/** True when a sample with these labels fits the selector. A label that is not among them may have any value. */
export function mayMatch({ matchers }: MetricSelector, labels: Readonly<Record<string, string>>): boolean {
  return matchers.every(({ label, operator, value }) => {
    const actual = labels[label];
    return actual === undefined || fits(actual, operator, value);
  });
}

function fits(actual: string, operator: LabelMatcher['operator'], value: string): boolean {
  if (operator === '=') return actual === value;
  if (operator === '!=') return actual !== value;
  const regex = anchored(value);
  // RE2 knows what JavaScript does not: then nobody can tell, and it may fit.
  return regex === null || regex.test(actual) === (operator === '=~');
}

function anchored(pattern: string): RegExp | null {
  try {
    return new RegExp(`^(?:${pattern})$`, 'su');
  } catch {
    return null;
  }
}

function named(metric: string | null, matchers: LabelMatcher[]): MetricSelector[] {
  if (metric !== null) return [{ metric, matchers }];
  const byLabel = matchers.find(({ label, operator }) => label === '__name__' && operator === '=');
  return byLabel ? [{ metric: byLabel.value, matchers }] : [];
}

function matchersAt(expression: string, open: number): { matchers: LabelMatcher[]; end: number } {
  const matchers: LabelMatcher[] = [];
  if (expression[open] !== '{') return { matchers, end: open };
  let at = open + 1;
  for (;;) {
    const found = matchAt(matcher, expression, at);
    if (!found || found[0] === '') break;
    const [whole, label, quoted, operator, value] = found;
    if (operator === undefined && quoted === undefined) break;
    // A name in quotes alone is the metric (PromQL with UTF-8 names).
    if (operator === undefined) matchers.push({ label: '__name__', operator: '=', value: quoted ?? '' });
    else {
      const is = operator as LabelMatcher['operator'];
      matchers.push({ label: label ?? quoted ?? '', operator: is, value: unquoted(value ?? '') });
    }
    at += whole.length;
  }
  const close = skipSpace(expression, at);
  return { matchers, end: expression[close] === '}' ? close + 1 : close };
}

function unquoted(literal: string): string {
  const inner = literal.slice(1, -1);
  return literal.startsWith('`')
    ? inner
    : inner.replace(/\\(.)/gs, (_, escaped: string) => escapes[escaped] ?? escaped);
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r' };

function matchAt(pattern: RegExp, expression: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(expression);
}

function skipSpace(expression: string, at: number): number {
  let next = at;
  while (/\s/.test(expression[next] ?? '')) next++;
  return next;
}
