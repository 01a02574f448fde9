import { describe, expect, it } from 'vitest';
import { reviews as reviewsService, reviewsV1 } from '@/components/targets/fixtures';
import type { TargetFacts } from '@/components/targets/target-choices';
import type { ChangeBody } from '@/lib/client/tasks';
import type { ContainerInfo } from '@/lib/contract/inventory';
import type { Task } from '@/lib/contract/task';
import { setsShare } from '@/lib/domain/ramp';
import { newTarget } from './added-target-draft';
import {
  copiesWritesAnew,
  editOf,
  leavesGrpcOut,
  matchOf,
  onlyRampSharesOf,
  onlyRemovedOf,
  onlyShareOf,
  ownWorkloadOf,
  shareText,
  stayingOf,
  untouched,
  untouchedTarget,
  withoutAdded,
  type TargetDraft,
} from './edit-draft';

const task = {
  namespace: 'demo-project',
  service: 'reviews',
  match: [{ headers: { 'x-test-user': { exact: 'true' } } }],
  safety: { methods: null, denyWrites: true, marker: false },
  targets: [
    {
      id: 'version',
      kind: 'version',
      name: 'reviews-v2',
      workload: 'reviews-v2',
      version: 'v2',
      created: true,
      percentage: 25,
      replicas: { ready: 1, desired: 2 },
    },
  ],
} as unknown as Task;
const reviews: ContainerInfo = {
  name: 'reviews',
  image: 'reviews:2',
  init: false,
  env: [],
  resources: { requests: {}, limits: {} },
};

const deployment = { ...reviewsV1, name: 'reviews-v2', version: 'v2', services: [], containers: [reviews] };
const facts: TargetFacts = { services: [reviewsService], deployments: [deployment, reviewsV1] };
/** The task as it is, and of its target what is typed. */
const typed = (patch: Partial<TargetDraft>) => ({
  ...untouched,
  targets: { version: { ...untouchedTarget, ...patch } },
});

describe('an edit of a task', () => {
  it('of nothing asks for nothing, whatever is typed and typed back', () => {
    const draft = typed({ replicas: 2, images: { reviews: ' reviews:2 ' }, percentage: '25.0' });
    expect(editOf(task, draft, facts)).toEqual({ change: {}, problems: [] });
  });

  it('to reads alone is known to leave gRPC calls out where the task copies of such a port', () => {
    const ports = [...reviewsService.ports, { name: 'grpc', port: 9090, protocol: 'grpc' as const }];
    const known = { ...facts, services: [{ ...reviewsService, ports }] };
    const leavesOut = (copied: number[], readsOnly: boolean | null, methods: string[] | null = null) =>
      leavesGrpcOut(
        { ...task, ports: copied, safety: { ...task.safety, methods } } as Task,
        { ...untouched, readsOnly },
        known,
      );
    expect(leavesOut([9080, 9090], true)).toBe(true);
    expect(leavesOut([9080], true)).toBe(false);
    expect(leavesOut([9080, 9090], null)).toBe(false);
    // So it was before.
    expect(leavesOut([9080, 9090], null, ['GET'])).toBe(false);
  });

  it('asks for what differs, and only for that', () => {
    const change = (draft: object) => editOf(task, { ...untouched, ...draft }, facts).change;
    expect(change(typed({ percentage: '5' }))).toEqual({ percentage: 5 });
    expect(change({ conditions: [] })).toEqual({ match: null });
    expect(change({ readsOnly: true })).toEqual({ safety: { methods: ['GET', 'HEAD', 'OPTIONS'] } });
    expect(change(typed({ replicas: 3, images: { reviews: 'reviews:3', gone: 'x' } }))).toEqual({
      replicas: 3,
      containers: [{ name: 'reviews', image: 'reviews:3' }],
    });
  });

  it('does not take back what somebody else, or a ramp, changes while other fields are typed', () => {
    const [target] = task.targets;
    const later = { ...task, match: [], targets: [{ ...target!, percentage: 50 }] };
    const draft = typed({ images: { reviews: 'reviews:3' } });
    expect(editOf(later, draft, facts).change).toEqual({
      containers: [{ name: 'reviews', image: 'reviews:3' }],
    });
    expect(shareText(later.targets[0]!, draft.targets.version)).toBe('50');
    expect(editOf(later, typed({ percentage: '25' }), facts).change).toEqual({ percentage: 25 });
  });

  it('names each field that is not yet anything', () => {
    const [condition] = matchOf(task, untouched).conditions;
    const draft = {
      ...typed({ percentage: '', images: { reviews: '' } }),
      conditions: [{ ...condition!, path: 'no-slash' }],
    };
    expect(editOf(task, draft, facts).problems.map(({ target, field, code }) => [target, field, code])).toEqual([
      ['version', 'percentage', 'percentage_required'],
      ['version', 'image.reviews', 'image_required'],
      [null, 'match.1.path', 'path_slash'],
    ]);
  });

  it('of several targets names those that differ, each by its id', () => {
    const [target] = task.targets;
    const second = { ...target!, id: 'version-2', workload: 'reviews-v3' };
    const several = { ...task, targets: [target!, second] };
    const change = (patch: Partial<TargetDraft>) => {
      const targets = { 'version-2': { ...untouchedTarget, ...patch } };
      const deployments = [{ ...deployment, name: 'reviews-v3' }];
      return editOf(several, { ...untouched, targets }, { ...facts, deployments }).change;
    };
    expect(change({})).toEqual({});
    expect(change({ percentage: '5' })).toEqual({ targets: [{ id: 'version-2', percentage: 5 }] });
    expect(change({ images: { reviews: 'reviews:3' } })).toEqual({
      targets: [{ id: 'version-2', containers: [{ name: 'reviews', image: 'reviews:3' }] }],
    });
  });

  it('is of a share alone where one share differs and nothing else', () => {
    expect(onlyShareOf({ percentage: 5 })).toBe(5);
    expect(onlyShareOf({ targets: [{ id: 'version', percentage: 5 }] })).toBe(5);
    expect(onlyShareOf({})).toBeNull();
    expect(onlyShareOf({ percentage: 5, match: null })).toBeNull();
    expect(onlyShareOf({ targets: [{ id: 'version', percentage: 5, replicas: 2 }] })).toBeNull();
    const both = ['version', 'version-2'].map((id) => ({ id, percentage: 5 }));
    expect(onlyShareOf({ targets: both })).toBeNull();
  });

  it('in steps names them in place of a share, whatever was typed as one', () => {
    const ramp = [
      { id: '1', shares: { version: '5' }, minutes: '10' },
      { id: '2', shares: { version: '50' }, minutes: '' },
    ];
    const draft = { ...typed({ percentage: 'x', replicas: 3 }), ramp };
    const steps = [{ percentage: 5, holdSeconds: 600 }, { percentage: 50 }];
    expect(editOf(task, draft, facts)).toEqual({ change: { ramp: steps, replicas: 3 }, problems: [] });
    expect([onlyRampSharesOf({ ramp: steps }), onlyRampSharesOf({ ramp: steps, replicas: 3 })]).toEqual([[5], null]);
    const [first] = ramp;
    const { problems } = editOf(task, { ...draft, ramp: [{ ...first!, shares: {} }] }, facts);
    expect(problems.map(({ field, code }) => [field, code])).toEqual([['ramp.1.share.version', 'percentage_required']]);
  });

  it('sets a share at once by one of its own or of some target, and not by steps', () => {
    const one = { id: 'version', percentage: 5 };
    const changes = [{ percentage: 5 }, { targets: [one] }, { targets: [{ id: 'version', replicas: 2 }] }, {}];
    expect(changes.map(setsShare)).toEqual([true, true, false, false]);
    const start: ChangeBody = { ramp: [{ targets: [one] }] };
    expect(setsShare(start)).toBe(false);
  });

  it('removes a target by its id, whatever is typed of it, and says so where it does nothing else', () => {
    const [target] = task.targets;
    const second = { ...target!, id: 'version-2', label: 'v3', workload: 'reviews-v3' };
    const several = { ...task, targets: [target!, second] };
    const draft = { ...untouched, targets: { 'version-2': { ...untouchedTarget, percentage: 'x', isRemoved: true } } };
    const { change, problems } = editOf(several, draft, facts);
    expect({ change, problems }).toEqual({ change: { targets: [{ id: 'version-2', remove: true }] }, problems: [] });
    expect(onlyRemovedOf(several, change)).toEqual(['v3']);
    expect(onlyRemovedOf(several, { ...change, match: null })).toBeNull();
    expect(onlyRemovedOf(several, { targets: [{ id: 'version', percentage: 5 }] })).toBeNull();
    expect(stayingOf(several, draft).map(({ id }) => id)).toEqual(['version']);
  });

  it('adds a target beside what else is changed, or in the place of the only one', () => {
    const added = { ...newTarget, version: 'v3' };
    const addTargets = [{ kind: 'version', version: 'v3', replicas: 1, containers: [], percentage: 1 }];
    expect(editOf(task, { ...typed({ percentage: '5' }), added }, facts)).toEqual({
      change: { percentage: 5, addTargets },
      problems: [],
    });
    expect(editOf(task, { ...typed({ isRemoved: true }), added }, facts).change).toEqual({
      targets: [{ id: 'version', remove: true }],
      addTargets,
    });
  });

  it('names what an added target lacks, and adds none by then', () => {
    const added = { ...newTarget, targetKind: 'external' as const, externalPort: '0', percentage: '' };
    const { change, problems } = editOf(task, { ...untouched, added }, facts);
    expect(change).toEqual({});
    expect(problems.map(({ field, code }) => [field, code])).toEqual([
      ['added.percentage', 'percentage_required'],
      ['added.externalHost', 'host_required'],
      ['added.externalPort', 'host_port'],
    ]);
  });

  it('knows when writes begin to be copied to what is not the task’s', () => {
    const [target] = task.targets;
    const copies = (methods: string[] | null, change: Parameters<typeof copiesWritesAnew>[1], created = true) =>
      copiesWritesAnew({ ...task, safety: { methods }, targets: [{ ...target!, created }] } as unknown as Task, change);
    const outside = { kind: 'external', host: 'replay.example.com', port: 80, tls: false, percentage: 1 } as const;
    const next = { kind: 'version' as const, version: 'v3', replicas: 1, containers: [], percentage: 1 };
    const all = { safety: { methods: null } };
    expect(copies(null, { addTargets: [outside] })).toBe(true);
    expect(copies(['GET'], { addTargets: [outside] })).toBe(false);
    expect(copies(null, { addTargets: [next] })).toBe(false);
    expect(copies(null, { percentage: 5 }, false)).toBe(false);
    expect(copies(['GET'], all, false)).toBe(true);
    expect(copies(['GET'], all)).toBe(false);
  });

  it('keeps what is removed when the added target is not wanted any more, but for the only one', () => {
    const [target] = task.targets;
    const several = { ...task, targets: [target!, { ...target!, id: 'version-2' }] };
    const draft = { ...typed({ isRemoved: true, percentage: '5' }), added: newTarget };
    expect(withoutAdded(several, draft)).toEqual({ ...draft, added: null });
    expect(withoutAdded(task, draft)).toEqual(typed({ isRemoved: false, percentage: '5' }));
  });

  it('adds or removes targets apart from a choice of requests and from a ramp', () => {
    const ramp = [{ id: '1', shares: { version: '30' }, minutes: '' }];
    const added = { ...newTarget, version: 'v3' };
    const codes = (draft: object) =>
      editOf(task, { ...untouched, added, ...draft }, facts).problems.map(({ code }) => code);
    expect(codes({})).toEqual([]);
    for (const more of [{ conditions: [] }, { readsOnly: true }, { ramp }])
      expect(codes(more)).toEqual(['retarget_alone']);
  });

  it('leaves a workload alone that is not the task’s own', () => {
    const [target] = task.targets;
    expect(ownWorkloadOf(target!)).toBe('reviews-v2');
    expect(ownWorkloadOf({ ...target!, created: false })).toBeNull();
  });
});
