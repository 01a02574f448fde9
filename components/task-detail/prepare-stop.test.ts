import { describe, expect, it } from 'vitest';
import { prepareStop, prepareStopRate } from './prepare-stop';

const at = '2026-03-06T10:00:00Z';
const because = (code: string) => ({
  confirmedAt: null,
  reason: { code, params: {}, message: code },
});

describe('copies are said to have stopped', () => {
  it('only when that is confirmed', () => {
    expect(prepareStop({ confirmedAt: at, reason: null }).finding).toBe('stopped');
    for (const code of ['stop_settling', 'stop_still_arriving', 'stop_unseen', 'metrics_not_configured'])
      expect(prepareStop(because(code)).finding).not.toBe('stopped');
    expect(prepareStop({ confirmedAt: null, reason: null }).finding).toBe('unknown');
  });

  it('not while they still come, which is an alarm', () => {
    expect(prepareStop(because('stop_still_arriving'))).toEqual({ finding: 'arriving', tone: 'bad' });
    expect(prepareStop(because('metrics_unreachable'))).toEqual({ finding: 'unknown', tone: 'warn' });
    expect(prepareStop(because('stop_settling')).finding).toBe('settling');
  });
});

describe('the rate around a stop', () => {
  it('is drawn down to the bottom, with its gaps, and told in words', () => {
    const rate = prepareStopRate({
      rate: {
        stepSeconds: 15,
        points: [
          [0, 40],
          [15, 40],
          [30, null],
          [45, 10],
          [60, 0],
        ],
      },
    });
    expect(rate).toMatchObject({ before: 40, last: 0 });
    const bottom = (rate?.height ?? 0) - 0.5;
    expect(rate?.path.endsWith(`L${rate.width} ${bottom}`)).toBe(true);
    expect(rate?.path.match(/M/g)).toHaveLength(2);
  });

  it('is not there where nothing was measured, rather than a line at zero', () => {
    expect(prepareStopRate({ rate: null })).toBeNull();
    expect(prepareStopRate({ rate: { stepSeconds: 15, points: [[0, null]] } })).toBeNull();
  });
});
