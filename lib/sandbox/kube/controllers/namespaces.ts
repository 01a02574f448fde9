/** Namespaces: what every new one holds, and emptying one that is deleted. */
import type { KubeObject } from '../../core/objects.ts';
import { deleteObject } from '../deletion.ts';
import { resourceOfKind } from '../resources.ts';
import { ApiError } from '../status.ts';
import { createObject, groupOf, WorkQueue, type Controller, type ControllerContext } from './controller.ts';

const manager = 'kube-controller-manager';

export function startNamespaceController(context: ControllerContext): Controller {
  const queue = new WorkQueue(context.clock, (name) => reconcile(context, name));
  const unsubscribe = context.store.subscribe(({ type, object }) => {
    if (object.kind === 'Namespace' && type !== 'DELETED') queue.add(object.metadata.name);
    else if (type === 'DELETED' && object.metadata.namespace) queue.add(object.metadata.namespace);
  });
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

function reconcile(context: ControllerContext, name: string): void {
  const namespace = context.store.get('', 'Namespace', undefined, name);
  if (!namespace) return;
  if (namespace.metadata.deletionTimestamp) empty(context, namespace);
  else furnish(context, name);
}

function furnish(context: ControllerContext, namespace: string): void {
  const wanted: KubeObject[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-root-ca.crt', namespace },
      data: { 'ca.crt': 'the sandbox issues no service account certificates' },
    },
  ];
  for (const object of wanted) {
    if (!context.store.get('', object.kind, namespace, object.metadata.name)) createObject(context, object, manager);
  }
}

function empty(context: ControllerContext, namespace: KubeObject): void {
  const contents = context.store.all().filter((object) => object.metadata.namespace === namespace.metadata.name);
  if (contents.length === 0) {
    const { finalizers: _finalizers, ...spec } = namespace['spec'] ?? {};
    context.store.remove({ ...namespace, spec });
    return;
  }
  for (const object of contents) {
    if (object.metadata.deletionTimestamp) continue;
    try {
      deleteObject(
        context.registry,
        resourceOfKind(groupOf(object), object.kind),
        namespace.metadata.name,
        object.metadata.name,
        {
          propagationPolicy: 'Background',
        },
      );
    } catch (error) {
      // Another controller was faster.
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  }
}
