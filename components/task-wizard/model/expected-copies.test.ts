import { expect, test } from 'vitest';
import { expectedCopies, sumOfShares } from './expected-copies';
import { filled } from './fixtures';
import { withFurtherShare, withFurtherTarget } from './form-model';

test('copies are expected of all targets together, and of none while a share is missing', () => {
  const form = withFurtherShare(withFurtherTarget({ ...filled, percentage: '100' }), '1', '20 %');
  expect(sumOfShares(form)).toBe(120);
  expect(expectedCopies(50, sumOfShares(form), 0)).toEqual({ perSecond: 60, perPod: null });
  expect(sumOfShares(withFurtherShare(form, '1', ''))).toBeNull();
  expect(expectedCopies(50, sumOfShares(withFurtherShare(form, '1', '')), 0).perSecond).toBeNull();
});

test('no measured rate gives no number of copies', () => {
  expect(expectedCopies(null, 10, 2)).toEqual({ perSecond: null, perPod: null });
  expect(expectedCopies(182.4, 10, 2)).toEqual({ perSecond: expect.closeTo(18.24), perPod: expect.closeTo(9.12) });
  expect(expectedCopies(10, 10, 0).perPod).toBeNull();
});
