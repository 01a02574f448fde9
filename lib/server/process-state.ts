/**
 * State that the whole process shares. Next bundles a module once for pages, once for routes and once for
 * instrumentation, so a module-level variable would exist three times.
 */
export function processWide<T>(key: string, create: () => T): T {
  const states = ((globalThis as { [stateKey]?: Map<string, unknown> })[stateKey] ??= new Map());
  if (!states.has(key)) states.set(key, create());
  return states.get(key) as T;
}

const stateKey = Symbol.for('mirror-console.process-state');
