import { describe, expect, it } from 'vitest';
import type { DestinationRule, Pod, VirtualService } from './kubernetes.ts';
import { allowedActions, deriveState, type LiveTask } from './state.ts';
import { stepsFor } from './steps.ts';
import { clone } from './structure.ts';
import { percentagesOf, withPercentages } from './targets.ts';
import type { Operation, OperationVerb, TaskRecord } from './task.ts';
import { destinationRuleOf } from './testing/snapshot.ts';
import { created, mirroring } from './testing/standing-task.ts';

const now = '2026-05-01T10:10:00.000Z';

function operation(record: TaskRecord, verb: OperationVerb, change: Partial<Operation> = {}): Operation {
  const steps = stepsFor(verb, record.spec).map((step) => ({ ...step, state: 'pending' as const, message: null }));
  return {
    verb,
    holder: 'replica-1',
    startedAt: created,
    renewedAt: now,
    startedBy: 'project-regular',
    steps,
    ...change,
  };
}

function edited<T>(object: T, edit: (copy: T) => void): T {
  const copy = clone(object);
  edit(copy);
  return copy;
}

function withRoutes(live: LiveTask, edit: (object: VirtualService) => void): LiveTask {
  return { ...live, virtualServices: live.virtualServices.map((object) => edited(object, edit)) };
}

function withRules(live: LiveTask, edit: (rules: DestinationRule[]) => void): LiveTask {
  return { ...live, destinationRules: edited([...live.destinationRules], edit) };
}

function waitingPod(live: LiveTask, reason: string): Pod[] {
  return live.pods.map((pod) => ({
    ...pod,
    status: {
      phase: 'Pending',
      conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-05-01T10:01:00Z' }],
      containerStatuses: [
        { name: 'reviews', image: 'nowhere:1', restartCount: 3, state: { waiting: { reason, message: 'not found' } } },
      ],
    },
  }));
}

describe('deriveState', () => {
  it('is Mirroring while everything stands as the task left it', () => {
    const { record, live } = mirroring();
    expect(deriveState(record, live)).toEqual({ state: 'Mirroring', since: created, reason: null });
  });

  it('is Incomplete when nobody was seen to renew the lock for 30 s, whatever else is wrong', () => {
    const { record, live } = mirroring();
    const driven = { ...record, operation: operation(record, 'create') };
    expect(deriveState(driven, { ...live, virtualServices: [], unrenewedMs: 30_001 })).toMatchObject({
      state: 'Incomplete',
      since: now,
      reason: { code: 'operation_interrupted', params: { verb: 'create', step: 'record' } },
    });
    expect(deriveState(driven, { ...live, unrenewedMs: 30_000 }).state).toBe('Preparing');
  });

  it('is Incomplete at once when the driver gave the lock up, and by no time that stands in the record', () => {
    const { record, live } = mirroring();
    const released = { ...record, operation: operation(record, 'create', { released: true }) };
    expect(deriveState(released, live)).toMatchObject({
      state: 'Incomplete',
      reason: { code: 'operation_interrupted' },
    });
    for (const renewedAt of ['1999-01-01T00:00:00.000Z', '2199-01-01T00:00:00.000Z']) {
      const driven = { ...record, operation: operation(record, 'create', { renewedAt }) };
      expect(deriveState(driven, live).state).toBe('Preparing');
    }
  });

  it('is Incomplete with the step’s own words when a step failed', () => {
    const { record, live } = mirroring();
    const failed = operation(record, 'delete');
    failed.steps = failed.steps.map((step, index) =>
      index === 1 ? { ...step, state: 'failed', message: { code: 'still_used', params: { name: 'x' } } } : step,
    );
    expect(deriveState({ ...record, operation: failed }, live)).toMatchObject({
      state: 'Incomplete',
      reason: { code: 'still_used' },
    });
  });

  it('is Deleting while a deletion or a rollback runs', () => {
    const { record, live } = mirroring();
    for (const verb of ['delete', 'rollback'] as const) {
      expect(deriveState({ ...record, operation: operation(record, verb) }, live).state).toBe('Deleting');
    }
  });

  it.each<[string, (live: LiveTask) => LiveTask]>([
    ['drift_serves_live', (live) => withRoutes(live, (vs) => delete vs.spec.http?.[0]?.route?.[0]?.destination.subset)],
    ['drift_mirror_missing', (live) => withRoutes(live, (vs) => delete vs.spec.http?.[0]?.mirror)],
    [
      'drift_mirror_changed',
      (live) => withRoutes(live, (vs) => Object.assign(vs.spec.http?.[0] ?? {}, { mirrorPercentage: { value: 5 } })),
    ],
    [
      'drift_route_gone',
      (live) =>
        withRoutes(live, (vs) => Object.assign(vs.spec.http?.[0] ?? {}, { match: [{ uri: { prefix: '/x' } }] })),
    ],
    ['drift_unrouted', (live) => ({ ...live, virtualServices: [] })],
    ['drift_unrouted', (live) => withRoutes(live, (vs) => Object.assign(vs.spec, { gateways: ['shop'] }))],
    ['drift_unrouted', (live) => withRoutes(live, (vs) => Object.assign(vs.spec, { hosts: ['elsewhere'] }))],
    [
      'drift_unrouted',
      (live) =>
        withRoutes(live, (vs) => Object.assign(vs.spec.http?.[0] ?? {}, { match: [{ sourceLabels: { app: 'x' } }] })),
    ],
    [
      'drift_serves_live',
      (live) => withRules(live, ([own]) => Object.assign(own?.spec.subsets?.[0] ?? {}, { labels: { app: 'reviews' } })),
    ],
    [
      'drift_serves_live',
      (live) => ({
        ...live,
        destinationRules: [
          ...live.destinationRules,
          destinationRuleOf('theirs', 'clients', {
            host: 'reviews.demo-project.svc.cluster.local',
            subsets: [{ name: 'v1', labels: {} }],
          }),
        ],
      }),
    ],
    ['drift_destination_rule_gone', (live) => ({ ...live, destinationRule: null })],
    [
      'drift_subset_missing',
      (live) => ({
        ...live,
        destinationRule: edited(live.destinationRule, (rule: DestinationRule | null) => rule?.spec.subsets?.pop()),
      }),
    ],
    ['drift_workload_gone', (live) => ({ ...live, deployments: [] })],
    [
      'drift_workload_changed',
      (live) => ({
        ...live,
        deployments: edited(live.deployments, ([object]) =>
          Object.assign(object?.spec.template.metadata?.labels ?? {}, { version: 'v3' }),
        ),
      }),
    ],
  ])('is Drifted with %s', (code, change) => {
    const { record, live } = mirroring();
    expect(deriveState(record, change(live))).toMatchObject({ state: 'Drifted', reason: { code } });
  });

  it('is Drifted while paused, too, when nothing keeps live requests away from its pods any more', () => {
    const { record, live } = mirroring();
    const paused: TaskRecord = { ...record, desired: 'paused', desiredSince: now };
    expect(deriveState(paused, { ...live, virtualServices: [] })).toMatchObject({
      state: 'Drifted',
      reason: { code: 'drift_unrouted' },
    });
  });

  it('concludes nothing from kinds that the user may not read', () => {
    const { record, live } = mirroring();
    const hidden = {
      ...live,
      virtualServices: [],
      destinationRule: null,
      unreadable: ['VirtualService', 'DestinationRule'],
    };
    expect(deriveState(record, hidden).state).toBe('Mirroring');
  });

  it('is Paused with its entries out, Drifted when somebody puts one back', () => {
    const { record, live } = mirroring();
    const paused: TaskRecord = { ...record, desired: 'paused', desiredSince: now };
    expect(deriveState(paused, live)).toMatchObject({
      state: 'Drifted',
      reason: { code: 'drift_mirror_while_paused' },
    });
    const out = withRoutes(live, (vs) => delete vs.spec.http?.[0]?.mirror);
    expect(deriveState(paused, out)).toEqual({ state: 'Paused', since: now, reason: null });
  });

  it.each([
    ['ImagePullBackOff', 'mirror_image'],
    ['CrashLoopBackOff', 'mirror_crash'],
    ['CreateContainerConfigError', 'mirror_container'],
  ])('is Degraded by %s, also while a creation waits for it', (waiting, code) => {
    const { record, live } = mirroring();
    const broken = { ...live, pods: waitingPod(live, waiting) };
    const expected = { state: 'Degraded', since: '2026-05-01T10:01:00Z', reason: { code } };
    expect(deriveState(record, broken)).toMatchObject(expected);
    expect(deriveState({ ...record, operation: operation(record, 'create') }, broken)).toMatchObject(expected);
  });

  it('is Degraded without any ready pod, and Drifted when somebody scaled it to 0', () => {
    const { record, live } = mirroring();
    const none = edited(live.deployments, ([object]) => Object.assign(object ?? {}, { status: { readyReplicas: 0 } }));
    expect(deriveState(record, { ...live, deployments: none })).toMatchObject({
      state: 'Degraded',
      reason: { code: 'mirror_no_ready_pods' },
    });
    const zero = edited(live.deployments, ([object]) => Object.assign(object?.spec ?? {}, { replicas: 0 }));
    expect(deriveState(record, { ...live, deployments: zero, pods: [] })).toMatchObject({
      state: 'Drifted',
      reason: { code: 'drift_workload_stopped' },
    });
  });
});

describe('allowedActions', () => {
  const allowed = (record: TaskRecord, state: Parameters<typeof allowedActions>[1]) =>
    allowedActions(record, state, mirroring().live)
      .filter((action) => action.allowed)
      .map(({ verb }) => verb);

  it('follows the state', () => {
    const { record } = mirroring();
    const paused: TaskRecord = { ...record, desired: 'paused' };
    const creating = { ...record, operation: operation(record, 'create') };
    const pausing = { ...paused, operation: operation(record, 'pause') };
    expect(allowed(record, 'Mirroring')).toEqual(['change', 'pause', 'finish', 'delete']);
    expect(allowed(paused, 'Paused')).toEqual(['change', 'resume', 'finish', 'delete']);
    expect(allowed(record, 'Drifted')).toEqual(['pause', 'finish', 'delete', 'restore', 'adopt']);
    expect(allowed(creating, 'Preparing')).toEqual(['pause', 'delete', 'rollback']);
    expect(allowed(creating, 'Incomplete')).toEqual(['delete', 'retry', 'rollback']);
    expect(allowed(pausing, 'Mirroring')).toEqual(['delete']);
    expect(allowed(pausing, 'Incomplete')).toEqual(['delete', 'retry']);
  });

  it.each(['restore', 'adopt'] as const)('lets a task be finished whose %s was interrupted', (verb) => {
    const { record } = mirroring();
    const answering = { ...record, operation: operation(record, verb) };
    expect(allowed(answering, 'Mirroring')).not.toContain('finish');
    expect(allowed(answering, 'Incomplete')).toEqual(['pause', 'finish', 'delete', 'retry']);
  });

  it.each(['change', 'pause', 'resume', 'finish'] as const)('lets a %s be taken back while it runs', (verb) => {
    const { record } = mirroring();
    const desired = verb === 'resume' ? 'paused' : 'mirroring';
    const percentages = verb === 'change' ? [7] : percentagesOf(record.spec);
    const before: NonNullable<Operation['before']> = { desired, percentages };
    const wanted = ({ change: 'mirroring', pause: 'paused', resume: 'mirroring', finish: 'finished' } as const)[verb];
    const running: TaskRecord = {
      ...record,
      desired: wanted,
      operation: { ...operation(record, verb), before },
    };
    // Copies may go on while it runs, and after it broke off: they may be stopped before anything is mended.
    const instead = running.desired === 'mirroring' ? ['pause'] : [];
    expect(allowed(running, 'Mirroring')).toEqual([...instead, 'delete', 'rollback']);
    expect(allowed(running, 'Incomplete')).toEqual([...instead, 'delete', 'retry', 'rollback']);
    // On its way back it is only continued.
    const back = ({ change: 'change', pause: 'resume', resume: 'pause', finish: 'restore' } as const)[verb];
    const goingBack: TaskRecord = {
      ...running,
      desired,
      spec: withPercentages(record.spec, percentages),
      operation: { ...operation(record, back), before },
    };
    const stops = [...(desired === 'mirroring' ? ['pause'] : []), ...(back === 'restore' ? ['finish'] : [])];
    expect(allowed(goingBack, 'Incomplete')).toEqual([...stops, 'delete', 'retry']);
  });

  it.each(['create', 'change', 'resume', 'restore', 'adopt'] as const)('lets a %s that runs be stopped', (verb) => {
    const { record } = mirroring();
    const running = { ...record, operation: operation(record, verb) };
    expect(allowed(running, 'Preparing')).toContain('pause');
    expect(allowed({ ...running, desired: 'paused' }, 'Paused')).not.toContain('pause');
  });

  it('gives a reason for every refusal', () => {
    const { record, live } = mirroring();
    for (const { allowed: is, reason } of allowedActions(record, 'Mirroring', live)) expect(reason === null).toBe(is);
  });
});
