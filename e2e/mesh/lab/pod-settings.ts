import type { KubeObject } from '../../../lib/sandbox/core/objects.ts';
import { annotationPrefix } from '../../../lib/sandbox/mesh/pods.ts';

/** `egress`: `own-namespace` where its proxy is to know no other Services; else it knows all. */
type Setting = 'crash' | 'ready-seconds' | 'latency-ms-p50' | 'latency-ms-p99' | 'error-rate' | 'egress';

/**
 * How a Pod is to behave: a variable of its application, such as READY_SECONDS, which whoever makes a new version can
 * set; else the sandbox' annotation.
 */
export function settingOf(pod: KubeObject, name: Setting): string | undefined {
  const variable = name.toUpperCase().replaceAll('-', '_');
  const containers: { env?: { name: string; value?: string }[] }[] = pod['spec']?.containers ?? [];
  const [found] = containers.flatMap(({ env = [] }) => env.filter((one) => one.name === variable));
  return found?.value ?? pod.metadata.annotations?.[`${annotationPrefix}${name}`];
}
