import { describe, expect, it } from 'vitest';
import { errorStatus } from '@/lib/contract/error';
import { rampReasonCodes } from '@/lib/domain/ramp';
import { renderMessage } from './message';

const errors = Object.keys(errorStatus);

/** What each reason may carry. */
const paramsOf: Record<(typeof rampReasonCodes)[number], Record<string, string>[]> = {
  ramp_on_demand: [{}],
  ramp_task_paused: [{}],
  ramp_state: ['Degraded', 'Drifted', 'Incomplete'].map((state) => ({ state })),
  ramp_refused: errors.map((error) => ({ error })),
  ramp_forbidden: [{ reason: 'words of Kubernetes' }],
  ramp_unauthorized: [{ reason: 'words of Kubernetes' }],
  ramp_failed: [{ reason: 'words of Kubernetes' }],
  ramp_internal: [{}],
  ramp_console_stopped: [{}],
};

describe.each(['en', 'zh'] as const)('why a ramp stands still, in %s', (locale) => {
  it.each(rampReasonCodes)('is told in words and without a code: %s', (code) => {
    for (const params of paramsOf[code]) {
      const sentence = renderMessage({ code, params }, locale);
      expect(sentence).not.toMatch(/[{}]|ramp_|[a-z]_[a-z]/);
      expect(errors.filter((error) => sentence.split(/[^a-z_]/i).includes(error))).toEqual([]);
      if (params['reason']) expect(sentence).toContain(params['reason']);
    }
  });
});
