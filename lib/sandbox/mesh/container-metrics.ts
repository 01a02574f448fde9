/** CPU and memory of containers, as cAdvisor exports them: plausible, and following the requests. */
import type { Random } from '../core/random.ts';
import { proxyContainer } from './pods.ts';
import type { LivePod } from './live-pods.ts';

const mebibyte = 1_048_576;
const idleCores = 0.003;
const idleProxyCores = 0.004;
const waveMs = 37 * 60_000;

/** Accounts the time since the last call to every running pod. */
export function accountContainers(pod: LivePod, seconds: number, timeMs: number, random: Random): void {
  const { view, containerMetrics } = pod;
  if (!view.running) return;
  for (const { name, image } of view.containers) {
    const isProxy = name === proxyContainer;
    const isApp = name === view.appContainer?.name;
    const work = isProxy ? pod.proxyWork : isApp ? pod.appWork : 0;
    const idle = (isProxy ? idleProxyCores : idleCores) * seconds * (0.9 + 0.2 * random.next());
    const labels = {
      namespace: view.namespace,
      pod: view.name,
      container: name,
      image,
      id: `/kubepods/pod${view.id}/${name}`,
    };
    containerMetrics.add('container_cpu_usage_seconds_total', { ...labels, cpu: 'total' }, idle + work);
    containerMetrics.set(
      'container_memory_working_set_bytes',
      labels,
      memory(name, image, isProxy, work / seconds, timeMs),
    );
  }
  pod.appWork = 0;
  pod.proxyWork = 0;
}

function memory(name: string, image: string, isProxy: boolean, cores: number, timeMs: number): number {
  const base = isProxy ? 48 : 70 + (hash(name + image) % 160);
  const wave = 1 + 0.03 * Math.sin((2 * Math.PI * (timeMs + (hash(image) % waveMs))) / waveMs);
  return Math.round(((base + 40 * Math.min(1, cores)) * wave * mebibyte) / 4096) * 4096;
}

/** FNV-1a. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}
