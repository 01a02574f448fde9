import { KubeConfig } from '@kubernetes/client-node';
import { fieldManager } from '@/lib/domain/task';
import type { KubeObject } from '@/lib/domain/kubernetes';
import { AccessReviews } from './access-reviews';
import { ApiClient } from './api-client';
import type {
  Access,
  Cluster,
  ClusterChange,
  ClusterContext,
  ClusterHealth,
  DeleteTarget,
  NamespaceInfo,
  PodLogOptions,
  WriteOptions,
  WriteResult,
} from './cluster';
import { ClusterError, isClusterError } from './cluster-error';
import { Discovery } from './discovery';
import { isKind, kinds, watchSelectorOf, type Kind, type KindObject } from './kinds';
import { readList } from './read-list';
import { resourcePath } from './resource-path';
import { WatchPool } from './watch-pool';

const namespaceValidMs = 30_000;

export interface KubernetesClusterOptions {
  /** A kubeconfig's path or text; neither: KUBECONFIG, ~/.kube/config or the Pod's ServiceAccount. */
  kubeconfigFile?: string;
  kubeconfigText?: string;
  /** Context to use; absent: the kubeconfig's current one. */
  context?: string;
  /** Namespaces to offer when the user may not list namespaces, beside the context's. */
  namespaces?: readonly string[];
}

/** Opens a cluster by kubeconfig. Nothing is requested before the first call. */
export function openCluster(options: KubernetesClusterOptions): Cluster {
  const config = loadKubeconfig(options);
  if (options.context !== undefined) {
    if (!config.getContextObject(options.context)) {
      const known = config.contexts.map(({ name }) => name).join(', ') || 'none';
      const source = options.kubeconfigFile ?? 'the kubeconfig';
      throw new ClusterError(
        'invalid',
        `There is no context "${options.context}" in ${source}; its contexts: ${known}.`,
      );
    }
    config.setCurrentContext(options.context);
  }
  return new KubernetesCluster(config, options.namespaces ?? []);
}

function loadKubeconfig({ kubeconfigText, kubeconfigFile }: KubernetesClusterOptions): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfigText !== undefined) config.loadFromString(kubeconfigText);
    else if (kubeconfigFile !== undefined) config.loadFromFile(kubeconfigFile);
    else config.loadFromDefault();
  } catch (error) {
    const source = kubeconfigFile ?? 'The kubeconfig';
    const [problem = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ClusterError('invalid', `${source} cannot be used as a kubeconfig: ${problem}`, { cause: error });
  }
  return config;
}

class KubernetesCluster implements Cluster {
  readonly context: ClusterContext;
  readonly #client: ApiClient;
  readonly #discovery: Discovery;
  readonly #reviews: AccessReviews;
  readonly #watches: WatchPool;
  readonly #extraNamespaces: readonly string[];
  readonly #namespaceInfos = new Map<string, { info: Promise<NamespaceInfo>; readAt: number }>();
  readonly #listeners = new Set<(change: ClusterChange) => void>();
  #health: ClusterHealth = { reachable: true, since: new Date().toISOString(), problem: null };

  constructor(config: KubeConfig, extraNamespaces: readonly string[]) {
    this.context = contextOf(config);
    this.#extraNamespaces = extraNamespaces;
    this.#client = new ApiClient(
      config,
      () => this.#setHealth(true, null),
      (problem) => this.#setHealth(false, problem),
    );
    this.#discovery = new Discovery(this.#client);
    this.#reviews = new AccessReviews(this.#client);
    this.#watches = new WatchPool(
      this.#client,
      (kind) => this.#discovery.apiVersionOf(kind),
      (change) => this.#emit(change),
    );
  }

  async list<K extends Kind>(kind: K, namespace: string | null): Promise<readonly KindObject<K>[]> {
    return ofKind<K>(await this.#watches.list(kind, namespace));
  }

  async readAll<K extends Kind>(kind: K, namespace: string): Promise<readonly KindObject<K>[]> {
    const path = resourcePath(kind, await this.apiVersionOf(kind), namespace);
    return ofKind<K>((await readList(this.#client, path, watchSelectorOf(kind))).items);
  }

  hold(kind: Kind, namespace: string | null): Promise<() => void> {
    return this.#watches.hold(kind, namespace);
  }

  async get<K extends Kind>(kind: K, namespace: string | null, name: string): Promise<KindObject<K> | null> {
    const path = resourcePath(kind, await this.apiVersionOf(kind), namespace, name);
    try {
      const { body } = await this.#client.json({ method: 'GET', path });
      return ofKind<K>([body as KubeObject])[0] ?? null;
    } catch (error) {
      if (isClusterError(error, 'notFound')) return null;
      throw error;
    }
  }

  async create<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<WriteResult<T>> {
    const { kind, namespace } = identityOf(object);
    const path = resourcePath(kind, object.apiVersion, namespace);
    return this.#write(object, { method: 'POST', path, query: writeQuery(options), body: object }, options);
  }

  async update<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<WriteResult<T>> {
    if (!object.metadata.resourceVersion) {
      throw new ClusterError('invalid', 'an update needs the resourceVersion it was planned on');
    }
    const { kind, namespace } = identityOf(object);
    const path = resourcePath(kind, object.apiVersion, namespace, object.metadata.name);
    return this.#write(object, { method: 'PUT', path, query: writeQuery(options), body: object }, options);
  }

  async delete(target: DeleteTarget, options: WriteOptions = {}): Promise<boolean> {
    const { kind, namespace, name, uid, resourceVersion } = target;
    const preconditions = { uid, ...(resourceVersion ? { resourceVersion } : {}) };
    try {
      await this.#client.json({
        method: 'DELETE',
        path: resourcePath(kind, await this.apiVersionOf(kind), namespace, name),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: 'Background',
          preconditions,
          ...(options.dryRun ? { dryRun: ['All'] } : {}),
        },
      });
    } catch (error) {
      if (isClusterError(error, 'notFound')) return false;
      throw error;
    }
    if (!options.dryRun) await this.#watches.sawDelete(kind, namespace, name, uid);
    return true;
  }

  podLogs(namespace: string, pod: string, options: PodLogOptions): Promise<ReadableStream<Uint8Array>> {
    return this.#client.stream(
      {
        method: 'GET',
        path: `${resourcePath('Pod', 'v1', namespace, pod)}/log`,
        query: {
          container: options.container,
          tailLines: options.tailLines?.toString(),
          follow: options.follow ? 'true' : undefined,
          timestamps: options.timestamps ? 'true' : undefined,
        },
      },
      options.signal ?? new AbortController().signal,
    );
  }

  review(accesses: readonly Access[]): Promise<boolean[]> {
    return this.#reviews.review(accesses);
  }

  async whoAmI(): Promise<{ user: string; groups: string[] }> {
    const { body } = await this.#client.json({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    });
    const { userInfo } = (body as { status?: { userInfo?: { username?: string; groups?: string[] } } }).status ?? {};
    return { user: userInfo?.username ?? this.context.user, groups: userInfo?.groups ?? [] };
  }

  async namespaces(): Promise<readonly NamespaceInfo[]> {
    const [mayList] = await this.review([{ verb: 'list', group: '', resource: 'namespaces', namespace: '' }]);
    if (mayList) {
      const all = await this.list('Namespace', null);
      return all.map(({ metadata }) => ({ name: metadata.name, labels: metadata.labels ?? {} }));
    }
    const names = [...new Set([this.context.namespace, ...this.#extraNamespaces])];
    const visible = await Promise.all(names.map((name) => this.isVisible(name)));
    return Promise.all(names.filter((_, index) => visible[index]).map((name) => this.#namespaceOnce(name)));
  }

  async isVisible(namespace: string): Promise<boolean> {
    const [allowed] = await this.review([{ verb: 'list', group: '', resource: 'configmaps', namespace }]);
    return allowed === true;
  }

  apiVersionOf(kind: Kind): Promise<string> {
    return this.#discovery.apiVersionOf(kind);
  }

  serves(kind: Kind): Promise<boolean> {
    return this.#discovery.serves(kind);
  }

  kubernetesVersion(): Promise<string | null> {
    return this.#discovery.kubernetesVersion();
  }

  subscribe(listener: (change: ClusterChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  health(): ClusterHealth {
    return this.#health;
  }

  close(): void {
    this.#watches.close();
    this.#listeners.clear();
  }

  async #write<T extends KubeObject>(
    object: T,
    request: Parameters<ApiClient['json']>[0],
    options: WriteOptions,
  ): Promise<WriteResult<T>> {
    const { body, warnings } = await this.#client.json(request);
    const stored = body as T;
    const { kind, namespace } = identityOf(object);
    if (!options.dryRun && stored.metadata.resourceVersion) {
      await this.#watches.sawWrite(kind, namespace, stored.metadata.resourceVersion);
    }
    return { object: stored, warnings };
  }

  /** Asked for with every view of a task, so a namespace's labels are remembered for half a minute. */
  #namespaceOnce(name: string): Promise<NamespaceInfo> {
    const known = this.#namespaceInfos.get(name);
    if (known && Date.now() - known.readAt < namespaceValidMs) return known.info;
    const info = this.#namespace(name);
    this.#namespaceInfos.set(name, { info, readAt: Date.now() });
    info.catch(() => this.#namespaceInfos.delete(name));
    return info;
  }

  /** A namespace's labels need `get namespaces`, which an operator of one namespace may lack. */
  async #namespace(name: string): Promise<NamespaceInfo> {
    try {
      return { name, labels: (await this.get('Namespace', null, name))?.metadata.labels ?? {} };
    } catch (error) {
      if (isClusterError(error, 'forbidden')) return { name, labels: {} };
      throw error;
    }
  }

  #setHealth(reachable: boolean, problem: string | null): void {
    if (this.#health.reachable === reachable) return;
    this.#health = { reachable, since: new Date().toISOString(), problem };
    if (reachable) this.#watches.wake();
    this.#emit({ type: 'HEALTH', health: this.#health });
  }

  #emit(change: ClusterChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** The API server answered for this kind's URL, so the objects are of this kind. */
function ofKind<K extends Kind>(objects: readonly KubeObject[]): readonly KindObject<K>[] {
  return objects as readonly KindObject<K>[];
}

function identityOf(object: KubeObject): { kind: Kind; namespace: string } {
  if (!isKind(object.kind)) throw new ClusterError('invalid', `unknown kind "${object.kind}"`);
  const { namespace } = object.metadata;
  if (kinds[object.kind].namespaced && !namespace) throw new ClusterError('invalid', 'the object names no namespace');
  return { kind: object.kind, namespace: namespace ?? '' };
}

function writeQuery({ dryRun }: WriteOptions): Record<string, string | undefined> {
  return { fieldManager, fieldValidation: 'Strict', dryRun: dryRun ? 'All' : undefined };
}

function contextOf(config: KubeConfig): ClusterContext {
  const name = config.getCurrentContext();
  const context = config.getContextObject(name);
  const server = config.getCurrentCluster()?.server;
  if (!context || !server) throw new ClusterError('invalid', 'the kubeconfig has no usable current context');
  const { cluster, user, namespace = 'default' } = context;
  return { name, cluster, user, namespace, server: new URL(server).host };
}
