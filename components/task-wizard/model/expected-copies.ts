import { parsePercentage } from '@/lib/domain/percentage';
import type { WizardForm } from './form-model';

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

/**
 * What all targets get together, in percent of the live requests: over 100 % where a request is copied to several; null
 * while one of them has no share.
 */
export function sumOfShares(form: Pick<WizardForm, 'percentage' | 'further'>): number | null {
  const shares = [form, ...form.further].map(({ percentage }) => parsePercentage(percentage));
  return shares.every((share) => 'percent' in share) ? shares.reduce((sum, { percent }) => sum + percent, 0) : null;
}
