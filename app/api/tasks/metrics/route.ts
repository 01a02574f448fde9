import { getCluster } from '@/lib/server/cluster/get-cluster';
import { handle, methods } from '@/lib/server/http/handle';
import { toMessageOrNull } from '@/lib/server/http/message';
import { queryList } from '@/lib/server/http/query';
import { mayListPods } from '@/lib/server/metrics/chart-access';
import { configuredMatcher, getPrometheus } from '@/lib/server/metrics/get-prometheus';
import { measureTasks, withoutNumbers } from '@/lib/server/metrics/list-metrics';
import { listRecords } from '@/lib/server/tasks/record-store';
import * as z from 'zod/mini';

const name = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const Query = z.strictObject({
  /** `namespace/name`, repeated. */
  task: queryList(z.string().check(z.regex(new RegExp(`^${name}/${name}$`))), 200),
});

/** What the rows of the task list show. Tasks that are not there, or not for the user to see, are left out. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ query: Query }, async ({ query, locale }) => {
    const cluster = getCluster();
    const wanted = new Set(query.task);
    const namespaces = [...new Set(query.task.map((task) => task.slice(0, task.indexOf('/'))))];
    const visible = await Promise.all(
      namespaces.map(async (namespace) =>
        (await cluster.isVisible(namespace)) ? listRecords(cluster, namespace) : [],
      ),
    );
    const records = visible
      .flatMap((stored) => stored.map(({ record }) => record))
      .filter(({ spec }) => wanted.has(`${spec.namespace}/${spec.name}`));

    const access = await mayListPods(cluster, namespaces);
    const open = new Set(namespaces.filter((_, index) => access[index]));
    const isOpen = ({ spec }: (typeof records)[number]) => open.has(spec.namespace);
    const measured = await measureTasks(records.filter(isOpen), {
      prometheus: getPrometheus(),
      matcher: configuredMatcher(),
    });
    const closed = records
      .filter((record) => !isOpen(record))
      .map((record) =>
        withoutNumbers(record, { code: 'metrics_not_allowed', params: { namespace: record.spec.namespace } }),
      );
    return {
      items: [...measured, ...closed].map((item) => ({ ...item, problem: toMessageOrNull(item.problem, locale) })),
    };
  }),
});
