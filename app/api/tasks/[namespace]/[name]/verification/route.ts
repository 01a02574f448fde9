import type { VerificationList } from '@/lib/contract/task';
import { handle, methods } from '@/lib/server/http/handle';
import { configuredMatcher, getPrometheus } from '@/lib/server/metrics/get-prometheus';
import { getTaskContext } from '@/lib/server/tasks/context';
import { listVerification } from '@/lib/server/tasks/view/task-verification';

/** Commands and queries that show what the task does; nothing is run. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ names: ['namespace', 'name'] }, ({ names }): Promise<VerificationList> => {
    const options = { prometheus: getPrometheus(), matcher: configuredMatcher() };
    return listVerification(getTaskContext(), names.namespace, names.name, options);
  }),
});
