import { methods } from '@/lib/server/http/handle';
import { restoreTask } from '@/lib/server/tasks/restore-task';
import { verbRoute } from '@/lib/server/tasks/verb-route';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({ POST: verbRoute('restore', restoreTask) });
