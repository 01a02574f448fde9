import type { ServiceInfo } from '@/lib/contract/inventory';

/** `null`: all apps; `''`: services without an app label. */
export type AppFilter = string | null;

export interface AppOption {
  app: string;
  count: number;
}

/** Apps of the services with how many each has, by name; services without one last, under ''. */
export function appsOf(services: readonly ServiceInfo[]): AppOption[] {
  const counts = new Map<string, number>();
  for (const service of services) counts.set(service.app ?? '', (counts.get(service.app ?? '') ?? 0) + 1);
  return [...counts]
    .map(([app, count]) => ({ app, count }))
    .toSorted((a, b) => Number(a.app === '') - Number(b.app === '') || a.app.localeCompare(b.app));
}

/** Services of an app whose name holds the text; those that can be chosen first, then by name. */
export function filterServices(services: readonly ServiceInfo[], app: AppFilter, text: string): ServiceInfo[] {
  const wanted = text.trim().toLowerCase();
  return services
    .filter((service) => (app === null || (service.app ?? '') === app) && service.name.toLowerCase().includes(wanted))
    .toSorted((a, b) => Number(b.eligible) - Number(a.eligible) || a.name.localeCompare(b.name));
}
