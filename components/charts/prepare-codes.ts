import type { MetricSide, MetricTotal } from '@/lib/contract/metrics';
import type * as z from 'zod/mini';

type Total = z.infer<typeof MetricTotal>;

export interface CodeShare {
  count: number;
  /** Of 10,000 responses of this side. */
  perTenThousand: number;
}

/** One response code; null on a side that was not measured at all. */
export interface CodeRow {
  code: string;
  primary: CodeShare | null;
  mirror: CodeShare | null;
}

export interface CodesChart {
  rows: CodeRow[];
  /** All responses of a side in the range; null when it was not measured. */
  sums: Record<MetricSide, number | null>;
  /** Powers of ten from the axis's start to 10,000. */
  ticks: number[];
}

/**
 * Decides what the chart of response codes draws. A code that a measured side never answered is a measured zero; a side
 * without any sample has no shares.
 */
export function prepareCodes(totals: readonly Total[]): CodesChart {
  const sums = { primary: sumOf(totals, 'primary'), mirror: sumOf(totals, 'mirror') };
  const codes = [...new Set(totals.map((total) => total.code))].toSorted(byCode);
  const rows = codes.map((code) => ({
    code,
    primary: shareOf(totals, 'primary', code, sums.primary),
    mirror: shareOf(totals, 'mirror', code, sums.mirror),
  }));
  const answered = rows.filter((row) => (row.primary?.count ?? 0) > 0 || (row.mirror?.count ?? 0) > 0);
  return { rows: answered, sums, ticks: logTicks(answered) };
}

/** Share of the axis that a value fills on the log scale, 0..1; zero fills nothing. */
export function logPosition(value: number, ticks: readonly number[]): number {
  const low = Math.log10(ticks[0] ?? 1);
  const high = Math.log10(ticks.at(-1) ?? 10_000);
  if (value <= 0) return 0;
  return Math.max(0, Math.min(1, (Math.log10(value) - low) / (high - low)));
}

function sumOf(totals: readonly Total[], side: MetricSide): number | null {
  const ofSide = totals.filter((total) => total.side === side);
  const sum = ofSide.reduce((all, total) => all + total.count, 0);
  return sum > 0 ? sum : null;
}

function shareOf(totals: readonly Total[], side: MetricSide, code: string, sum: number | null): CodeShare | null {
  if (sum === null) return null;
  const count = totals
    .filter((total) => total.side === side && total.code === code)
    .reduce((all, total) => all + total.count, 0);
  return { count, perTenThousand: (count / sum) * 10_000 };
}

function byCode(left: string, right: string): number {
  return left.localeCompare(right, 'en', { numeric: true });
}

/** The axis starts below the smallest share that was measured, so that every measured bar has a width. */
function logTicks(rows: CodeRow[]): number[] {
  const shares = rows
    .flatMap((row) => [row.primary?.perTenThousand ?? 0, row.mirror?.perTenThousand ?? 0])
    .filter((share) => share > 0);
  const smallest = Math.min(1.1, ...shares);
  const lowest = Math.ceil(Math.log10(smallest) - 1e-9) - 1;
  return Array.from({ length: 4 - lowest + 1 }, (_, index) => 10 ** (lowest + index));
}
