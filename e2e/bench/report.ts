import os from 'node:os';

/** One line of the table. */
export interface Measurement {
  what: string;
  /** What of the samples `value` is, such as `p99`. */
  statistic: string;
  value: number;
  /** The value that must not be reached. */
  below: number;
  unit: string;
  samples: number;
  /** Whatever else the samples tell. */
  also?: string;
  /** Load of the machine (average of a minute) when the measurement ended: numbers of a busy one are worse. */
  load: number;
}

export const load = (): number => os.loadavg()[0] ?? 0;

/** The smallest sample that is not below the share `quantile` of all of them. */
export function quantileOf(samples: readonly number[], quantile: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

export const medianOf = (samples: readonly number[]): number => quantileOf(samples, 0.5);
export const largestOf = (samples: readonly number[]): number => quantileOf(samples, 1);

/** A measurement of times in milliseconds, judged by one of their quantiles. */
export function timed(what: string, samples: readonly number[], judged: 'median' | 'p99' | 'max', below: number) {
  const statistics = { median: medianOf(samples), p99: quantileOf(samples, 0.99), max: largestOf(samples) };
  const others = Object.entries(statistics).filter(([name]) => name !== judged);
  return {
    what,
    statistic: judged,
    value: statistics[judged],
    below,
    unit: 'ms',
    samples: samples.length,
    also: others.map(([name, value]) => `${name} ${number(value)}`).join(', '),
    load: load(),
  } satisfies Measurement;
}

/** What is far too slow is not waited for: fewer samples tell that too, and the table says how many there were. */
const boundMs = 120_000;

/** Runs and times `work` after some runs that do not count. */
export async function times(
  { warm, counted }: { warm: number; counted: number },
  work: () => unknown,
): Promise<number[]> {
  const samples: number[] = [];
  const deadline = performance.now() + boundMs;
  for (let index = 0; index < warm; index++) {
    if (performance.now() > deadline - boundMs / 2) break;
    await work();
  }
  while (samples.length < counted && (samples.length === 0 || performance.now() < deadline)) {
    const begin = performance.now();
    await work();
    samples.push(performance.now() - begin);
  }
  return samples;
}

export function machine(): string {
  const cores = os.cpus();
  const gibibytes = (os.totalmem() / 2 ** 30).toFixed(0);
  return `${cores.length} × ${cores[0]?.model.trim()}, ${gibibytes} GiB, ${os.type()} ${os.release()}, Node ${process.version}`;
}

export function table(measurements: readonly Measurement[]): string {
  const rows = measurements.map(({ what, statistic, value, below, unit, samples, also = '', load }) => [
    what,
    `${number(value)} ${unit}`,
    `< ${below} ${unit}`,
    value < below ? 'ok' : 'MISSED',
    statistic,
    String(samples),
    also,
    load.toFixed(1),
  ]);
  const head = ['what', 'measured', 'wanted', '', 'of', 'samples', 'also', 'load'];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}
