import { methods } from '@/lib/server/http/handle';
import { rollbackTask } from '@/lib/server/tasks/rollback-task';
import { verbRoute } from '@/lib/server/tasks/verb-route';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({ POST: verbRoute('rollback', rollbackTask) });
