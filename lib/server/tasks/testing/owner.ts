import type { KubeObject } from '@/lib/domain/kubernetes';
import { deleteObject } from '@/lib/sandbox/kube/deletion';
import { resourceOfKind, splitApiVersion } from '@/lib/sandbox/kube/resources';
import type { RunningSandbox } from '@/lib/sandbox/start';

const manager = 'kubectl-edit';

/** Somebody else who works on the same objects with kubectl, past every console. */
export class Owner {
  readonly #sandbox: RunningSandbox;

  constructor(sandbox: RunningSandbox) {
    this.#sandbox = sandbox;
  }

  create(object: KubeObject): void {
    const { resource, version } = resourceOf(object);
    this.#sandbox.registry.create(resource, version, object.metadata.namespace, object, { manager });
  }

  get<T extends KubeObject>(kind: T['kind'], namespace: string, name: string): T {
    const group = groups[kind] ?? '';
    const found = this.#sandbox.store.get(group, kind, namespace, name);
    if (!found) throw new Error(`there is no ${kind} ${namespace}/${name}`);
    // Stored as this kind; the test knows its fields.
    return structuredClone(found) as KubeObject as T;
  }

  edit<T extends KubeObject>(kind: T['kind'], namespace: string, name: string, change: (object: T) => void): void {
    const object = this.get<T>(kind, namespace, name);
    change(object);
    const { resource, version } = resourceOf(object);
    this.#sandbox.registry.update(resource, version, namespace, name, object, { manager });
  }

  /** `Orphan` leaves what the object owns, as `kubectl delete --cascade=orphan` does. */
  delete(kind: string, namespace: string, name: string, propagationPolicy?: 'Orphan'): void {
    const { resource } = resourceOf(this.get(kind, namespace, name));
    deleteObject(this.#sandbox.registry, resource, namespace, name, { propagationPolicy });
  }
}

const groups: Record<string, string> = {
  Deployment: 'apps',
  ReplicaSet: 'apps',
  VirtualService: 'networking.istio.io',
  DestinationRule: 'networking.istio.io',
  EnvoyFilter: 'networking.istio.io',
  AuthorizationPolicy: 'security.istio.io',
  ServiceEntry: 'networking.istio.io',
};

function resourceOf({ apiVersion, kind }: KubeObject) {
  const { group, version } = splitApiVersion(apiVersion);
  return { resource: resourceOfKind(group, kind), version };
}
