import type { MetricSide } from '@/lib/contract/metrics';

/** Live first, everywhere. */
export const chartSides: readonly MetricSide[] = ['primary', 'mirror'];

/** How a side is told apart without colour too: live solid with a filled dot, mirror dashed with an open dot. */
export const sideLook = {
  primary: { stroke: 'var(--live)', dash: undefined, dotFill: 'var(--live)', dotStroke: 'var(--surface)', key: 'key' },
  mirror: {
    stroke: 'var(--mirror)',
    dash: '5 3',
    dotFill: 'var(--surface)',
    dotStroke: 'var(--mirror)',
    key: 'key key-mirror',
  },
} as const satisfies Record<MetricSide, object>;
