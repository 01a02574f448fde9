/** The pods that exist, with what the mesh remembers of each as long as it lives. */
import type { KubeObject, ObjectReader } from '../core/objects.ts';
import { behaviourOf, type Behaviour, type BehaviourLookup } from './behaviour.ts';
import { PodMetrics } from './pod-metrics.ts';
import { podView, type PodView } from './pods.ts';

export interface LivePod {
  view: PodView;
  behaviour: Behaviour;
  /** What its proxy exports; undefined without a proxy. */
  proxyMetrics: PodMetrics | undefined;
  /** What the kubelet's cAdvisor exports of its containers. */
  containerMetrics: PodMetrics;
  /** Whether its containers have ever run. */
  started: boolean;
  /** CPU seconds since the last account, by requests it handled. */
  appWork: number;
  proxyWork: number;
}

export class LivePods {
  readonly #pods = new Map<string, LivePod>();
  readonly #lookup: BehaviourLookup;

  constructor(reader: ObjectReader, lookup: BehaviourLookup) {
    this.#lookup = lookup;
    for (const pod of reader.list('', 'Pod')) this.update(pod);
  }

  all(): IterableIterator<LivePod> {
    return this.#pods.values();
  }

  get(id: string): LivePod | undefined {
    return this.#pods.get(id);
  }

  /** Takes a Pod as it is now; returns whether its containers have just been seen to run for the first time. */
  update(pod: KubeObject): boolean {
    const view = podView(pod);
    const known = this.#pods.get(view.id);
    const behaviour = behaviourOf(view, this.#lookup);
    if (known) {
      known.view = view;
      known.behaviour = behaviour;
      // An address comes after the object: the target's labels are only complete then.
      if (!known.proxyMetrics && view.hasSidecar && view.running) known.proxyMetrics = proxyMetrics(view);
      const started = view.running && !known.started;
      known.started ||= view.running;
      return started;
    }
    this.#pods.set(view.id, {
      view,
      behaviour,
      proxyMetrics: view.hasSidecar && view.running ? proxyMetrics(view) : undefined,
      containerMetrics: new PodMetrics({ job: 'kubernetes-nodes-cadvisor', instance: view.node }),
      started: view.running,
      appWork: 0,
      proxyWork: 0,
    });
    return view.running;
  }

  remove(pod: KubeObject): PodView {
    const view = podView(pod);
    this.#pods.delete(view.id);
    return view;
  }
}

/** Labels as Istio's sample Prometheus relabels a pod: its own labels, namespace, pod. */
function proxyMetrics(view: PodView): PodMetrics {
  const podLabels = Object.entries(view.labels).map(([name, value]) => [name.replaceAll(/[^a-zA-Z0-9_]/g, '_'), value]);
  return new PodMetrics({
    ...Object.fromEntries(podLabels),
    job: 'kubernetes-pods',
    instance: `${view.ip}:15020`,
    namespace: view.namespace,
    pod: view.name,
  });
}
