import type { DestinationRule, ServiceEntry } from './kubernetes.ts';
import { makerOf } from './ownership.ts';
import type { PlanningSnapshot } from './planning-snapshot.ts';
import type { ExternalTarget, TaskSpec } from './task.ts';
import { isVisibleTo } from './visibility.ts';

/** What stands in the mesh about a host outside it. */
export interface HostFacts {
  /** Entries that the callers in the task's namespace see. */
  entries: ServiceEntry[];
  /** One of them covers the host's port as HTTP: it is used as it stands. */
  covering: ServiceEntry | null;
  /** Rules for just this host. */
  rules: DestinationRule[];
  /** One of them has proxies speak TLS to its port. */
  tlsRule: DestinationRule | null;
  /** The name by which that one has proxies ask for it (SNI); null: the Host of each request. */
  sni: string | null;
  /** What the task makes names these: the task's namespace, and those that the callers are measured in. */
  exportTo: string[];
  /** False: callers elsewhere are not known, so their proxies are told of nothing. */
  knowsCallers: boolean;
}

const httpProtocols = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB']);

/** Reads the snapshot for a target outside the mesh. */
export function hostFacts(
  { namespace, name }: Pick<TaskSpec, 'namespace' | 'name'>,
  { host, port }: ExternalTarget,
  { external, destinationRules }: PlanningSnapshot,
): HostFacts {
  const isOwn = (object: ServiceEntry | DestinationRule) =>
    makerOf(object) === name && object.metadata.namespace === namespace;
  const entries = (external?.serviceEntries ?? []).filter(
    (entry) => !isOwn(entry) && entry.spec.hosts?.includes(host) === true && isVisibleTo(namespace, entry),
  );
  const rules = destinationRules.filter(
    (rule) => !isOwn(rule) && rule.spec.host === host && isVisibleTo(namespace, rule),
  );
  const tlsRule = rules.find((rule) => speaksTls(tlsOf(rule, port))) ?? null;
  const measured = external?.measured[host] ?? null;
  const callers = measured?.namespaces ?? [];
  return {
    entries,
    covering:
      entries.find(({ spec }) =>
        spec.ports?.some(({ number, protocol = '' }) => number === port && httpProtocols.has(protocol.toUpperCase())),
      ) ?? null,
    rules,
    tlsRule,
    sni: (tlsRule && tlsOf(tlsRule, port)?.sni) || null,
    exportTo: ['.', ...callers.filter((caller) => caller !== namespace).toSorted()],
    knowsCallers: measured !== null,
  };
}

interface TlsSettings {
  mode?: string;
  sni?: string;
}

/** Settings of a port stand in place of all that the rule says for every port, TLS included where they name none. */
function tlsOf({ spec }: DestinationRule, port: number): TlsSettings | undefined {
  const policy = (spec.trafficPolicy ?? {}) as {
    tls?: TlsSettings;
    portLevelSettings?: { port?: { number?: number }; tls?: TlsSettings }[];
  };
  const ofPort = policy.portLevelSettings?.find((settings) => settings.port?.number === port);
  return ofPort ? ofPort.tls : policy.tls;
}

function speaksTls(settings: TlsSettings | undefined): boolean {
  return settings?.mode === 'SIMPLE' || settings?.mode === 'MUTUAL';
}
