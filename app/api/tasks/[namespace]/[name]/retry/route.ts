import { methods } from '@/lib/server/http/handle';
import { retryTask } from '@/lib/server/tasks/retry-task';
import { verbRoute } from '@/lib/server/tasks/verb-route';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({ POST: verbRoute('retry', retryTask) });
