import type { Tone } from '@/components/ui/tone';
import type { TaskStop } from '@/lib/contract/task';
import type * as z from 'zod/mini';

export type StopFinding = 'stopped' | 'arriving' | 'settling' | 'unknown';

const tones: Record<StopFinding, Tone> = { stopped: 'ok', arriving: 'bad', settling: 'info', unknown: 'warn' };

/** What the evidence says. Only a confirmed stop is called one; not being able to tell never is. */
export function prepareStop({ confirmedAt, reason }: z.infer<typeof TaskStop>): { finding: StopFinding; tone: Tone } {
  const finding = findingOf(confirmedAt, reason?.code);
  return { finding, tone: tones[finding] };
}

function findingOf(confirmedAt: string | null, code: string | undefined): StopFinding {
  if (code === 'stop_still_arriving') return 'arriving';
  if (confirmedAt !== null) return 'stopped';
  return code === 'stop_settling' ? 'settling' : 'unknown';
}
