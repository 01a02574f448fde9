/** Functions over instant vectors. */
import { re2 } from '../../core/re2.ts';
import { Labels } from '../labels.ts';
import { ExecutionError, unwrap, type Expr } from './ast.ts';
import { compareNaNLast } from './aggregate.ts';
import { emptySeries, joinEqualLabels, mapSeries, type Evaluation, type StepSeries } from './values.ts';

/** Functions of one number. */
export const mathFunctions: Record<string, (value: number) => number> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  sqrt: Math.sqrt,
  exp: Math.exp,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sgn: Math.sign,
};

/** Applies a function of one number to each sample; the metric name goes. */
export function mapValues(series: StepSeries[], compute: (value: number, step: number) => number): StepSeries[] {
  return joinEqualLabels(series.map((one) => mapSeries(one, one.labels.withoutName(), compute)));
}

/** Rounds to the nearest multiple; halves up, as Prometheus does. */
export function roundTo(value: number, multiple: number): number {
  const inverse = 1 / multiple;
  return Math.floor(value * inverse + 0.5) / inverse;
}

/** 1 where the vector is empty, with the labels that the selector's equality matchers name. */
export function absent(arg: Expr, series: { present: Uint8Array }[], evaluation: Evaluation): StepSeries[] {
  const column = emptySeries(absentLabels(arg), evaluation);
  for (let step = 0; step < column.values.length; step++) {
    if (series.some((one) => one.present[step])) continue;
    column.present[step] = 1;
    column.values[step] = 1;
  }
  return [column];
}

function absentLabels(arg: Expr): Labels {
  const inner = unwrap(arg);
  const selector = inner.type === 'range' ? inner.selector : inner;
  if (selector.type !== 'selector') return Labels.empty;
  const equal = new Map<string, string>();
  const twice = new Set<string>();
  for (const matcher of selector.matchers) {
    if (matcher.name === '__name__') continue;
    if (matcher.op === '=' && !equal.has(matcher.name)) equal.set(matcher.name, matcher.value);
    else twice.add(matcher.name);
  }
  return Labels.of([...equal].filter(([name]) => !twice.has(name)));
}

/** The value per step if the vector has exactly one series there, else NaN. */
export function toScalar(series: StepSeries[], evaluation: Evaluation): Float64Array {
  const values = new Float64Array(evaluation.times.length).fill(NaN);
  for (let step = 0; step < values.length; step++) {
    const here = series.filter((one) => one.present[step]);
    if (here.length === 1) values[step] = here[0]?.values[step] as number;
  }
  return values;
}

/** Orders an instant query's result; over a range it changes nothing. */
export function sortSeries(series: StepSeries[], descending: boolean): StepSeries[] {
  return series.toSorted((a, b) => compareNaNLast(a.values[0] as number, b.values[0] as number, descending));
}

/** label_replace(v, destination, replacement, source, pattern). */
export function labelReplace(
  series: StepSeries[],
  [destination, replacement, source, pattern]: [string, string, string, string],
): StepSeries[] {
  if (!isLabelName(destination)) {
    throw new ExecutionError(`invalid destination label name in label_replace(): ${destination}`);
  }
  let compiled;
  try {
    compiled = re2(pattern);
  } catch {
    throw new ExecutionError(`invalid regular expression in label_replace(): ${pattern}`);
  }
  const replaced = series.map((one) => {
    const groups = compiled.match(one.labels.get(source));
    if (!groups) return one;
    return { ...one, labels: one.labels.with(destination, expand(replacement, groups, compiled.groupNames)) };
  });
  return joinEqualLabels(replaced);
}

/** label_join(v, destination, separator, source…). */
export function labelJoin(
  series: StepSeries[],
  destination: string,
  separator: string,
  sources: string[],
): StepSeries[] {
  if (!isLabelName(destination)) {
    throw new ExecutionError(`invalid destination label name in label_join(): ${destination}`);
  }
  const joined = series.map((one) => {
    const value = sources.map((name) => one.labels.get(name)).join(separator);
    return { ...one, labels: one.labels.with(destination, value) };
  });
  return joinEqualLabels(joined);
}

function isLabelName(name: string): boolean {
  return name !== '';
}

/** Go's regexp template: $1, ${1}, $name, ${name}, $$; an unknown group is empty. */
function expand(template: string, groups: (string | undefined)[], names: readonly (string | undefined)[]): string {
  return template.replaceAll(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole: string, braced?: string, plain?: string) => {
    if (whole === '$$') return '$';
    const name = braced ?? plain ?? '';
    return (/^\d+$/.test(name) ? groups[Number(name)] : groups[names.indexOf(name)]) ?? '';
  });
}
