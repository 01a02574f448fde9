import { methods } from '@/lib/server/http/handle';
import { pauseTask } from '@/lib/server/tasks/pause-task';
import { verbRoute } from '@/lib/server/tasks/verb-route';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({ POST: verbRoute('pause', pauseTask) });
