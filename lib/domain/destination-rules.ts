import type { DestinationRule, Subset } from './kubernetes.ts';
import { fqdn } from './names.ts';
import { isPublic } from './visibility.ts';

/** The DestinationRules that clients of a host find, looked up as Istio does. */
export interface HostRules {
  /** The oldest rule for exactly this host in the service's namespace: the one to add subsets to. */
  own: DestinationRule | null;
  /** Subsets that clients without a rule of their own see for the host. */
  subsets: Subset[];
  /** The rule whose policy clients get while there is no exact one in the service's namespace. */
  inherited: DestinationRule | null;
  /** Rules that win for the clients of one namespace, or for chosen workloads, over the service's own. */
  elsewhere: DestinationRule[];
  /** Every rule that covers the host, whoever's clients follow it. */
  all: DestinationRule[];
}

/**
 * Istio looks in the client's namespace, then the service's, then the root namespace; the first one with any rule
 * for the host wins whole. Within a namespace the most specific host wins; rules of the same host are merged.
 */
export function rulesOf(host: string, namespace: string, root: string, all: readonly DestinationRule[]): HostRules {
  const matching = all.filter((rule) => matches(rule, host));
  const general = matching.filter(({ spec }) => spec.workloadSelector === undefined);
  const here = general.filter(({ metadata }) => metadata.namespace === namespace).sort(byAge);
  const exact = here.filter((rule) => isExact(rule, host));
  const ofRoot = general.filter((rule) => rule.metadata.namespace === root && isPublic(rule)).sort(byAge);
  const inherited = mostSpecific(here) ?? mostSpecific(ofRoot);
  const effective = exact.length > 0 ? exact : inherited ? [inherited] : [];
  return {
    own: exact[0] ?? null,
    subsets: effective.flatMap(({ spec }) => spec.subsets ?? []),
    inherited: exact.length > 0 ? null : inherited,
    elsewhere: matching.filter(
      (rule) =>
        rule.spec.workloadSelector !== undefined ||
        (rule.metadata.namespace !== namespace && (rule.metadata.namespace !== root || !isPublic(rule))),
    ),
    all: matching,
  };
}

/** Labels of a subset by name; undefined when there is none: proxies then have no cluster for it. */
export function findSubset(subsets: readonly Subset[], name: string): Subset | undefined {
  return subsets.find((subset) => subset.name === name);
}

function matches(rule: DestinationRule, host: string): boolean {
  return isExact(rule, host) || (rule.spec.host.startsWith('*') && host.endsWith(rule.spec.host.slice(1)));
}

function isExact({ metadata, spec }: DestinationRule, host: string): boolean {
  return fqdn(spec.host, metadata.namespace ?? '') === host;
}

function mostSpecific(rules: readonly DestinationRule[]): DestinationRule | null {
  return rules.toSorted((a, b) => b.spec.host.length - a.spec.host.length)[0] ?? null;
}

function byAge(a: DestinationRule, b: DestinationRule): number {
  const left = a.metadata.creationTimestamp ?? '';
  const right = b.metadata.creationTimestamp ?? '';
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
