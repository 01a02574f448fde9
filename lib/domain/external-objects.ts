import type { DestinationRule, ServiceEntry } from './kubernetes.ts';
import { mirrorAppLabel } from './names.ts';
import { ownLabels } from './ownership.ts';
import { stableHash } from './structure.ts';
import type { ExternalObjects, ExternalTarget, TaskSpec } from './task.ts';

type Maker = Pick<TaskSpec, 'namespace' | 'name' | 'istioApiVersion'> & {
  service: Pick<TaskSpec['service'], 'name'>;
  /** What the objects are named after: see `ownNameOf`. */
  ownName: string;
};

/**
 * The ServiceEntry that makes a host outside known to the proxies of the namespaces, and for TLS the rule that has them
 * speak it. No other namespace sees either: how workloads there reach the host stays as it is.
 */
export function externalObjects(
  { namespace, name, ownName, istioApiVersion, service }: Maker,
  target: ExternalTarget,
  exportTo: readonly string[],
): ExternalObjects {
  const metadata = { name: mirrorAppLabel(service.name, ownName), namespace, labels: ownLabels(name) };
  const number = entryPortOf(target);
  const serviceEntry: ServiceEntry = {
    apiVersion: istioApiVersion,
    kind: 'ServiceEntry',
    // An address that istiod makes up for the host would take the place of its own in what DNS tells the callers.
    metadata: { ...metadata, labels: { ...metadata.labels, 'networking.istio.io/enable-autoallocate-ip': 'false' } },
    spec: {
      hosts: [target.host],
      exportTo: [...exportTo],
      location: 'MESH_EXTERNAL',
      resolution: 'DNS',
      ports: [
        {
          number,
          name: `http-${number}`,
          protocol: 'HTTP',
          ...(number === target.port ? {} : { targetPort: target.port }),
        },
      ],
    },
  };
  const tlsRule: DestinationRule | null = target.tls
    ? {
        apiVersion: istioApiVersion,
        kind: 'DestinationRule',
        metadata,
        spec: {
          host: target.host,
          exportTo: [...exportTo],
          // Beside an SNI that is written down istiod has proxies look for no name in the certificate unless told to: any
          // that some authority of theirs signed would do.
          trafficPolicy: { tls: { mode: 'SIMPLE', sni: target.host, subjectAltNames: [target.host] } },
        },
      }
    : null;
  return { serviceEntry, tlsRule };
}

/**
 * Port under which the callers' proxies know the host by an entry of ours. For TLS it is one that nobody calls: an HTTP
 * listener on 443 would take over every HTTPS connection of these callers to hosts that no rule is for.
 */
export function entryPortOf({ host, port, tls }: ExternalTarget): number {
  return tls ? 20_000 + (Number.parseInt(stableHash(`${host}:${port}`).slice(0, 6), 16) % 10_000) : port;
}
