import { describe, expect, it } from 'vitest';
import { prepareStop } from './prepare-stop';

const at = '2026-03-06T10:00:00Z';
const because = (code: string) => ({
  lastCopyAt: at,
  confirmedAt: null,
  reason: { code, params: {}, message: code },
});

describe('copies are said to have stopped', () => {
  it('only when that is confirmed', () => {
    expect(prepareStop({ lastCopyAt: at, confirmedAt: at, reason: null }).finding).toBe('stopped');
    expect(prepareStop({ lastCopyAt: null, confirmedAt: at, reason: null }).finding).toBe('stopped');
    for (const code of ['stop_settling', 'stop_still_arriving', 'stop_unseen', 'metrics_not_configured'])
      expect(prepareStop(because(code)).finding).not.toBe('stopped');
    expect(prepareStop({ lastCopyAt: at, confirmedAt: null, reason: null }).finding).toBe('unknown');
  });

  it('not while they still come, which is an alarm', () => {
    expect(prepareStop(because('stop_still_arriving'))).toEqual({ finding: 'arriving', tone: 'bad' });
    expect(prepareStop(because('metrics_unreachable'))).toEqual({ finding: 'unknown', tone: 'warn' });
    expect(prepareStop(because('stop_settling')).finding).toBe('settling');
  });
});
