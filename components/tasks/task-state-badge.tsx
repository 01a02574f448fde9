'use client';
import { CircleDashed, Clock3, EqualNot, Flag, Pause, Trash2, TriangleAlert } from 'lucide-react';
import type { ComponentType } from 'react';
import { Badge } from '@/components/ui/badge';
import { MirrorIcon } from '@/components/ui/icons';
import type { Tone } from '@/components/ui/tone';
import { useCodeText } from '@/lib/client/use-error-text';
import type { TaskState } from '@/lib/domain/task';

const looks: Record<TaskState, { tone: Tone; icon: ComponentType<{ 'aria-hidden'?: boolean }>; plain?: true }> = {
  Preparing: { tone: 'info', icon: Clock3 },
  Mirroring: { tone: 'ok', icon: MirrorIcon },
  Paused: { tone: 'idle', icon: Pause },
  Degraded: { tone: 'warn', icon: TriangleAlert },
  Drifted: { tone: 'warn', icon: EqualNot },
  Incomplete: { tone: 'bad', icon: CircleDashed },
  Deleting: { tone: 'info', icon: Trash2 },
  Finished: { tone: 'ok', icon: Flag, plain: true },
};

/** The task's state: icon, word and colour as the design's table of states. */
export function TaskStateBadge({ state }: { state: TaskState }) {
  const text = useCodeText();
  const { tone, icon: Icon, plain } = looks[state];
  return (
    <Badge tone={tone} plain={plain ?? false} icon={<Icon aria-hidden />}>
      {text('state', state)}
    </Badge>
  );
}

/** Tone of a state, for strips and pictures that go with the badge. */
export function stateTone(state: TaskState): Tone {
  return looks[state].tone;
}
