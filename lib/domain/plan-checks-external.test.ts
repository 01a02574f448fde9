import { describe, expect, it } from 'vitest';
import type { DestinationRule, ServiceEntry } from './kubernetes.ts';
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
});
