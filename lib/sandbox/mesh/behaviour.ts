/** How a workload answers: from its pod's annotations, else from its image. */
import type { ImageBehaviour } from '../core/objects.ts';
import { LatencyModel } from './latency.ts';
import { annotationPrefix, type PodView } from './pods.ts';

export type BehaviourLookup = (image: string) => ImageBehaviour | undefined;

export interface Behaviour {
  latency: LatencyModel;
  /** The same as its callers' proxies measure it: a hop more. */
  latencyAtCaller: LatencyModel;
  medianMs: number;
  /** Share of requests answered with 500. */
  errorRate: number;
}

const fallback: ImageBehaviour = { readySeconds: 5, latencyMsP50: 8, latencyMsP99: 40, errorRate: 0 };
const hopMs = 0.8;

export function behaviourOf(pod: PodView, lookup: BehaviourLookup): Behaviour {
  const image = lookup(pod.appContainer?.image ?? '') ?? fallback;
  const p50 = annotated(pod, 'latency-ms-p50') ?? image.latencyMsP50;
  const p99 = annotated(pod, 'latency-ms-p99') ?? Math.max(image.latencyMsP99, p50);
  return {
    latency: LatencyModel.of(p50, p99),
    latencyAtCaller: LatencyModel.of(p50 + hopMs, p99 + 2 * hopMs),
    medianMs: p50,
    errorRate: Math.min(1, annotated(pod, 'error-rate') ?? image.errorRate),
  };
}

function annotated(pod: PodView, name: string): number | undefined {
  const text = pod.annotations[annotationPrefix + name];
  const value = text === undefined || text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}
