import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ExternalCallers } from '@/lib/domain/planning-snapshot';
import type { RampReason } from '@/lib/domain/ramp';
import type { TaskReport, TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { getCluster } from '@/lib/server/cluster/get-cluster';
import { getEnvironment } from '@/lib/server/env';
import { taskCoverage, type CoverageOptions, type MeasuredCoverage } from '@/lib/server/metrics/coverage';
import { podUsage, type PodUsage } from '@/lib/server/metrics/pod-usage';
import { proxyConvergenceP99Ms } from '@/lib/server/metrics/proxy-convergence';
import { readCallerClusters } from '@/lib/server/metrics/caller-clusters';
import { readExternalCallers } from '@/lib/server/metrics/external-callers';
import { readRequestsFromOutside } from '@/lib/server/metrics/requests-from-outside';
import { freezeReport } from '@/lib/server/metrics/report';
import { readArriving, readStop, type StopEvidence } from '@/lib/server/metrics/stop-evidence';
import { processWide } from '@/lib/server/process-state';
import { ObservedLocks } from './operations/lock';

/** Time, so that tests drive minutes of waiting without sleeping. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Runs `callback` once, `delayMs` after now; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** What every verb works with. */
/** By what it is told how many copies are to arrive. */
export type ExpectedCopies = Pick<CoverageOptions, 'otherPorts' | 'clones'>;

export interface TaskContext {
  cluster: Cluster;
  clock: Clock;
  /** This process, as the holder of locks. */
  holder: string;
  /** How long after a write every proxy has it, in milliseconds. */
  settleMs(): Promise<number>;
  /** Share of the copies that arrive; its own reason says why it cannot be told. */
  coverageOf(
    spec: TaskSpec,
    percentageSince: string,
    expected: ExpectedCopies,
  ): Promise<MeasuredCoverage> | MeasuredCoverage;
  /** Requests of the last day to workloads from callers without a proxy of the mesh; null: nobody measures them. */
  requestsFromOutside(namespace: string, workloads: readonly string[]): Promise<number | null>;
  /** Other clusters of the mesh from which the workloads were called in the last day; null: nobody measures them. */
  callerClusters(namespace: string, workloads: readonly string[]): Promise<readonly string[] | null>;
  /** Who called the workloads, and the host outside, in the last day; null: nobody measures them. */
  callersOf(namespace: string, workloads: readonly string[], host: string): Promise<ExternalCallers | null>;
  /** The figures of a task that is being finished; says why where there are none. */
  reportOf(spec: TaskSpec, report: TaskReport, expected: ExpectedCopies): Promise<TaskReport>;
  /** Whether copies have stopped since every proxy had the change (ISO time). */
  stopOf(spec: TaskSpec, stoppedAt: string): Promise<StopEvidence>;
  /** Whether copies surely arrive though they should have stopped by then: for lists. */
  areArriving(spec: TaskSpec, stoppedAt: string): Promise<boolean>;
  /** 99th percentile, in ms, of the time that a change takes to the proxies; null: nobody measures it. */
  pushP99Ms(): Promise<number | null>;
  /** Processor and memory use of pods, by name. */
  podUsage(namespace: string, pods: readonly string[]): Promise<ReadonlyMap<string, PodUsage>>;
  /** Operations that this process drives, by `namespace/name`. */
  running: Map<string, RunningOperation>;
  /** Ramps that this process raises, by `namespace/name`. */
  ramps: Map<string, RunningRamp>;
  /** How long this process has seen the locks of operations unchanged. */
  locks: ObservedLocks;
}

export interface RunningOperation {
  /** Asks the driver to stop at the next point where nothing is half written. */
  cancel(): void;
  /** Resolves when the driver has stopped, for whatever reason. */
  ended: Promise<void>;
}

export interface RunningRamp extends RunningOperation {
  /** Why it is raised no more, while its driver could not write that down; null: it is, or the record says why not. */
  unwrittenHold: { since: string; reason: RampReason } | null;
}

const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** The context of this process. */
export function getTaskContext(): TaskContext {
  return processWide('tasks', () => {
    const cluster = getCluster();
    return {
      cluster,
      clock: systemClock,
      holder: newHolder(),
      settleMs: async () => {
        const { settleMs } = getEnvironment();
        return settleMsOf(settleMs, settleMs === null ? await proxyConvergenceP99Ms() : null);
      },
      coverageOf: (spec, percentageSince, expected) => taskCoverage(spec, percentageSince, systemClock.now(), expected),
      requestsFromOutside: (namespace, workloads) => readRequestsFromOutside(cluster, { namespace, workloads }),
      callerClusters: (namespace, workloads) => readCallerClusters(cluster, { namespace, workloads }),
      callersOf: (namespace, workloads, host) => readExternalCallers(cluster, { namespace, workloads }, host),
      reportOf: freezeReport,
      stopOf: (spec, stoppedAt) => readStop(spec, stoppedAt, systemClock.now()),
      areArriving: (spec, stoppedAt) => readArriving(spec, stoppedAt, systemClock.now()),
      pushP99Ms: proxyConvergenceP99Ms,
      podUsage,
      running: runningOperations(),
      ramps: runningRamps(),
      locks: new ObservedLocks(
        () => performance.now(),
        () => cluster.health().reachable,
      ),
    };
  });
}

/** Operations that this process drives, by `namespace/name`. */
export function runningOperations(): Map<string, RunningOperation> {
  return processWide('running-operations', () => new Map<string, RunningOperation>());
}

/** Ramps that this process raises, by `namespace/name`. */
export function runningRamps(): Map<string, RunningRamp> {
  return processWide('running-ramps', () => new Map<string, RunningRamp>());
}

/** A name for this process that no other replica has, nor a restart of this one. */
export function newHolder(): string {
  return `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
}

const settleMsMin = 10_000;

/** The configured time, else 10 s or twice the 99th percentile of istiod's push time, whichever is longer. */
export function settleMsOf(configuredMs: number | null, convergenceP99Ms: number | null): number {
  return configuredMs ?? Math.max(settleMsMin, 2 * (convergenceP99Ms ?? 0));
}

/** ISO time of a clock. */
export function isoNow(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}

/** Resolves after `delayMs` on the clock, at once when `signal` aborts. */
export function delay(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal.addEventListener('abort', done);
  });
}
