/** What can be wrong with a Prometheus that does answer. */
import type { ApiAnswer } from './api.ts';

export interface PrometheusFault {
  /**
   * `delay`: every answer comes `delayMs` later. `error500`: an error instead of each. `garbage`: a page of HTML with
   * status 200, as a login page before it sends. `empty`: no series. `nan`: every value is NaN.
   */
  kind: (typeof prometheusFaultKinds)[number];
  delayMs: number;
}

export const prometheusFaultKinds = ['delay', 'error500', 'garbage', 'empty', 'nan'] as const;

/** The answer as it comes out under the fault; null: a page that is no JSON. */
export function underFault(answer: ApiAnswer, { kind }: PrometheusFault): ApiAnswer | null {
  switch (kind) {
    case 'delay':
      return answer;
    case 'garbage':
      return null;
    case 'error500':
      return { status: 500, body: { status: 'error', errorType: 'internal', error: 'planted fault' } };
    case 'empty':
      return withResult(answer, () => []);
    case 'nan':
      return withResult(answer, (result) => result.map(withNaN));
  }
}

interface Series {
  value?: [number, string];
  values?: [number, string][];
}

function withResult(answer: ApiAnswer, change: (result: Series[]) => Series[]): ApiAnswer {
  const body = answer.body as { data?: { result?: Series[] } };
  if (!Array.isArray(body.data?.result)) return answer;
  return { ...answer, body: { ...body, data: { ...body.data, result: change(body.data.result) } } };
}

function withNaN(series: Series): Series {
  return {
    ...series,
    ...(series.value ? { value: [series.value[0], 'NaN'] } : {}),
    ...(series.values ? { values: series.values.map(([time]): [number, string] => [time, 'NaN']) } : {}),
  };
}
