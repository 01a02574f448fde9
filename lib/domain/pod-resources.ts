import type { Container, PodSpec } from './kubernetes.ts';
import { parseQuantity } from './quantity.ts';

/** What pods use up of a namespace's quotas, by the names that `hard` has: `pods`, `requests.cpu`, `limits.memory`… */
export type Amounts = Record<string, number>;

/**
 * What one pod uses up, as the API server counts it: the sum of its containers and sidecars (init containers that go on
 * running), or more where another init container asks for more while it runs.
 */
export function podAmounts({ containers, initContainers = [] }: PodSpec): Amounts {
  const isSidecar = ({ restartPolicy }: Container) => restartPolicy === 'Always';
  const running = sumOf([...containers, ...initContainers.filter(isSidecar)].map(containerAmounts));
  const before = initContainers.map((container, index) => {
    if (isSidecar(container)) return {};
    // Sidecars that started earlier run beside it.
    return sumOf([container, ...initContainers.slice(0, index).filter(isSidecar)].map(containerAmounts));
  });
  return withShortNames(maxOf([running, ...before]));
}

/** Amounts added up. */
export function sumOf(parts: readonly Amounts[]): Amounts {
  return combined(parts, (a, b) => a + b);
}

/** Amounts of several equal pods. */
export function times(amounts: Amounts, count: number): Amounts {
  return Object.fromEntries(Object.entries(amounts).map(([name, value]) => [name, value * count]));
}

function maxOf(parts: readonly Amounts[]): Amounts {
  return combined(parts, Math.max);
}

function combined(parts: readonly Amounts[], join: (a: number, b: number) => number): Amounts {
  const total = new Map<string, number>();
  for (const part of parts) {
    for (const [name, value] of Object.entries(part)) total.set(name, join(total.get(name) ?? 0, value));
  }
  return Object.fromEntries(total);
}

function containerAmounts({ resources = {} }: Container): Amounts {
  const { limits = {} } = resources;
  // The server sets a request that is not there to the limit.
  const requests = { ...limits, ...resources.requests };
  return Object.fromEntries([
    ...Object.entries(requests).map(([name, value]) => [`requests.${name}`, parseQuantity(value) ?? 0]),
    ...Object.entries(limits).map(([name, value]) => [`limits.${name}`, parseQuantity(value) ?? 0]),
  ]);
}

/** A quota may name requests without their prefix, and pods by two names. */
function withShortNames(amounts: Amounts): Amounts {
  const short = ['cpu', 'memory', 'ephemeral-storage'].flatMap((name): [string, number][] => {
    const value = amounts[`requests.${name}`];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...amounts, ...Object.fromEntries(short), pods: 1, 'count/pods': 1 };
}
