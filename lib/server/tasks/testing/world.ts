import { DrivenClock } from '@/lib/sandbox/core/clock';
import { startSandbox, type RunningSandbox, type SandboxOptions } from '@/lib/sandbox/start';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { ExternalCallers } from '@/lib/domain/planning-snapshot';
import type { TaskState } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { openCluster } from '@/lib/server/cluster/kubernetes-cluster';
import { measureCoverage } from '@/lib/server/metrics/coverage';
import { Prometheus } from '@/lib/server/metrics/prometheus';
import { createTransport } from '@/lib/server/metrics/prometheus-transport';
import { measureReport } from '@/lib/server/metrics/report';
import { areArriving, measureStop, type StopOptions } from '@/lib/server/metrics/stop-evidence';
import { newHolder, type TaskContext } from '../context';
import { getTask } from '../get-task';
import { ObservedLocks } from '../operations/lock';
import type { TaskView } from '../view/task-view';
import { Owner } from './owner';
import { countCalls, type CallCounter } from './count-calls';

export const settleMs = 10_000;
/** How far the clock moves while nothing is under way on the wire. */
export const strideMs = 500;
const strideMax = 4_000;

export interface WorldOptions extends Pick<SandboxOptions, 'pushDelayMs'> {
  stridesPerLook?: number;
}

type User = Parameters<RunningSandbox['kubeconfigFor']>[0];

/**
 * A sandbox and consoles in front of it, all on one driven clock. `until` moves time only while no console waits for
 * an answer of the API server, so that a slow machine does not make locks go stale.
 */
export class World {
  readonly clock: DrivenClock;
  readonly sandbox: RunningSandbox;
  readonly owner: Owner;
  /** What Prometheus would tell of callers without a proxy; null: nothing. */
  requestsFromOutside: number | null = 0;
  /** Other clusters whose callers Prometheus would tell of; null: of none, nor that there are none. */
  callerClusters: string[] | null = [];
  /** What Prometheus would tell of the callers of a service, and of a host outside. */
  callers: ExternalCallers | null = { namespaces: ['demo-project'], ofHost: [] };
  /** What measures reports, and tells of copies after a stop: nothing, until a test has the sandbox's Prometheus asked. */
  metrics: StopOptions = { prometheus: null, matcher: null };
  readonly #opened: { cluster: Cluster; calls: CallCounter }[] = [];

  readonly #stridesPerLook: number;

  private constructor(clock: DrivenClock, sandbox: RunningSandbox, stridesPerLook: number) {
    this.#stridesPerLook = stridesPerLook;
    this.clock = clock;
    this.sandbox = sandbox;
    this.owner = new Owner(sandbox);
  }

  /** `stridesPerLook`: how often it is looked at a task for whose state is waited, which costs more than a stride. */
  static async start({ stridesPerLook = 1, ...options }: WorldOptions = {}): Promise<World> {
    const clock = new DrivenClock(Date.parse('2026-03-06T10:00:00Z'));
    return new World(clock, await startSandbox({ clock, historyMs: 0, ...options }), stridesPerLook);
  }

  /** From here on the sandbox's Prometheus is asked for what `metrics` measures. */
  measure(): void {
    const { prometheusUrl: url } = this.sandbox;
    const transport = createTransport({ url, tokenFile: null, caFile: null, headers: {}, matcher: null });
    this.metrics = { prometheus: new Prometheus(transport, () => this.clock.now()), matcher: null };
  }

  /** A console of its own: one replica, one user. `wrap` may break its connection. */
  console(user: User = 'admin', wrap: (cluster: Cluster) => Cluster = (cluster) => cluster): TaskContext {
    const opened = openCluster({ kubeconfigText: this.sandbox.kubeconfigFor(user) });
    const { cluster, calls } = countCalls(opened);
    this.#opened.push({ cluster: opened, calls });
    return {
      cluster: wrap(cluster),
      clock: this.clock,
      holder: newHolder(),
      settleMs: async () => settleMs,
      coverageOf: (spec, since, expected) =>
        measureCoverage(spec, since, this.clock.now(), { prometheus: null, matcher: null, settleMs, ...expected }),
      requestsFromOutside: async () => this.requestsFromOutside,
      callerClusters: async () => this.callerClusters,
      callersOf: async () => this.callers,
      reportOf: (spec, report, expected) => measureReport(spec, report, { ...this.metrics, settleMs, ...expected }),
      stopOf: (spec, stoppedAt) => measureStop(spec, stoppedAt, this.clock.now(), this.metrics),
      areArriving: (spec, stoppedAt) => areArriving(spec, stoppedAt, this.clock.now(), this.metrics),
      pushP99Ms: async () => null,
      podUsage: async () => new Map(),
      running: new Map(),
      ramps: new Map(),
      locks: new ObservedLocks(
        () => this.clock.now(),
        () => opened.health().reachable,
      ),
    };
  }

  /** Lets time pass until the condition holds. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    return this.#until(what, condition, 1);
  }

  /** Lets time pass until what a look at a task tells. */
  untilSeen(what: string, condition: () => Promise<boolean>): Promise<void> {
    return this.#until(what, condition, this.#stridesPerLook);
  }

  /** Lets time pass while nothing is expected to happen. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await this.until(`${ms} ms have passed`, () => this.clock.now() >= end);
  }

  /** Lets time pass until the task is in the state, and answers it. */
  async untilState(console: TaskContext, namespace: string, name: string, state: TaskState): Promise<TaskView> {
    const read = () => getTask(console, { namespace, name });
    try {
      await this.untilSeen(state, async () => {
        const view = await read();
        return view.derived.state === state && (view.record.operation === null || state === 'Incomplete');
      });
    } catch (error) {
      const { derived } = await read();
      throw new Error(`${name} is ${JSON.stringify(derived)} instead of ${state}`, { cause: error });
    }
    return read();
  }

  /** Lets time pass until nothing of the task is left. */
  async untilGone(console: TaskContext, namespace: string, name: string): Promise<void> {
    await this.untilSeen(`${name} is gone`, async () => {
      const maps = await console.cluster.list('ConfigMap', namespace);
      return !maps.some(({ metadata }) => metadata.name === `mirror-console.${name}`);
    });
  }

  /** Ends all consoles but the first. */
  endOthers(): void {
    for (const { cluster } of this.#opened.splice(1)) cluster.close();
  }

  async stop(): Promise<void> {
    for (const { cluster } of this.#opened) cluster.close();
    await this.sandbox.stop();
  }

  async #until(what: string, condition: () => boolean | Promise<boolean>, stridesPerLook: number): Promise<void> {
    for (let stride = 0; stride < strideMax * stridesPerLook; stride++) {
      await this.#wireIdle();
      if (stride % stridesPerLook === 0 && (await condition())) return;
      this.clock.advance(strideMs);
    }
    throw new Error(`waited in vain until ${what}`);
  }

  async #wireIdle(): Promise<void> {
    do await new Promise((resolve) => setTimeout(resolve, 1));
    while (this.#opened.some(({ calls }) => calls.underWay > 0));
  }
}

/** The input of a new version, as the wizard sends it. */
export function newVersion(
  fields: Pick<CreateTaskInput, 'namespace' | 'name' | 'service'> & Partial<CreateTaskInput>,
  containers: Extract<CreateTaskInput['target'], { version: string }>['containers'],
): CreateTaskInput {
  return {
    description: '',
    percentage: 100,
    target: { kind: 'version', version: 'v2', replicas: 1, containers },
    ...fields,
  };
}
