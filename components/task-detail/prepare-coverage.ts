import type { Coverage } from '@/lib/contract/task';
import { coverageThreshold } from '@/lib/domain/coverage';

export type CoverageVerdict = 'good' | 'lost' | 'surplus' | 'unknown';

/** What the coverage card shows; null where it cannot be told. */
export interface PreparedCoverage {
  verdict: CoverageVerdict;
  /** Copies that arrived, in percent of live requests. */
  arrivedPercent: number | null;
  lostPerSecond: number | null;
  /** Paths of the gauge in a box of 220 × 128. */
  track: string;
  value: string | null;
  limit: string;
}

const centre = { x: 110, y: 104 };
const radius = 84;

/** Decides what the coverage card says. A low value that chance can make is no finding. */
export function prepareCoverage(coverage: Coverage | null, percentage: number): PreparedCoverage {
  const value = coverage?.value ?? null;
  const { arrivedPerSecond = null, expectedPerSecond = null } = coverage ?? {};
  return {
    verdict: value === null ? 'unknown' : (coverage?.finding ?? 'good'),
    arrivedPercent: value === null ? null : value * percentage,
    lostPerSecond:
      arrivedPerSecond === null || expectedPerSecond === null ? null : lostOf(expectedPerSecond, arrivedPerSecond),
    track: arc(0, 1),
    value: value === null ? null : arc(0, Math.min(1, Math.max(0, value))),
    limit: tick(coverageThreshold),
  };
}

/** Less than a millionth is what arithmetic leaves of two equal rates. */
function lostOf(expected: number, arrived: number): number {
  const lost = expected - arrived;
  return lost > expected / 1_000_000 ? lost : 0;
}

function arc(from: number, to: number): string {
  const start = pointAt(from, radius);
  const end = pointAt(to, radius);
  return `M${start}A${radius} ${radius} 0 0 1 ${end}`;
}

function tick(share: number): string {
  return `M${pointAt(share, radius - 10)}L${pointAt(share, radius + 14)}`;
}

/** A point on the half circle: share 0 is its left end, 1 its right end. */
function pointAt(share: number, distance: number): string {
  const angle = Math.PI * (1 - share);
  const x = centre.x + distance * Math.cos(angle);
  const y = centre.y - distance * Math.sin(angle);
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}
