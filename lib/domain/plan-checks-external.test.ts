import { describe, expect, it } from 'vitest';
import type { DestinationRule, Pod, ServiceEntry } from './kubernetes.ts';
import { checksOf, found, namespace, policy } from './testing/checks.ts';
import { destinationRuleOf } from './testing/snapshot.ts';

const host = 'replay.example.com';
const port = 443;
const entry: ServiceEntry = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'replay', namespace },
  spec: { hosts: [host], ports: [{ number: port, name: 'http', protocol: 'HTTP' }] },
};
const rule = (trafficPolicy: object) => destinationRuleOf('replay', namespace, { host, trafficPolicy });
const podOf = (app: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: app, namespace, labels: { app } },
  spec: { containers: [{ name: app }, { name: 'istio-proxy' }] },
});
const speaking = { mode: 'SIMPLE', sni: host };

interface World {
  entries?: ServiceEntry[];
  rules?: DestinationRule[];
  tls?: boolean;
}

function tlsFound({ entries = [], rules = [], tls = true }: World): string[] {
  const world = { external: { serviceEntries: entries, measured: {} }, destinationRules: rules };
  return found(checksOf(world, { target: { kind: 'external', host, port, tls } }), 'external_tls');
}

describe('TLS to a host outside', () => {
  it('is made where nobody knows the host, and only there', () => {
    expect(tlsFound({})).toEqual(['pass']);
    expect(tlsFound({ rules: [rule({ tls: speaking })] })).toEqual(['fail rule_there']);
    expect(tlsFound({ entries: [entry] })).toEqual(['fail no_rule']);
  });

  it('is taken from the owner’s rule where that speaks it to the host’s port', () => {
    const by = (trafficPolicy: object) => tlsFound({ entries: [entry], rules: [rule(trafficPolicy)] });
    const ofPort = (number: number, tls?: object) => ({ portLevelSettings: [{ port: { number }, tls }] });
    expect(by({ tls: speaking })).toEqual(['pass']);
    expect(by(ofPort(port, speaking))).toEqual(['pass']);
    expect(by(ofPort(8443, speaking))).toEqual(['fail plain_rule']);
    expect(by({ tls: { mode: 'DISABLE' } })).toEqual(['fail plain_rule']);
    // Settings of a port inherit nothing.
    expect(by({ tls: speaking, ...ofPort(port) })).toEqual(['fail plain_rule']);
  });

  it('is refused by a rule without an SNI: proxies would ask the host for the live request’s', () => {
    const rules = [rule({ tls: { mode: 'SIMPLE' } })];
    expect(tlsFound({ entries: [entry], rules })).toEqual(['fail no_sni']);
  });

  it('is not spoken to a host that is asked for without', () => {
    expect(tlsFound({ entries: [entry], tls: false })).toEqual(['pass']);
    expect(tlsFound({ entries: [entry], rules: [rule({ tls: speaking })], tls: false })).toEqual(['fail tls_rule']);
  });
});

describe('proxies that get to know a host outside', () => {
  const reach = (world: Parameters<typeof checksOf>[0], tls = false) => {
    const external = { serviceEntries: [], measured: { [host]: { namespaces: ['shop'], ofHost: [] } } };
    return checksOf({ external, ...world }, { target: { kind: 'external', host, port: 8080, tls } })
      .filter(({ code }) => code === 'external_reach')
      .map(({ severity, params }) => `${severity} ${params.names ?? ''}`.trim());
  };
  const sidecar = (ports: (number | undefined)[], where = namespace) => {
    const egress = ports.map((number) => ({ hosts: ['./*'], ...(number && { port: { number } }) }));
    return { sidecars: [policy('Sidecar', { egress }, where)] };
  };

  it('are those of the namespaces that callers are measured in; unknown where nobody measures', () => {
    expect(reach({})).toEqual(['pass']);
    expect(reach({ external: { serviceEntries: [], measured: {} } })).toEqual(['unknown']);
  });

  it('are not those whose Sidecar names ports, and the host’s not among them', () => {
    expect(reach(sidecar([8080, 9080]))).toEqual(['pass']);
    expect(reach(sidecar([9080]))).toEqual([`warn ${namespace}/some-sidecar`]);
    expect(reach(sidecar([9080], 'shop'))).toEqual(['warn shop/some-sidecar']);
    expect(reach(sidecar([9080], 'elsewhere'))).toEqual(['pass']);
    expect(reach(sidecar([9080, undefined]))).toEqual(['pass']);
    expect(reach(sidecar([]))).toEqual(['pass']);
    // For TLS the task's entry has a port of its own.
    expect(reach(sidecar([8080]), true)).toEqual([`warn ${namespace}/some-sidecar`]);
  });

  it('go by the Sidecar that selects their Pod, else by their namespace’s, else by the mesh’s: no other is named', () => {
    const named = (name: string, ports: number[], where: string, labels?: Record<string, string>) => {
      const [made] = sidecar(ports, where).sidecars;
      const spec = { ...made!.spec, ...(labels && { workloadSelector: { labels } }) };
      return { ...made!, metadata: { name, namespace: where }, spec };
    };
    const callers = (...apps: string[]) => apps.map((app) => podOf(app));
    const root = named('mesh', [9080], 'istio-system');
    const here = named('all', [8080], namespace);
    const shop = named('all', [8080], 'shop');
    expect(reach({ sidecars: [root] })).toEqual(['warn istio-system/mesh']);
    // Callers of the namespace shop go by it still.
    expect(reach({ sidecars: [root, here] })).toEqual(['warn istio-system/mesh']);
    expect(reach({ sidecars: [root, here, shop] })).toEqual(['pass']);
    const ofWeb = named('web', [9080], namespace, { app: 'web' });
    expect(reach({ sidecars: [here, ofWeb], pods: callers('web', 'jobs') })).toEqual([`warn ${namespace}/web`]);
    expect(reach({ sidecars: [here, ofWeb], pods: callers('jobs') })).toEqual(['pass']);
    // Which Pods there are is not known.
    expect(reach({ sidecars: [here, ofWeb] })).toEqual([`warn ${namespace}/web`]);
    const webKnows = named('web', [8080], namespace, { app: 'web' });
    const closed = named('all', [9080], namespace);
    expect(reach({ sidecars: [closed, webKnows], pods: callers('web') })).toEqual(['pass']);
    expect(reach({ sidecars: [root, shop, webKnows], pods: callers('web') })).toEqual(['pass']);
    expect(reach({ sidecars: [root, shop, webKnows], pods: callers('web', 'jobs') })).toEqual([
      'warn istio-system/mesh',
    ]);
    // Those of the root namespace that select Pods hold for Pods there.
    expect(reach({ sidecars: [named('edge', [9080], 'istio-system', { app: 'web' })], pods: callers('web') })).toEqual([
      'pass',
    ]);
    const since = (made: ReturnType<typeof named>, year: number) => ({
      ...made,
      metadata: { ...made.metadata, creationTimestamp: `${year}-01-01T00:00:00Z` },
    });
    const older = since(named('older', [8080], namespace), 2024);
    expect(reach({ sidecars: [since(closed, 2025), older, shop] })).toEqual(['pass']);
  });
});
