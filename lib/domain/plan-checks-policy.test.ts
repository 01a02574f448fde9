import { describe, expect, it } from 'vitest';
import type { PlanningSnapshot, SelectingObject } from './planning-snapshot.ts';
import { checksOf, found, namespace, policy } from './testing/checks.ts';
import { destinationRuleOf } from './testing/snapshot.ts';

describe('authorization', () => {
  const all = {};
  const named = (name: string, spec: SelectingObject['spec'], where = namespace): SelectingObject => {
    const object = policy('AuthorizationPolicy', spec, where);
    return { ...object, metadata: { ...object.metadata, name } };
  };
  const ofLive = { selector: { matchLabels: { version: 'v1' } } };
  const ofMirror = { selector: { matchLabels: { version: 'v2' } } };
  const of = (...authorizationPolicies: SelectingObject[]) =>
    found(checksOf({ authorizationPolicies }), 'authorization');

  it('fails where everything that the mirror gets is refused and the live version is let through', () => {
    const nothing = named('allow-nothing', {});
    expect(of(nothing, named('reviews', { ...ofLive, rules: [all] }))).toEqual(['fail']);
    expect(of(named('deny', { ...ofMirror, action: 'DENY', rules: [all] }))).toEqual(['fail']);
    expect(of(named('allow-nothing', {}, 'istio-system'), named('reviews', { ...ofLive, rules: [all] }))).toEqual([
      'fail',
    ]);
  });

  it('passes where the same policies hold for both, whatever they say', () => {
    const mesh = named('mesh', { action: 'DENY', rules: [all] }, 'istio-system');
    expect(of()).toEqual(['pass']);
    expect(of(mesh, named('reviews', { selector: { matchLabels: { app: 'reviews' } }, rules: [all] }))).toEqual([
      'pass',
    ]);
    expect(of(named('nothing', {}))).toEqual(['pass']);
  });

  it.each<[string, SelectingObject['spec'], SelectingObject['spec'][]]>([
    ['stricter', { ...ofMirror, action: 'DENY', rules: [{ to: [] }] }, []],
    ['stricter', { ...ofMirror, rules: [all] }, []],
    ['stricter', { ...ofLive, rules: [all] }, [{ rules: [{ to: [] }] }]],
    ['looser', { ...ofLive, rules: [all] }, []],
    ['looser', { ...ofMirror, rules: [all] }, [{ rules: [{ to: [] }] }]],
    ['looser', { ...ofLive, action: 'DENY', rules: [all] }, []],
    ['stricter', { ...ofMirror, action: 'CUSTOM', rules: [all] }, []],
  ])('warns of a policy of one side that makes the mirror %s: %j', (reason, spec, both) => {
    expect(of(named('one', spec), ...both.map((one, index) => named(`both-${index}`, one)))).toEqual([
      `warn ${reason}`,
    ]);
  });

  it('leaves out policies that sidecars do not hold to', () => {
    expect(of(named('audit', { ...ofMirror, action: 'AUDIT', rules: [all] }))).toEqual(['pass']);
    expect(of(named('waypoint', { targetRefs: [{ kind: 'Service', name: 'reviews' }] }))).toEqual(['pass']);
    expect(of(named('elsewhere', { action: 'DENY', rules: [all] }, 'shop'))).toEqual(['pass']);
  });

  it('is unknown where policies cannot be read: one that is hidden may let the copies in', () => {
    const unreadable = [{ kind: 'AuthorizationPolicy', namespace: 'istio-system' }];
    expect(found(checksOf({ unreadable }), 'authorization')).toEqual(['unknown']);
    const authorizationPolicies = [named('nothing', {}), named('reviews', { ...ofLive, rules: [all] })];
    expect(found(checksOf({ unreadable, authorizationPolicies }), 'authorization')).toEqual([
      'warn stricter',
      'unknown',
    ]);
  });
});

describe('mtls', () => {
  const strict = policy('PeerAuthentication', { mtls: { mode: 'STRICT' } });
  const subsets = [{ name: 'v1', labels: { version: 'v1' } }];
  const tls = (mode: string) => ({
    destinationRules: [
      destinationRuleOf('reviews', namespace, { host: 'reviews', subsets, trafficPolicy: { tls: { mode } } }),
    ],
  });
  const of = (parts: Partial<PlanningSnapshot>) => found(checksOf(parts, { placement: 'subset' }), 'mtls');

  it('fails where clients send what the mirror refuses', () => {
    expect(of({ ...tls('DISABLE'), peerAuthentications: [strict] })).toEqual(['fail']);
    expect(of({ ...tls('SIMPLE'), peerAuthentications: [strict] })).toEqual(['fail']);
    const none = policy('PeerAuthentication', { mtls: { mode: 'DISABLE' } });
    expect(of({ ...tls('ISTIO_MUTUAL'), peerAuthentications: [none] })).toEqual(['fail']);
  });

  it('fails for the mirror’s own port and subset, which go before the host', () => {
    const [rule] = tls('ISTIO_MUTUAL').destinationRules;
    const v2 = { name: 'v2', labels: { version: 'v2' }, trafficPolicy: { tls: { mode: 'DISABLE' } } };
    const destinationRules = rule ? [{ ...rule, spec: { ...rule.spec, subsets: [...subsets, v2] } }] : [];
    expect(of({ destinationRules, peerAuthentications: [strict] })).toEqual(['fail']);
  });

  it('passes where Istio finds it out, and where both sides agree', () => {
    expect(of({ peerAuthentications: [strict] })).toEqual(['pass']);
    expect(of({ ...tls('ISTIO_MUTUAL'), peerAuthentications: [strict] })).toEqual(['pass']);
    expect(of(tls('DISABLE'))).toEqual(['pass']);
  });

  it('is unknown for TLS of the clients’ own, and where what the mirror takes cannot be read', () => {
    expect(of(tls('MUTUAL'))).toEqual(['unknown own']);
    const unreadable = [{ kind: 'PeerAuthentication', namespace }];
    expect(of({ ...tls('DISABLE'), unreadable })).toEqual(['unknown unreadable']);
    // Nothing is set: what cannot be read does not matter.
    expect(of({ unreadable })).toEqual(['pass']);
  });
});
