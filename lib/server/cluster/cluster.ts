import type { KubeObject } from '@/lib/domain/kubernetes';
import type { Kind, KindObject } from './kinds';

/**
 * The port to the Kubernetes API that the rest of the server uses. Every request carries the credentials of
 * the kubeconfig's user, so nothing here can do or show more than that user may. All methods reject with a
 * ClusterError.
 */
export interface Cluster {
  readonly context: ClusterContext;
  /**
   * Objects of a kind from the watch cache, in one namespace or (null) in all; started on the first call. They
   * are frozen and shared: clone before editing. While the API server is unreachable the last known ones are
   * returned (see `health`); rejects when there never were any, or when the user may not list them.
   */
  list<K extends Kind>(kind: K, namespace: string | null): Promise<readonly KindObject<K>[]>;
  /** A live read of every object of a kind in a namespace, as far as `list` shows them. */
  readAll<K extends Kind>(kind: K, namespace: string): Promise<readonly KindObject<K>[]>;
  /** Keeps the watch behind `list` running (idle ones stop after 5 minutes) until the returned function is called. */
  hold(kind: Kind, namespace: string | null): Promise<() => void>;
  /** A live read of one object; null when there is none. */
  get<K extends Kind>(kind: K, namespace: string | null, name: string): Promise<KindObject<K> | null>;
  /** Creates an object (POST: a foreign one of the same name is `alreadyExists`); resolves with the stored one. */
  create<T extends KubeObject>(object: T, options?: WriteOptions): Promise<WriteResult<T>>;
  /** Replaces an object (PUT) that still has `metadata.resourceVersion`, else `conflict`. */
  update<T extends KubeObject>(object: T, options?: WriteOptions): Promise<WriteResult<T>>;
  /** Deletes the object with that uid (else `conflict`), in the background for what it owns; false when it was gone. */
  delete(target: DeleteTarget, options?: WriteOptions): Promise<boolean>;
  /** A container's log as bytes. Ends when the signal aborts or, without `follow`, at the log's end. */
  podLogs(namespace: string, pod: string, options: PodLogOptions): Promise<ReadableStream<Uint8Array>>;
  /** May the user do these? One answer per access, in order; cached 30 s. */
  review(accesses: readonly Access[]): Promise<boolean[]>;
  /** Who the API server says the user is. */
  whoAmI(): Promise<{ user: string; groups: string[] }>;
  /**
   * Namespaces that the user may look into: all when he may list them, else the context's and the configured
   * ones, as far as an access review proves that he may list configmaps there.
   */
  namespaces(): Promise<readonly NamespaceInfo[]>;
  /** True when the user may see tasks in that namespace: list configmaps (cached 30 s). */
  isVisible(namespace: string): Promise<boolean>;
  /** `group/version` to write a kind with: by discovery for Istio's groups, e.g. `networking.istio.io/v1`. */
  apiVersionOf(kind: Kind): Promise<string>;
  /** False when the cluster has no API of the kind's group: there are no such objects then. */
  serves(kind: Kind): Promise<boolean>;
  /** The API server's version, e.g. `v1.33.1`; null when it cannot be told. */
  kubernetesVersion(): Promise<string | null>;
  /** Calls `listener` after each change of a watched object and of health; returns the unsubscribe function. */
  subscribe(listener: (change: ClusterChange) => void): () => void;
  /** Is the API server answering, and since when is it (not)? */
  health(): ClusterHealth;
  /** Ends every watch and stream. */
  close(): void;
}

export interface ClusterContext {
  /** Name of the kubeconfig's context. */
  name: string;
  /** Name of the cluster that the context leads to. */
  cluster: string;
  /** Name of the kubeconfig's user entry. */
  user: string;
  /** The context's namespace, `default` when it names none. */
  namespace: string;
  /** Host and port of the API server. */
  server: string;
}

export interface WriteOptions {
  /** The server validates and answers as if, and stores nothing. */
  dryRun?: boolean;
}

export interface WriteResult<T> {
  object: T;
  /** `Warning` headers of the answer, as texts. */
  warnings: string[];
}

export interface DeleteTarget {
  kind: Kind;
  namespace: string;
  name: string;
  uid: string;
  resourceVersion?: string;
}

export interface PodLogOptions {
  container: string;
  tailLines?: number;
  follow?: boolean;
  timestamps?: boolean;
  signal?: AbortSignal;
}

export interface Access {
  verb: string;
  group: string;
  /** Plural, with a subresource after a slash: `pods/log`. */
  resource: string;
  namespace: string;
}

export interface NamespaceInfo {
  name: string;
  labels: Readonly<Record<string, string>>;
}

export type ClusterChange =
  | {
      type: 'ADDED' | 'MODIFIED' | 'DELETED';
      object: KubeObject;
      /** Noticed by reading the list again: `object` is what was last seen, which need not be how it went. */
      isInferred?: boolean;
    }
  | { type: 'HEALTH'; health: ClusterHealth };

export interface ClusterHealth {
  reachable: boolean;
  /** ISO time of the last change of `reachable`. */
  since: string;
  /** What the last failure said; null when reachable. */
  problem: string | null;
}
