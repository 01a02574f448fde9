import { rateWindowSeconds } from './grid';
import { configuredMatcher, getPrometheus } from './get-prometheus';
import type { InstantValue } from './prometheus';
import { isPrometheusError } from './prometheus-error';
import { podCpu, podMemory } from './promql';

export interface PodUsage {
  cpuMillicores: number | null;
  memoryMebibytes: number | null;
}

/**
 * Processor and memory use of pods, by name; null where it was not measured: cAdvisor is not scraped, or Prometheus
 * is away.
 */
export async function podUsage(namespace: string, pods: readonly string[]): Promise<Map<string, PodUsage>> {
  const [cpu, memory] = await readUsage(namespace, pods);
  const scaled = (values: ReadonlyMap<string, number>, pod: string, factor: number) => {
    const value = values.get(pod);
    return value === undefined ? null : value * factor;
  };
  return new Map(
    pods.map((pod) => [
      pod,
      { cpuMillicores: scaled(cpu, pod, 1000), memoryMebibytes: scaled(memory, pod, 1 / (1024 * 1024)) },
    ]),
  );
}

async function readUsage(
  namespace: string,
  pods: readonly string[],
): Promise<[Map<string, number>, Map<string, number>]> {
  const prometheus = getPrometheus();
  if (!prometheus || pods.length === 0) return [new Map(), new Map()];
  try {
    const scrape = await prometheus.scrapeIntervalSeconds();
    const matcher = configuredMatcher();
    const time = Math.floor(prometheus.now() / 1000 / scrape) * scrape;
    const names = pods.toSorted();
    const options = { windowSeconds: rateWindowSeconds(scrape, scrape), matcher };
    const [cpu, memory] = await Promise.all([
      prometheus.query(podCpu(namespace, names, options), time, scrape),
      prometheus.query(podMemory(namespace, names, matcher), time, scrape),
    ]);
    return [byPod(cpu), byPod(memory)];
  } catch (error) {
    if (isPrometheusError(error)) return [new Map(), new Map()];
    throw error;
  }
}

function byPod(values: readonly InstantValue[]): Map<string, number> {
  return new Map(values.flatMap(({ labels, value }) => (value === null ? [] : [[labels['pod'] ?? '', value]])));
}
