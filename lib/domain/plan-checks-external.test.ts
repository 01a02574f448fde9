import { describe, expect, it } from 'vitest';
import type { DestinationRule, ServiceEntry } from './kubernetes.ts';
import { checksOf, found, namespace } from './testing/checks.ts';
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
