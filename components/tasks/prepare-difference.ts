import type { Difference } from '@/lib/contract/task';
import type * as z from 'zod/mini';

export type TaskDifference = z.infer<typeof Difference>;

/** True only where the whole interval says that the mirror is worse than the live version. */
export function isWorse({ metric, low, high }: TaskDifference): boolean {
  return metric === 'success' ? high !== null && high < 0 : low !== null && low > 0;
}
