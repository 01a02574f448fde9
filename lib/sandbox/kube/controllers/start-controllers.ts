/** Starts every controller of the sandbox over one store. */
import { startDeploymentController } from './deployments.ts';
import { startEndpointsController } from './endpoints.ts';
import { startGarbageCollector } from './garbage-collector.ts';
import { startKubelet, type KubeletOptions } from './kubelet.ts';
import { startNamespaceController } from './namespaces.ts';
import { startQuotaController } from './quotas.ts';
import { startReplicaSetController } from './replica-sets.ts';
import { startStatefulSetController } from './stateful-sets.ts';
import type { Controller, ControllerContext } from './controller.ts';

export function startControllers(context: ControllerContext, options: KubeletOptions): Controller {
  const controllers = [
    startNamespaceController(context),
    startDeploymentController(context),
    startReplicaSetController(context),
    startStatefulSetController(context),
    startKubelet(context, options),
    startEndpointsController(context),
    startGarbageCollector(context),
    startQuotaController(context),
  ];
  return {
    stop() {
      for (const controller of controllers) controller.stop();
    },
  };
}
