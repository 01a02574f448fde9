import type { Tone } from '@/components/ui/tone';
import type { TaskStop } from '@/lib/contract/task';

export type StopFinding = 'stopped' | 'arriving' | 'settling' | 'unknown';

const tones: Record<StopFinding, Tone> = { stopped: 'ok', arriving: 'bad', settling: 'info', unknown: 'warn' };

/** What the evidence says. Only a confirmed stop is called one; not being able to tell never is. */
export function prepareStop({ confirmedAt, reason }: Pick<TaskStop, 'confirmedAt' | 'reason'>): {
  finding: StopFinding;
  tone: Tone;
} {
  const finding = findingOf(confirmedAt, reason?.code);
  return { finding, tone: tones[finding] };
}

function findingOf(confirmedAt: string | null, code: string | undefined): StopFinding {
  if (code === 'stop_still_arriving') return 'arriving';
  if (confirmedAt !== null) return 'stopped';
  return code === 'stop_settling' ? 'settling' : 'unknown';
}

/** The mirror's rate around the stop as a small line. */
export interface StopRate {
  /** SVG path in a box of `width` × `height`, zero at its bottom; a gap in the samples is a gap in the line. */
  path: string;
  width: number;
  height: number;
  /** Requests per second: the highest of the span, and the last measured. */
  before: number;
  last: number;
}

const box = { width: 132, height: 28 };

/** Null where nothing was measured, or nothing but zeros: there is no fall to show. */
export function prepareStopRate({ rate }: Pick<TaskStop, 'rate'>): StopRate | null {
  const measured = (rate?.points ?? []).flatMap(([at, value]) => (value === null ? [] : [{ at, value }]));
  const before = Math.max(0, ...measured.map(({ value }) => value));
  const [first, last] = [rate?.points[0]?.[0], rate?.points.at(-1)?.[0]];
  if (!rate || first === undefined || last === undefined || before === 0) return null;
  const x = (at: number) => round(((at - first) / (last - first || 1)) * box.width);
  const y = (value: number) => round(box.height - 0.5 - (value / before) * (box.height - 2));
  let isDrawing = false;
  const path = rate.points.map(([at, value]) => {
    const command = value === null ? '' : `${isDrawing ? 'L' : 'M'}${x(at)} ${y(value)}`;
    isDrawing = value !== null;
    return command;
  });
  return { ...box, path: path.join(''), before, last: measured.at(-1)?.value ?? 0 };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
