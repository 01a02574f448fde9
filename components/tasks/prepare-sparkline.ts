import type { MetricSeries } from '@/lib/contract/metrics';

type Points = readonly (readonly [number, number | null])[];

export interface SparklineSide {
  side: 'primary' | 'mirror';
  /** SVG path; a gap in the samples is a gap in the line, a lone sample a dot. */
  path: string;
}

export interface Sparkline {
  sides: SparklineSide[];
  /** Spans without a sample of the live side, in px. */
  gaps: { x: number; width: number }[];
}

const headroom = 1.12;

/** Request rates of both sides as paths in a box of `width` × `height`, from zero up, on one scale. */
export function prepareSparkline(series: readonly MetricSeries[], width: number, height: number): Sparkline | null {
  const rates = series.filter((item) => item.metric === 'rate' && item.points.length > 1);
  const all = rates.flatMap((item) => item.points);
  const measured = all.flatMap(([, value]) => (value === null ? [] : [value]));
  if (measured.length === 0) return null;
  const start = Math.min(...all.map(([at]) => at));
  const end = Math.max(...all.map(([at]) => at));
  const top = Math.max(...measured) * headroom || 1;
  const x = (at: number) => ((at - start) / (end - start || 1)) * width;
  const y = (value: number) => height - (value / top) * (height - 1) - 0.5;
  const primary = rates.find((item) => item.side === 'primary');
  return {
    sides: rates.map((item) => ({ side: item.side, path: pathOf(item.points, x, y) })),
    gaps: primary ? gapsOf(primary.points, x) : [],
  };
}

function pathOf(points: Points, x: (at: number) => number, y: (value: number) => number): string {
  let path = '';
  let drawing = false;
  for (const [index, [at, value]] of points.entries()) {
    if (value === null) {
      drawing = false;
      continue;
    }
    const here = `${round(x(at))} ${round(y(value))}`;
    if (drawing) path += ` ${here}`;
    else {
      const alone = points[index + 1]?.[1] === undefined || points[index + 1]?.[1] === null;
      // A line of no length is drawn as a dot by its round caps.
      path += alone ? `M${here}h.01` : `M${here}L`;
    }
    drawing = true;
  }
  return path.replace(/L$/, '').replaceAll(/L(?=M)/g, '');
}

function gapsOf(points: Points, x: (at: number) => number): { x: number; width: number }[] {
  const gaps: { x: number; width: number }[] = [];
  let from: number | null = null;
  let last = points[0]?.[0] ?? 0;
  for (const [at, value] of points) {
    if (value === null) from ??= last;
    else if (from !== null) {
      gaps.push({ x: round(x(from)), width: round(x(at) - x(from)) });
      from = null;
    }
    last = at;
  }
  if (from !== null && last > from) gaps.push({ x: round(x(from)), width: round(x(last) - x(from)) });
  return gaps;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
