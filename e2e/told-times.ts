/** Units that a page tells times in. */
const lengthOf = { minutes: 5, seconds: 8 };

/**
 * Source of a regular expression for the clock times (`14:18`, with seconds `14:18:05`) by which a page in a browser on
 * this machine may tell a moment between two, in epoch milliseconds.
 */
export function timeBetween(from: number, to: number, unit: keyof typeof lengthOf): string {
  const times = new Set<string>();
  for (let at = from - (from % 1000); at <= to; at += 1000)
    times.add(new Date(at).toTimeString().slice(0, lengthOf[unit]));
  return `(?:${[...times].join('|')})`;
}
