import type { ManifestList } from '@/lib/contract/task';
import { handle, methods } from '@/lib/server/http/handle';
import { getTaskContext } from '@/lib/server/tasks/context';
import { manifestsFile } from '@/lib/server/tasks/view/manifests-file';
import { listManifests } from '@/lib/server/tasks/view/task-manifests';
import * as z from 'zod/mini';

const Query = z.strictObject({ format: z._default(z.enum(['json', 'yaml']), 'json') });

/** What the task made or edited: with the owner's view beside it, or with `?format=yaml` as one file to apply. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ names: ['namespace', 'name'], query: Query }, async ({ names, query, locale }) => {
    const { namespace, name } = names;
    if (query.format === 'yaml') {
      const file = await manifestsFile(getTaskContext(), { namespace, name, locale });
      return new Response(file, {
        headers: {
          'content-type': 'application/yaml; charset=utf-8',
          'content-disposition': `attachment; filename="${namespace}-${name}.yaml"`,
        },
      });
    }
    const list: z.infer<typeof ManifestList> = { items: await listManifests(getTaskContext(), namespace, name) };
    return list;
  }),
});
