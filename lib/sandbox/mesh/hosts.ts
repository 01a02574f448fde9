/** Names of hosts and who may see what: istio.md 1.5. */

export const clusterDomain = 'svc.cluster.local';
export const rootNamespace = 'istio-system';

/** Only a name without any dot is short: `reviews` → `reviews.NAMESPACE.svc.cluster.local`, `reviews.prod` stays. */
export function resolveShortName(host: string, namespace: string): string {
  return host.includes('.') || host === '*' ? host : `${host}.${namespace}.${clusterDomain}`;
}

/** What a client's resolver makes of the host in a URL: it also completes `name.namespace`. */
export function resolveByDns(host: string, namespace: string, exists: (fqdn: string) => boolean): string {
  const candidates = [`${host}.${namespace}.${clusterDomain}`, `${host}.${clusterDomain}`, `${host}.cluster.local`];
  return exists(host) ? host : (candidates.find(exists) ?? host);
}

/** Whether a rule's host (exact, `*.suffix` or `*`) covers the name. */
export function hostCovers(pattern: string, host: string): boolean {
  if (pattern === '*') return true;
  return pattern.startsWith('*') ? host.endsWith(pattern.slice(1)) && host.length >= pattern.length : pattern === host;
}

/** The most specific of the patterns that cover the host: exact, then the longest wildcard; the first of equal ones. */
export function mostSpecific<T>(items: readonly T[], host: string, patternsOf: (item: T) => string[]): T | undefined {
  let best: T | undefined;
  let bestLength = -1;
  for (const item of items) {
    for (const pattern of patternsOf(item)) {
      const length = pattern === host ? Infinity : pattern.length;
      if (hostCovers(pattern, host) && length > bestLength) {
        best = item;
        bestLength = length;
      }
    }
  }
  return best;
}

export type Visibility = 'private' | 'named' | 'public';

/** How `exportTo` shows an object of `owner` to a client namespace; undefined = not at all. Absent means everywhere. */
export function visibility(exportTo: string[] | undefined, owner: string, client: string): Visibility | undefined {
  if (!exportTo?.length || exportTo.includes('*')) return 'public';
  if (exportTo.includes('.') && owner === client) return 'private';
  return exportTo.includes(client) ? 'named' : undefined;
}
