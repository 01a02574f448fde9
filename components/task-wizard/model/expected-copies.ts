/** Copies per second that a percentage of the measured live rate makes; null where there is nothing to reckon with. */
export function expectedCopies(
  liveRate: number | null,
  percent: number | null,
  pods: number,
): { perSecond: number | null; perPod: number | null } {
  if (liveRate === null || percent === null) return { perSecond: null, perPod: null };
  const perSecond = (liveRate * percent) / 100;
  return { perSecond, perPod: pods > 0 ? perSecond / pods : null };
}
