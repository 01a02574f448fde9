import type { Destination, HttpRoute } from './kubernetes.ts';
import { canonicalJson, stableHash } from './structure.ts';
import type { RouteKey } from './task.ts';

/** Longest DNS-1123 label and longest label value. */
const labelMaxLength = 63;
const hashLength = 8;
const clusterDomain = 'svc.cluster.local';

/** What is wrong with a name; the text is `invalid.<code>`. */
export type NameProblem = 'name_required' | 'name_too_long' | 'name_uppercase' | 'name_characters' | 'name_edges';

/** Checks a DNS-1123 label (task and Service names) as it is typed; null when it is fine. */
export function nameProblem(name: string): NameProblem | null {
  if (name === '') return 'name_required';
  if (name.length > labelMaxLength) return 'name_too_long';
  if (/[A-Z]/.test(name)) return 'name_uppercase';
  if (!/^[-a-z0-9]+$/.test(name)) return 'name_characters';
  if (name.startsWith('-') || name.endsWith('-')) return 'name_edges';
  return null;
}

/** What is wrong with a version label; the text is `invalid.<code>`. */
export type VersionProblem = 'version_required' | 'version_too_long' | 'version_characters';

/** Checks a Kubernetes label value that is not empty; null when it is fine. */
export function versionProblem(version: string): VersionProblem | null {
  if (version === '') return 'version_required';
  if (version.length > labelMaxLength) return 'version_too_long';
  if (!/^[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?$/.test(version)) return 'version_characters';
  return null;
}

/** What is wrong with the name of a host outside the cluster; null when it is fine. The text is `target.problem.<code>`. */
export function hostProblem(host: string): 'host_required' | 'host_pattern' | null {
  if (host === '') return 'host_required';
  const isName = host.length <= 253 && hostPattern.test(host);
  return isName ? null : 'host_pattern';
}

/** A name of DNS with a dot in it: no wildcard, no address. */
export const hostPattern = /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The port that a text names; null for anything else. */
export function parsePort(text: string): number | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

/** The nearest DNS-1123 label to a text, for suggestions: `Reviews_V2` becomes `reviews-v2`. */
export function toDnsLabel(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, labelMaxLength)
    .replace(/-+$/, '');
}

/** Cuts a name to `maxLength`; what was cut lives on in a hash, so that two long names stay different. */
export function shortenName(name: string, maxLength = labelMaxLength): string {
  if (name.length <= maxLength) return name;
  const head = name.slice(0, maxLength - hashLength - 1).replace(/[-.]+$/, '');
  return `${head}-${stableHash(name).slice(0, hashLength)}`;
}

/** A name like this one that is not in `taken`, as a DNS-1123 label: `try` gives `try-2`, `try-2` gives `try-3`. */
export function freeName(name: string, taken: Iterable<string>): string {
  const used = new Set(taken);
  const [, base = name, digits] = /^(.+?)-(\d{1,6})$/.exec(name) ?? [];
  for (let number = digits === undefined ? 2 : Number(digits) + 1; ; number++) {
    const tail = `-${number}`;
    const candidate = base.slice(0, labelMaxLength - tail.length).replace(/-+$/, '') + tail;
    if (!used.has(candidate)) return candidate;
  }
}

/** Name of the Deployment of a new version: `<service>-<version>` as a DNS-1123 label. */
export function deploymentNameFor(service: string, version: string): string {
  return shortenName(`${service}-${toDnsLabel(version)}`);
}

/** `app` label of a dedicated mirror's pods and the name of the Service that names them. */
export function mirrorAppLabel(service: string, task: string): string {
  return shortenName(`${service}-mirror-${task}`);
}

/** Name of a subset for a version (`v2.0` becomes `v2-0`) that is not in `taken`. */
export function subsetNameFor(version: string, taken: Iterable<string>): string {
  const used = new Set(taken);
  const base = toDnsLabel(version) || 'mirror';
  if (!used.has(base)) return base;
  for (let number = 2; ; number++) {
    const name = shortenName(`${base}-${number}`);
    if (!used.has(name)) return name;
  }
}

/**
 * Host of a destination as Istio sees it from an object in `namespace`: only a name without any dot is expanded;
 * `reviews.prod` stays as it is and names no Kubernetes Service (pilot's ResolveShortnameToFQDN).
 */
export function fqdn(host: string, namespace: string): string {
  return host.includes('.') || host === '' ? host : `${host}.${namespace}.${clusterDomain}`;
}

/** FQDN of a Kubernetes Service. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.${clusterDomain}`;
}

/**
 * The next free version beside existing ones: v1 gives v2, v1.0 gives v2.0, `1.16` gives `2.16`; null when the
 * first one has no number to raise.
 */
export function suggestVersion(existing: readonly string[]): string | null {
  const first = existing[0];
  const parts = first === undefined ? null : /^(\D*)(\d+)(.*)$/.exec(first);
  if (!parts) return null;
  const [, prefix = '', digits = '', rest = ''] = parts;
  const tail = /^(\.\d+)+$/.test(rest) ? rest : '';
  const taken = new Set(existing);
  for (let number = Number(digits) + 1; ; number++) {
    const version = `${prefix}${number}${tail}`;
    if (!taken.has(version)) return version;
  }
}

/**
 * Identity of a route in a shared VirtualService. The hash covers match and destinations (host, port) only: what
 * the owner tunes (weights, timeouts) and what we add (mirror, subset of a pin) does not change it. `http`: the routes
 * that it stands among, to tell it from those that look the same.
 */
export function routeKey(route: HttpRoute, namespace: string, http: readonly HttpRoute[] = []): RouteKey {
  const { name = null } = route;
  const hash = routeHash(route, namespace);
  const twins = http
    .filter((other) => other.name !== route.name && routeHash(other, namespace) === hash)
    .map((other) => other.name ?? null);
  return { name, hash, ...(twins.length > 0 ? { twins } : {}) };
}

/** A plan asks for the same route's hash many times, and changes no route in place. */
const knownHashes = new WeakMap<HttpRoute, { namespace: string; hash: string }>();

function routeHash(route: HttpRoute, namespace: string): string {
  const known = knownHashes.get(route);
  if (known?.namespace === namespace) return known.hash;
  const destinations = (route.route ?? []).map(({ destination }) => [
    fqdn(destination?.host ?? '', namespace),
    destination?.port?.number ?? null,
  ]);
  const hash = stableHash(canonicalJson([route.match ?? null, destinations]));
  knownHashes.set(route, { namespace, hash });
  return hash;
}

/** True when a destination names this Service. */
export function leadsTo(destination: Destination | undefined, namespace: string, host: string): boolean {
  return destination !== undefined && fqdn(destination.host, namespace) === host;
}
