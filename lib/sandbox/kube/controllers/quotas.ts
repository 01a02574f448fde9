/** Keeps what ResourceQuotas say is used. */
import { quotaStatus } from '../quota.ts';
import { keyOf, splitKey, WorkQueue, writeStatus, type Controller, type ControllerContext } from './controller.ts';

export function startQuotaController(context: ControllerContext): Controller {
  const queue = new WorkQueue(context.clock, (key) => {
    const { namespace, name } = splitKey(key);
    const quota = context.store.get('', 'ResourceQuota', namespace, name);
    if (quota) writeStatus(context, quota, quotaStatus(quota, context.store), 'kube-controller-manager');
  });
  const unsubscribe = context.store.subscribe(({ object }) => {
    for (const quota of context.store.list('', 'ResourceQuota', object.metadata.namespace)) {
      if (quota.metadata.namespace === object.metadata.namespace) queue.add(keyOf(quota));
    }
  });
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}
