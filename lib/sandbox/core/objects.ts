/** The parts of a Kubernetes object that every kind has. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: unknown[];
  [field: string]: unknown;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  // oxlint-disable-next-line typescript/no-explicit-any -- kinds differ; each reader narrows what it uses
  [field: string]: any;
}

export interface ObjectChange {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
}

/**
 * What the mesh simulation sees of the store: current objects and their changes. Objects are
 * frozen snapshots; a write replaces them, it never mutates them.
 */
export interface ObjectReader {
  /** All objects of a kind (`group` is "" for core), in one namespace or in all. */
  list(group: string, kind: string, namespace?: string): readonly KubeObject[];
  get(group: string, kind: string, namespace: string | undefined, name: string): KubeObject | undefined;
  /** Calls `listener` synchronously after each committed change; returns the unsubscribe function. */
  subscribe(listener: (change: ObjectChange) => void): () => void;
}

/** Where the API server's `pods/log` endpoint gets a container's lines from. */
export interface PodLogSource {
  /** Lines of one container, oldest first, each with its time in ms since the epoch. */
  lines(namespace: string, pod: string, container: string): readonly LogLine[];
  /** Calls `listener` for each new line of that container; returns the unsubscribe function. */
  follow(namespace: string, pod: string, container: string, listener: (line: LogLine) => void): () => void;
}

export interface LogLine {
  timeMs: number;
  text: string;
}

/** What the kubelet and the workload simulation know of a container image. */
export interface ImageBehaviour {
  /** Seconds from container start to Ready. */
  readySeconds: number;
  /** Median of the request latency in milliseconds. */
  latencyMsP50: number;
  /** 99th percentile of the request latency in milliseconds. */
  latencyMsP99: number;
  /** Share of requests answered with 5xx, 0..1. */
  errorRate: number;
}
