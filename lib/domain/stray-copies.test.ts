import { describe, expect, it } from 'vitest';
import type { KubeObject, VirtualService } from './kubernetes.ts';
import { clone } from './structure.ts';
import { strayCauses, type StraySurroundings } from './stray-copies.ts';
import { mirroring } from './testing/standing-task.ts';
import { serviceOf, virtualServiceOf } from './testing/snapshot.ts';

const placements = ['dedicated', 'subset'] as const;

/** A paused task: its own entries are out, what was there before it stands. */
function paused(placement: (typeof placements)[number]) {
  const { record, live } = mirroring({ placement });
  const { spec } = record;
  const entriesOut = live.virtualServices.map((object) => {
    const copy = clone(object);
    for (const route of copy.spec.http ?? [])
      for (const field of ['mirror', 'mirrorPercentage'] as const) delete route[field];
    return copy;
  });
  const world: StraySurroundings = {
    deployment: live.deployments[0] ?? null,
    services: [live.service, ...live.mirrorServices].filter((service) => service !== null),
    virtualServices: entriesOut,
    destinationRules: live.destinationRules,
    envoyFilters: [],
    tasks: [],
    rootNamespace: live.rootNamespace,
    pushP99Ms: 300,
    senders: ['productpage-v1.demo-project'],
    unreadable: [],
  };
  const destination = spec.entries[0]!.destination;
  const mirror = { host: destination.host, ...(destination.subset && { subset: destination.subset }) };
  const foreign = virtualServiceOf('canary', 'team-b', {
    hosts: ['ratings'],
    http: [{ route: [{ destination: { host: 'ratings' } }], mirror, name: 'all' }],
  });
  return { spec, world, mirror, foreign, entry: spec.entries[0]! };
}

const codes = (causes: readonly { code: string }[]) => causes.map(({ code }) => code);

describe.each(placements)('what sends copies to a stopped mirror (%s)', (placement) => {
  it('is a mirror of an object in another namespace, which is named', () => {
    const { spec, world, foreign } = paused(placement);
    const causes = strayCauses(spec, { ...world, virtualServices: [...world.virtualServices, foreign] });
    expect(causes).toMatchObject([
      { code: 'stray_other_mirror', params: { namespace: 'team-b', name: 'canary', route: 'all' } },
    ]);
  });

  it('is a mirror in a list, too', () => {
    const { spec, world, foreign, mirror } = paused(placement);
    const listed = clone(foreign);
    delete listed.spec.http![0]!.mirror;
    listed.spec.http![0]!.mirrors = [{ destination: mirror }];
    const causes = strayCauses(spec, { ...world, virtualServices: [...world.virtualServices, listed] });
    expect(codes(causes)).toEqual(['stray_other_mirror']);
  });

  it('is another task, by its name where its record is seen, else one of another console', () => {
    const { spec, world, foreign, entry } = paused(placement);
    const copied: VirtualService = clone(foreign);
    copied.spec.http![0]!.name = 'mirror-console-other-9080';
    copied.spec.http![0]!.mirror = { ...copied.spec.http![0]!.mirror!, port: { number: entry.destination.port } };
    const virtualServices = [...world.virtualServices, copied];
    const other = {
      ...spec,
      name: 'other',
      namespace: 'team-b',
      entries: [{ ...entry, virtualService: { namespace: 'team-b', name: 'canary' } }],
    };
    expect(strayCauses(spec, { ...world, virtualServices, tasks: [other] })).toMatchObject([
      { code: 'stray_other_task', params: { task: 'other', place: 'team-b' } },
    ]);
    expect(codes(strayCauses(spec, { ...world, virtualServices }))).toEqual(['stray_other_console']);
  });

  it('is a route that sends it live requests', () => {
    const { spec, world, mirror } = paused(placement);
    const live = virtualServiceOf('preview', 'team-b', {
      hosts: ['preview.example.com'],
      gateways: ['istio-system/public'],
      http: [{ route: [{ destination: mirror }] }],
    });
    const causes = strayCauses(spec, { ...world, virtualServices: [...world.virtualServices, live] });
    expect(causes).toMatchObject([{ code: 'stray_live_route', params: { namespace: 'team-b', name: 'preview' } }]);
  });

  it('is an EnvoyFilter with a mirror policy for it, and not any other EnvoyFilter', () => {
    const { spec, world, mirror } = paused(placement);
    const filter = (cluster: string): KubeObject =>
      ({
        apiVersion: 'networking.istio.io/v1alpha3',
        kind: 'EnvoyFilter',
        metadata: { name: 'tap', namespace: 'istio-system' },
        spec: { configPatches: [{ patch: { value: { route: { request_mirror_policies: [{ cluster }] } } } }] },
      }) as KubeObject;
    const named = strayCauses(spec, { ...world, envoyFilters: [filter(`outbound|9080||${mirror.host}`)] });
    expect(named).toMatchObject([{ code: 'stray_envoy_filter', params: { namespace: 'istio-system', name: 'tap' } }]);
    const other = [filter('outbound|9080||ratings.demo-project.svc.cluster.local')];
    expect(codes(strayCauses(spec, { ...world, envoyFilters: other }))).toEqual(['stray_stale_proxy']);
  });

  it('is slow pushing where istiod is measured to be slow, a caller without a proxy where the metrics show one', () => {
    const { spec, world } = paused(placement);
    expect(strayCauses(spec, { ...world, pushP99Ms: 42_000 })).toEqual([
      { code: 'stray_slow_push', params: { seconds: 42 } },
    ]);
    expect(codes(strayCauses(spec, { ...world, senders: ['unknown'] }))).toEqual(['stray_without_proxy']);
  });

  it('is a proxy without the change where no object explains it; what could not be read is said instead', () => {
    const { spec, world } = paused(placement);
    expect(strayCauses(spec, world)).toMatchObject([
      { code: 'stray_stale_proxy', params: { senders: 'productpage-v1.demo-project' } },
    ]);
    expect(strayCauses(spec, { ...world, unreadable: ['VirtualService'] })).toMatchObject([
      { code: 'stray_unreadable', params: { kinds: 'VirtualService' } },
    ]);
    expect(codes(strayCauses(spec, { ...world, senders: [] }))).toEqual(['stray_no_cause']);
  });

  it('is never a route to another version, nor to another service', () => {
    const { spec, world } = paused(placement);
    const others = virtualServiceOf('others', 'team-b', {
      hosts: ['x'],
      http: [
        { route: [{ destination: { host: 'ratings' } }], mirror: { host: 'ratings', subset: 'v2' } },
        { route: [{ destination: { host: 'reviews.demo-project.svc.cluster.local', subset: 'v1' } }] },
      ],
    });
    const services = [...world.services, serviceOf('ratings', 'team-b', [{ name: 'http', port: 9080 }])];
    const causes = strayCauses(spec, { ...world, services, virtualServices: [...world.virtualServices, others] });
    expect(codes(causes)).toEqual(['stray_stale_proxy']);
  });
});

it('requests of clients that no rule is for reach a mirror among the service’s own pods', () => {
  const { spec, world } = paused('subset');
  expect(codes(strayCauses(spec, { ...world, virtualServices: [] }))).toEqual(['stray_unrouted']);
});
