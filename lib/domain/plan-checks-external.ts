import { finding, listText, orPass, refTo, type Check } from './check.ts';
import { entryPortOf } from './external-objects.ts';
import { hostFacts, type HostFacts } from './external-host.ts';
import { makerOf } from './ownership.ts';
import type { PlanFacts } from './plan-facts.ts';
import type { Planned } from './planned.ts';
import type { SelectingObject } from './planning-snapshot.ts';
import type { Labels } from './selectors.ts';
import { sidecarsHolding } from './sidecar-scope.ts';
import type { ExternalTarget } from './task.ts';
import { hasSidecar, podsOf } from './workloads.ts';

/** Checks of a host outside the mesh: the proxies can get to know it, and no live request to it changes its way. */
export function checkExternal(target: ExternalTarget, planned: Planned): Check[] {
  const { input, snapshot } = planned.facts;
  const facts = hostFacts(input, target, snapshot);
  return [
    ...checkEntry(target, facts, planned),
    ...checkTls(target, facts),
    ...(facts.covering ? [] : [...checkCalled(target, planned), ...checkReach(target, facts, planned)]),
    finding('warn', 'external_leaves', null, { host: target.host, service: planned.spec.service.name }),
  ];
}

/** An entry that covers the host is used; one that does not, or that goes with its task, stands in the way of ours. */
function checkEntry({ host, port, tls }: ExternalTarget, { entries, covering }: HostFacts, { spec }: Planned): Check[] {
  if (host.endsWith('.cluster.local') || host.endsWith('.svc'))
    return [finding('fail', 'external_entry', null, { reason: 'in_cluster', host, port, name: '' })];
  const [entry] = covering ? [covering] : entries;
  if (!entry) {
    if (port === 443 && !tls)
      return [finding('fail', 'external_entry', null, { reason: 'https', host, port, name: '' })];
    return [finding('pass', 'external_entry', null, { found: 'none', host, port, name: '' })];
  }
  const task = makerOf(entry);
  const name = `${entry.metadata.namespace}/${entry.metadata.name}`;
  const reason = task === null ? (covering ? null : 'port') : 'of_task';
  const found = reason
    ? [finding('fail', 'external_entry', refTo(entry), { reason, host, port, name: task ?? name })]
    : [];
  return orPass(found, 'external_entry', refTo(entry), { found: 'one', host, port, name, task: spec.name });
}

/** Somebody's entry goes by somebody's rules: a rule of ours for it would change how live requests reach the host. */
function checkTls({ host, tls }: ExternalTarget, { covering, rules, tlsRule, sni }: HostFacts): Check[] {
  const [rule] = tlsRule ? [tlsRule] : rules;
  const object = rule ? refTo(rule) : null;
  const name = rule ? `${rule.metadata.namespace}/${rule.metadata.name}` : '';
  const failed = (reason: string) => [finding('fail', 'external_tls', object, { reason, host, name })];
  if (tls && covering && !tlsRule) return failed(rule ? 'plain_rule' : 'no_rule');
  // istiod then has proxies take the SNI, and the name to find in the certificate, from a copy's Host: the live one's.
  if (tls && covering && sni === null) return failed('no_sni');
  // Beside somebody's rule ours would not be merged with it in every namespace.
  if (!covering && rule) return failed('rule_there');
  if (!tls && tlsRule) return failed('tls_rule');
  return [finding('pass', 'external_tls', object, { mode: tls ? 'tls' : 'plain', host })];
}

/** Workloads that call the host today would find another way to it. */
function checkCalled({ host }: ExternalTarget, { facts: { input, snapshot } }: Planned): Check[] {
  const measured = snapshot.external?.measured[host] ?? null;
  const naming = snapshot.deployments
    .filter(({ metadata }) => metadata.namespace === input.namespace)
    .filter(({ spec }) =>
      spec.template.spec.containers.some(({ env = [] }) => env.some(({ value }) => value?.includes(host))),
    )
    .map(({ metadata }) => metadata.name);
  if (measured && measured.ofHost.length > 0) {
    return [finding('fail', 'external_called', null, { host, workloads: listText(measured.ofHost) })];
  }
  if (naming.length > 0) return [finding('warn', 'external_called', null, { host, workloads: listText(naming) })];
  return [finding(measured ? 'pass' : 'unknown', 'external_called', null, { host })];
}

/**
 * Proxies that do not get to know the host drop their copies without a word: those elsewhere, and those whose Sidecar
 * names the ports of its listeners, which know every host by one of these alone.
 */
function checkReach(target: ExternalTarget, { exportTo, knowsCallers }: HostFacts, { facts }: Planned): Check[] {
  const { input, snapshot } = facts;
  const namespaces = exportTo.map((name) => (name === '.' ? input.namespace : name));
  const port = entryPortOf(target);
  const params = { host: target.host, namespaces: listText(namespaces), port };
  const holding = new Set(namespaces.flatMap((name) => sidecarsHolding(name, callersIn(name, facts), snapshot)));
  const withoutPort = [...holding].filter((sidecar) => !listensOn(sidecar, port));
  const names = listText(withoutPort.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  const [first] = withoutPort;
  const dropped = first ? [finding('warn', 'external_reach', refTo(first), { ...params, names })] : [];
  const unknown = knowsCallers ? [] : [finding('unknown', 'external_reach', null, params)];
  return orPass([...dropped, ...unknown], 'external_reach', null, params);
}

/** Labels of Pods with a proxy that may call the service; null: none is known, of the task's namespace or of others. */
function callersIn(namespace: string, { input, snapshot, live }: PlanFacts): Labels[] | null {
  if (namespace !== input.namespace) return null;
  const own = new Set(live.flatMap((deployment) => podsOf(deployment, snapshot.pods)));
  const callers = snapshot.pods.filter(
    (pod) => pod.metadata.namespace === namespace && hasSidecar(pod) && !own.has(pod),
  );
  return callers.length > 0 ? callers.map(({ metadata }) => metadata.labels ?? {}) : null;
}

/** A listener without a port is for all of them, and so is no listener. */
function listensOn({ spec }: SelectingObject, port: number): boolean {
  const egress = spec?.egress ?? [];
  return egress.length === 0 || egress.some((listener) => (listener.port?.number ?? port) === port);
}
