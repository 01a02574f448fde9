import { methods } from '@/lib/server/http/handle';
import { resumeTask } from '@/lib/server/tasks/resume-task';
import { verbRoute } from '@/lib/server/tasks/verb-route';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({ POST: verbRoute('resume', resumeTask) });
