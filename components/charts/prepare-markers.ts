import type { ChangeMarker } from '@/lib/contract/metrics';

/** A change of the task on the time axis, with the percentage before it; null where it is not known. */
export interface PreparedMarker {
  at: number;
  kind: ChangeMarker['kind'];
  from: number | null;
  to: number;
}

/** The changes between `start` and `end`, oldest first; what came earlier only says where they started from. */
export function prepareMarkers(markers: readonly ChangeMarker[], start: number, end: number): PreparedMarker[] {
  return markers
    .toSorted((left, right) => left.at - right.at)
    .map((marker, index, sorted) => ({
      at: marker.at,
      kind: marker.kind,
      from: sorted[index - 1]?.percentage ?? null,
      to: marker.percentage,
    }))
    .filter((marker) => marker.at >= start && marker.at <= end);
}

export interface FlagInput {
  /** Where the marker's line stands, px. */
  x: number;
  text: string;
}

/** A flag's box; null `row` where there is no room, so that only the line is drawn. */
export interface PlacedFlag extends FlagInput {
  left: number;
  width: number;
  row: number | null;
}

const flagPadding = 7;
const flagGap = 4;

/** Places flags from left to right in the first of `rows` rows where they cover no other, inside the plot. */
export function placeFlags(
  flags: readonly FlagInput[],
  plotLeft: number,
  plotRight: number,
  rows: number,
): PlacedFlag[] {
  const filledTo = Array.from({ length: rows }, () => Number.NEGATIVE_INFINITY);
  return flags.map((flag) => {
    const width = estimateTextWidth(flag.text) + flagPadding * 2;
    const left = Math.max(plotLeft, Math.min(flag.x - 2, plotRight - width));
    const free = filledTo.findIndex((filled) => left >= filled + flagGap);
    if (free === -1) return { ...flag, left, width, row: null };
    filledTo[free] = left + width;
    return { ...flag, left, width, row: free };
  });
}

/** Width of 11 px semibold text, px: an upper estimate, so that flags never run into one another. */
export function estimateTextWidth(text: string): number {
  let width = 0;
  for (const character of text) width += (character.codePointAt(0) ?? 0) > 0x2e80 ? 11.5 : 6.6;
  return Math.ceil(width);
}

/** How many rows the placed flags take. */
export function rowsOf(flags: readonly PlacedFlag[]): number {
  return Math.max(0, ...flags.map(({ row }) => (row ?? -1) + 1));
}
