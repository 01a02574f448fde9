import type { ValueType } from './ast.ts';

export interface Signature {
  args: ValueType[];
  /** How many of the last arguments may be left out. */
  optional?: number;
  returns: ValueType;
}

const overTime: Signature = { args: ['matrix'], returns: 'vector' };
const math: Signature = { args: ['vector'], returns: 'vector' };

/** The functions that the sandbox models. */
export const functionSignatures: Record<string, Signature> = {
  rate: overTime,
  irate: overTime,
  increase: overTime,
  delta: overTime,
  idelta: overTime,
  changes: overTime,
  resets: overTime,
  sum_over_time: overTime,
  avg_over_time: overTime,
  min_over_time: overTime,
  max_over_time: overTime,
  count_over_time: overTime,
  last_over_time: overTime,
  present_over_time: overTime,
  stddev_over_time: overTime,
  stdvar_over_time: overTime,
  quantile_over_time: { args: ['scalar', 'matrix'], returns: 'vector' },
  absent_over_time: overTime,
  histogram_quantile: { args: ['scalar', 'vector'], returns: 'vector' },
  label_replace: { args: ['vector', 'string', 'string', 'string', 'string'], returns: 'vector' },
  label_join: { args: ['vector', 'string', 'string'], returns: 'vector' },
  clamp: { args: ['vector', 'scalar', 'scalar'], returns: 'vector' },
  clamp_min: { args: ['vector', 'scalar'], returns: 'vector' },
  clamp_max: { args: ['vector', 'scalar'], returns: 'vector' },
  abs: math,
  ceil: math,
  floor: math,
  round: { args: ['vector', 'scalar'], optional: 1, returns: 'vector' },
  sqrt: math,
  exp: math,
  ln: math,
  log2: math,
  log10: math,
  sgn: math,
  vector: { args: ['scalar'], returns: 'vector' },
  scalar: { args: ['vector'], returns: 'scalar' },
  time: { args: [], returns: 'scalar' },
  timestamp: { args: ['vector'], returns: 'vector' },
  absent: { args: ['vector'], returns: 'vector' },
  sort: { args: ['vector'], returns: 'vector' },
  sort_desc: { args: ['vector'], returns: 'vector' },
};

/** Functions that take any number of further strings. */
export const variadicFunctions = new Set(['label_join']);

/** The aggregations that the sandbox models, with the type of their parameter. */
export const aggregations: Record<string, 'scalar' | undefined> = {
  sum: undefined,
  avg: undefined,
  min: undefined,
  max: undefined,
  count: undefined,
  group: undefined,
  stddev: undefined,
  stdvar: undefined,
  topk: 'scalar',
  bottomk: 'scalar',
  quantile: 'scalar',
};
