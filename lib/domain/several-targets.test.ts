import { describe, expect, it } from 'vitest';
import { adoptionOf, isAdoption } from './drift-answers.ts';
import { findDrift } from './drift.ts';
import type { Deployment, VirtualService } from './kubernetes.ts';
import { permissionsNeeded, permissionsToRetarget, permissionText } from './permissions.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import { fromConfigMap, toConfigMap } from './record.ts';
import { planAnew } from './replan.ts';
import { withJoining, withLeaving } from './retarget.ts';
import { deriveState } from './state.ts';
import { stepsFor } from './steps.ts';
import { stopCommand } from './stop-command.ts';
import { clone } from './structure.ts';
import type { NewVersionTarget, TaskSpec } from './task.ts';
import { deploymentOf, podsOf, reviews } from './testing/snapshot.ts';
import { mirroring } from './testing/standing-task.ts';

const version = (text: string, percentage: number): NewVersionTarget & { percentage: number } => ({
  kind: 'version',
  version: text,
  replicas: 1,
  containers: [],
  percentage,
});
const two: Partial<PlanningInput> = {
  target: undefined,
  percentage: undefined,
  targets: [version('v2', 30), version('v3', 20)],
};
const httpbin = { kind: 'service', namespace: 'tools', name: 'httpbin', port: 8000 } as const;

function planned(input: Partial<PlanningInput> = two, world: Partial<PlanningSnapshot> = {}) {
  const seed = reviews();
  return planCreate({ ...seed.input, ...input }, { ...seed.snapshot, ...world });
}

function failed(input: Partial<PlanningInput>, world: Partial<PlanningSnapshot> = {}): string[] {
  return planned(input, world)
    .checks.filter(({ severity }) => severity === 'fail')
    .map(({ code, params }) => `${code} ${params['reason']}`);
}

describe('a task with two new versions', () => {
  it('makes one subset, one Deployment and one copy of every route for each', () => {
    const { spec } = planned();
    expect(spec?.targets.map(({ id, workload, percentage }) => [id, workload, percentage])).toEqual([
      ['version', 'reviews-v2', 30],
      ['version-2', 'reviews-v3', 20],
    ]);
    expect(spec?.subsets?.subsets.map(({ name, role }) => [name, role])).toEqual([
      ['v2', 'mirror'],
      ['v3', 'mirror'],
    ]);
    expect(spec?.entries.map(({ destination, target }) => [destination.subset, target ?? 'first'])).toEqual([
      ['v2', 'first'],
      ['v3', 'version-2'],
    ]);
    expect(stepsFor('create', spec!).map(({ id }) => id)).toEqual([
      'record',
      'policies:AuthorizationPolicy',
      'policies:AuthorizationPolicy/version-2',
      'subsets',
      'settle-subsets',
      'workload',
      'workload:version-2',
      'ready',
      'ready:version-2',
      'mirror:demo-project/reviews',
    ]);
  });

  it('needs an Istio that copies a request more than once', () => {
    expect(failed(two, { istioVersion: '1.19.4' })).toEqual(['istio several']);
    expect(failed(two, { istioVersion: '1.20.0' })).toEqual([]);
  });

  it('needs two names: versions that give one Deployment are refused', () => {
    expect(failed({ ...two, targets: [version('v2.0', 1), version('v2-0', 1)] })).toEqual(['workload_exists taken']);
  });

  it('needs room for all of its pods', () => {
    const quota = (pods: string) => ({
      resourceQuotas: [
        {
          apiVersion: 'v1',
          kind: 'ResourceQuota',
          metadata: { name: 'pods', namespace: 'demo-project' },
          spec: { hard: { pods } },
          status: { hard: { pods }, used: { pods: '1' } },
        },
      ],
    });
    expect(failed(two, quota('2')).map((text) => text.split(' ')[0])).toEqual(['quota']);
    expect(failed(two, quota('3'))).toEqual([]);
  });

  it('protects each as the task says, but for what a target says of itself', () => {
    const safety = { denyWrites: false, marker: true };
    const targets = [
      { ...version('v2', 30), safety: { marker: false } },
      { ...version('v3', 20), safety: { denyWrites: true } },
    ];
    const policies = (input: Partial<PlanningInput>) =>
      planned({ ...two, ...input }).spec?.targets.map((target) => [
        target.policies?.denyWrites ?? false,
        target.policies?.marker ?? false,
      ]);
    expect(policies({ targets, safety })).toEqual([
      [false, false],
      [true, true],
    ]);
    expect(policies({ targets: [{ ...version('v2', 30), safety: {} }, version('v3', 20)], safety })).toEqual([
      [false, true],
      [false, true],
    ]);
  });

  it('is read from its record as it was planned, and not with a copy of one target named as another’s', () => {
    const { record } = mirroring(two);
    expect(fromConfigMap(toConfigMap(record))).toEqual({ record: JSON.parse(JSON.stringify(record)) });
    const spec = clone(record.spec) as TaskSpec;
    spec.entries[1]!.destination.subset = 'v2';
    expect(fromConfigMap(toConfigMap({ ...record, spec }))).toMatchObject({ problem: { code: 'record_unsafe' } });
    const twice = clone(record.spec) as TaskSpec;
    twice.targets[1]!.id = 'version';
    expect(fromConfigMap(toConfigMap({ ...record, spec: twice }))).toMatchObject({
      problem: { code: 'record_unsafe' },
    });
  });

  it('is stopped by hand by stopping both, the second though somebody has deleted the first', () => {
    expect(stopCommand(planned().spec!)).toBe(
      'kubectl -n demo-project scale deployment reviews-v2 --replicas=0; kubectl -n demo-project scale deployment reviews-v3 --replicas=0',
    );
  });

  it('is stopped by hand by scaling its own to none, whatever is to be done for the other besides', () => {
    const scaled = 'kubectl -n demo-project scale deployment reviews-v2 --replicas=0';
    const { spec } = planned({ ...two, targets: [version('v2', 30), { ...httpbin, percentage: 5 }] });
    const ofGateway = { namespace: 'web', name: 'public' };
    const more = { ...spec!, entries: [...spec!.entries, { ...spec!.entries[1]!, virtualService: ofGateway }] };
    const edits = 'kubectl -n demo-project edit virtualservice reviews; kubectl -n web edit virtualservice public';
    expect(stopCommand(more)).toBe(`${scaled}; ${edits}`);
    const object = clone(reviews().snapshot.virtualServices[0]) as VirtualService;
    object.spec.http![0]!.mirrors = spec!.entries.map(({ destination: { host, subset, port } }) => ({
      destination: { host, port: { number: port }, ...(subset !== null && { subset }) },
    }));
    const [first, patch, ...others] = stopCommand(more, [object]).split('; ');
    expect([first, ...others]).toEqual([scaled, 'kubectl -n web edit virtualservice public']);
    expect(patch).toContain('kubectl -n demo-project patch virtualservice reviews --type=json');
    expect(patch).toContain('"path":"/spec/http/0/mirrors/1"');
  });

  it('gets a target elsewhere also where its subsets would be planned otherwise today, and none that stands on them', () => {
    const { spec } = planned({ ...two, targets: [version('v2', 30)] });
    const joined = (more: NonNullable<PlanningInput['targets']>[number]) => {
      const { spec: anew } = planned({ ...two, targets: [version('v2', 30), more] });
      return withJoining(spec!, { ...anew!, subsets: { ...anew!.subsets!, hadSubsets: false } });
    };
    expect(joined({ ...httpbin, percentage: 5 })?.targets.map(({ id }) => id)).toEqual(['version', 'service']);
    expect(joined(version('v3', 20))).toBeNull();
  });

  it('can be stopped, while a target comes, by who may make none', () => {
    const { spec } = planned({ ...two, targets: [version('v2', 30)] });
    const { spec: anew } = planAnew(spec!, reviews().snapshot, [version('v3', 20)]);
    const joining = withJoining(spec!, anew!);
    expect(permissionsNeeded('pause', joining!).map(({ verb }) => verb)).not.toContain('create');
  });

  it('loses its pins to who may remove the VirtualService of its own that goes with them: while it is paused', () => {
    const targets = [
      { ...version('v2', 30), placement: 'subset' as const },
      { ...httpbin, percentage: 5 },
    ];
    const { spec } = planned({ ...two, targets }, { virtualServices: [], destinationRules: [] });
    const needed = (desired: 'mirroring' | 'paused') =>
      permissionsToRetarget({ spec: withLeaving(spec!, ['version']), desired }).map(permissionText);
    const removal = 'delete virtualservices.networking.istio.io (demo-project)';
    expect(needed('paused')).toContain(removal);
    expect(needed('mirroring')).not.toContain(removal);
  });

  it('is stopped by hand while targets come and go, too: what may not be there stands in the way of nothing', () => {
    const { spec } = planned({
      ...two,
      targets: [version('v2', 30), { ...httpbin, percentage: 5 }, version('v3', 20)],
    });
    const object = clone(reviews().snapshot.virtualServices[0]) as VirtualService;
    const { host, port } = spec!.entries[1]!.destination;
    object.spec.http![0]!.mirrors = [{ destination: { host, port: { number: port } } }];
    const words = (text: string) => text.split('; ').map((command) => command.split(' ').slice(3, 6).join(' '));
    expect(words(stopCommand(withLeaving(spec!, ['version', 'service']), [object]))).toEqual([
      'scale deployment reviews-v3',
      'patch virtualservice reviews',
      'scale deployment reviews-v2',
    ]);
  });

  it('is Degraded by either of its workloads, and Drifted by what becomes of either', () => {
    const { record, live } = mirroring(two);
    expect(deriveState(record, live).state).toBe('Mirroring');
    const [first, second] = live.deployments as [Deployment, Deployment];
    const none = { ...second, status: { readyReplicas: 0 } };
    expect(deriveState(record, { ...live, deployments: [first, none] })).toMatchObject({
      state: 'Degraded',
      reason: { params: { workload: 'reviews-v3' } },
    });
    expect(findDrift(record, { ...live, deployments: [first] })?.reason).toMatchObject({
      code: 'drift_workload_gone',
      params: { name: 'reviews-v3' },
    });
  });

  it('takes over other shares where every route has them, and not a route that copies to one of the two', () => {
    const { record, live } = mirroring(two);
    const changed = (change: (mirrors: object[]) => void) => {
      const virtualServices = clone(live.virtualServices) as VirtualService[];
      change(virtualServices[0]!.spec.http![0]!.mirrors!);
      return adoptionOf(record, { ...live, virtualServices });
    };
    const shares = changed((mirrors) => Object.assign(mirrors[1]!, { percentage: { value: 5 } }));
    expect(isAdoption(shares) && shares.spec.targets.map(({ percentage }) => percentage)).toEqual([30, 5]);
    expect(changed((mirrors) => mirrors.pop())).toMatchObject({ code: 'adopt_targets_differ' });
  });
});

describe('a finished task that kept its own workload beside one of somebody', () => {
  const v3 = deploymentOf('reviews-v3', 'demo-project', { app: 'reviews', version: 'v3' });
  const deployments = [...reviews().snapshot.deployments, v3];
  const { record, live } = mirroring(
    { ...two, targets: [version('v2', 30), { kind: 'version', existing: 'reviews-v3', percentage: 20 }] },
    { deployments, pods: podsOf(...deployments) },
  );
  const finished = { ...record, desired: 'finished' as const, keepsWorkload: true };
  const [own] = live.deployments as [Deployment];
  const [route] = reviews().snapshot.virtualServices;
  const ledTo = (subset: string) => {
    const object = clone(route) as VirtualService;
    object.spec.http![0]!.route![0]!.destination.subset = subset;
    return { ...live, virtualServices: [object], deployments: [own, v3] };
  };

  it('says nothing of what the other one’s owner does with it', () => {
    expect(findDrift(finished, { ...ledTo('v1'), deployments: [own] })).toBeNull();
    expect(findDrift(finished, ledTo('v3'))).toBeNull();
  });

  it('is Drifted by what becomes of its own', () => {
    expect(findDrift(finished, { ...ledTo('v1'), deployments: [v3] })?.reason.code).toBe('drift_workload_gone');
    expect(findDrift(finished, ledTo('v2'))?.reason).toMatchObject({ params: { workload: 'reviews-v2' } });
  });
});

describe('two existing workloads of one version', () => {
  const existing = (name: string, track: string) =>
    deploymentOf(name, 'demo-project', { app: 'reviews', version: 'v2', ...(track !== '' && { track }) });
  const both = (a: Deployment, b: Deployment) => {
    const deployments = [...reviews().snapshot.deployments, a, b];
    const targets = [a, b].map(
      ({ metadata: { name } }) => ({ kind: 'version', existing: name, percentage: 20 }) as const,
    );
    return [
      { ...two, targets },
      { deployments, pods: podsOf(...deployments) },
    ] as const;
  };

  it('get subsets that each select but one of them', () => {
    const world = both(existing('reviews-a', 'a'), existing('reviews-b', 'b'));
    expect(failed(...world)).toEqual([]);
    expect(planned(...world).spec?.subsets?.subsets.map(({ labels }) => labels)).toEqual([
      { app: 'reviews', version: 'v2', track: 'a' },
      { app: 'reviews', version: 'v2', track: 'b' },
    ]);
  });

  it('are refused where no label tells them apart, also when only one of them is to get copies', () => {
    const [asked, world] = both(existing('reviews-a', ''), existing('reviews-b', ''));
    const refused = ['version_new shared'];
    expect(failed(asked, world)).toEqual([...refused, ...refused]);
    expect(failed({ ...two, targets: asked.targets.slice(0, 1) }, world)).toContain('version_new shared');
  });
});

it('a task that copies to a new version and to another service places the version alone', () => {
  const targets = [version('v2', 50), { ...httpbin, percentage: 10 }];
  const { spec } = planned({ ...two, targets });
  expect(spec?.targets.map(({ placement }) => placement)).toEqual(['subset', null]);
  expect(spec?.entries.map(({ destination: { host, port } }) => `${host}:${port}`)).toEqual([
    'reviews.demo-project.svc.cluster.local:9080',
    'httpbin.tools.svc.cluster.local:8000',
  ]);
});
