/**
 * The scheduler and the kubelet of the one node: Pods get an address, pull, start, become ready, fail
 * to pull an unknown image, crash on request, and end when they are deleted.
 */
import type { ImageBehaviour, KubeObject } from '../../core/objects.ts';
import { toTime } from '../registry.ts';
import { ApiError } from '../status.ts';
import { withCondition, writeStatus, type Condition, type Controller, type ControllerContext } from './controller.ts';
import { recordEvent } from './events.ts';

export const nodeName = 'sandbox-node';
export const nodeAddress = '172.18.0.2';
const component = 'kubelet';
const crashAnnotation = 'sandbox.mirror-console.io/crash';
const readyAnnotation = 'sandbox.mirror-console.io/ready-seconds';

const scheduleMs = 30;
const pullMs = 400;
const startMs = 300;
const crashAfterMs = 800;
const firstBackOffMs = 10_000;
const longestBackOffMs = 300_000;
const terminationMs = 1500;

export interface KubeletOptions {
  /** What is known of an image; undefined for one that cannot be pulled. */
  behaviour: (image: string) => ImageBehaviour | undefined;
}

interface Container {
  name: string;
  image: string;
}

interface ContainerStatus extends Container {
  imageID: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: Record<string, unknown>;
  lastState: Record<string, unknown>;
  containerID?: string;
}

export function startKubelet(context: ControllerContext, options: KubeletOptions): Controller {
  return new Kubelet(context, options);
}

class Kubelet implements Controller {
  readonly #context: ControllerContext;
  readonly #options: KubeletOptions;
  readonly #timers = new Map<string, Set<() => void>>();
  readonly #unsubscribe: () => void;
  #nextAddress = 10;

  constructor(context: ControllerContext, options: KubeletOptions) {
    this.#context = context;
    this.#options = options;
    this.#unsubscribe = context.store.subscribe(({ type, object, previous }) => {
      if (object.kind !== 'Pod') return;
      const uid = object.metadata.uid ?? '';
      if (type === 'ADDED') this.#after(uid, scheduleMs, () => this.#schedule(uid, object));
      else if (type === 'DELETED') this.#forget(uid);
      else if (object.metadata.deletionTimestamp && !previous?.metadata.deletionTimestamp) this.#terminate(object);
    });
  }

  stop(): void {
    this.#unsubscribe();
    for (const uid of this.#timers.keys()) this.#forget(uid);
  }

  #after(uid: string, delayMs: number, act: () => void): void {
    const timers = this.#timers.get(uid) ?? new Set();
    this.#timers.set(uid, timers);
    const cancel = this.#context.clock.after(delayMs, () => {
      timers.delete(cancel);
      try {
        act();
      } catch (error) {
        // A Pod changed or deleted under the kubelet's hands is simply not its Pod any more.
        if (!(error instanceof ApiError)) throw error;
      }
    });
    timers.add(cancel);
  }

  #forget(uid: string): void {
    for (const cancel of this.#timers.get(uid) ?? []) cancel();
    this.#timers.delete(uid);
  }

  /** The Pod as it is now, unless it is gone, another one, or going. */
  #current(uid: string, pod: KubeObject): KubeObject | undefined {
    const found = this.#context.store.get('', 'Pod', pod.metadata.namespace, pod.metadata.name);
    return found?.metadata.uid === uid && !found.metadata.deletionTimestamp ? found : undefined;
  }

  #schedule(uid: string, stale: KubeObject): void {
    const pod = this.#current(uid, stale);
    if (!pod) return;
    // The scheduler writes through the binding subresource, which may set what updates may not.
    const bound = pod['spec'].nodeName ? pod : this.#context.store.put({ ...pod, spec: { ...pod['spec'], nodeName } });
    const { namespace, name } = bound.metadata;
    recordEvent(this.#context, bound, {
      reason: 'Scheduled',
      message: `Successfully assigned ${namespace}/${name} to ${nodeName}`,
      component: 'default-scheduler',
    });
    const containers: Container[] = bound['spec'].containers;
    this.#write(bound, {
      phase: 'Pending',
      hostIP: nodeAddress,
      hostIPs: [{ ip: nodeAddress }],
      startTime: toTime(this.#context.clock.now()),
      qosClass: 'Burstable',
      containerStatuses: containers.map((container) => this.#waiting(container, 'ContainerCreating')),
    });
    this.#after(uid, pullMs, () => this.#pull(uid, bound, 0));
  }

  #waiting({ name, image }: Container, reason: string, message?: string): ContainerStatus {
    return {
      name,
      image,
      imageID: '',
      ready: false,
      started: false,
      restartCount: 0,
      state: { waiting: { reason, ...(message ? { message } : {}) } },
      lastState: {},
    };
  }

  #pull(uid: string, stale: KubeObject, attempt: number): void {
    const pod = this.#current(uid, stale);
    if (!pod) return;
    const containers: Container[] = pod['spec'].containers;
    const missing = containers.filter(({ image }) => !this.#options.behaviour(image));
    if (missing.length > 0) {
      this.#failPull(uid, pod, missing, attempt);
      return;
    }
    for (const { name, image } of containers) {
      const fieldPath = `spec.containers{${name}}`;
      const say = (reason: string, message: string) =>
        recordEvent(this.#context, pod, { reason, message, component, fieldPath });
      say('Pulled', `Successfully pulled image "${image}" in ${pullMs}ms (${pullMs}ms including waiting)`);
      say('Created', `Created container: ${name}`);
      say('Started', `Started container ${name}`);
    }
    this.#after(uid, startMs, () => this.#start(uid, pod, 0));
  }

  #failPull(uid: string, pod: KubeObject, missing: readonly Container[], attempt: number): void {
    const startedAt = toTime(this.#context.clock.now());
    const statuses = (reason: string, message: (image: string) => string): ContainerStatus[] =>
      (pod['spec'].containers as Container[]).map((container) =>
        missing.some(({ name }) => name === container.name)
          ? this.#waiting(container, reason, message(container.image))
          : // The other containers of the Pod run meanwhile.
            { ...this.#waiting(container, ''), started: true, ready: true, state: { running: { startedAt } } },
      );
    const why = (image: string) =>
      `failed to pull and unpack image "${image}": failed to resolve reference "${image}": pull access denied, repository does not exist or may require authorization`;
    this.#write(pod, { ...pod['status'], containerStatuses: statuses('ErrImagePull', why) });
    for (const { name, image } of missing) {
      const fieldPath = `spec.containers{${name}}`;
      recordEvent(this.#context, pod, {
        type: 'Warning',
        reason: 'Failed',
        message: `Failed to pull image "${image}": ${why(image)}`,
        component,
        fieldPath,
      });
      recordEvent(this.#context, pod, {
        type: 'Warning',
        reason: 'Failed',
        message: 'Error: ErrImagePull',
        component,
        fieldPath,
      });
    }
    this.#after(uid, 1500, () => {
      const current = this.#current(uid, pod);
      if (!current) return;
      this.#write(current, {
        ...current['status'],
        containerStatuses: statuses(
          'ImagePullBackOff',
          (image) => `Back-off pulling image "${image}": ErrImagePull: ${why(image)}`,
        ),
      });
      for (const { name, image } of missing) {
        recordEvent(this.#context, current, {
          reason: 'BackOff',
          message: `Back-off pulling image "${image}"`,
          component,
          fieldPath: `spec.containers{${name}}`,
        });
      }
    });
    this.#after(uid, backOffMs(attempt), () => this.#pull(uid, pod, attempt + 1));
  }

  #podAddress(): string {
    const host = this.#nextAddress++;
    return `10.244.${(host >> 8) & 255}.${host & 255}`;
  }

  #start(uid: string, stale: KubeObject, restarts: number): void {
    const pod = this.#current(uid, stale);
    if (!pod) return;
    const startedAt = toTime(this.#context.clock.now());
    const podIP = pod['status'].podIP ?? this.#podAddress();
    const before: ContainerStatus[] = pod['status'].containerStatuses ?? [];
    const crashes = pod.metadata.annotations?.[crashAnnotation] === 'true';
    const containers: Container[] = pod['spec'].containers;
    this.#write(pod, {
      ...pod['status'],
      phase: 'Running',
      podIP,
      podIPs: [{ ip: podIP }],
      containerStatuses: containers.map((container, index): ContainerStatus => ({
        ...this.#waiting(container, ''),
        imageID: `${container.image}@sha256:sandbox`,
        containerID: `containerd://${uid}-${container.name}-${restarts}`,
        started: true,
        ready: container.name === 'istio-proxy',
        restartCount: container.name === 'istio-proxy' ? 0 : restarts,
        state: { running: { startedAt } },
        lastState: before[index]?.lastState ?? {},
      })),
    });
    if (crashes) this.#after(uid, crashAfterMs, () => this.#crash(uid, pod, restarts));
    else this.#after(uid, this.#readyMs(pod), () => this.#becomeReady(uid, pod));
  }

  #readyMs(pod: KubeObject): number {
    const asked = Number(pod.metadata.annotations?.[readyAnnotation]);
    if (Number.isFinite(asked) && asked >= 0 && pod.metadata.annotations?.[readyAnnotation]) return asked * 1000;
    const containers: Container[] = pod['spec'].containers;
    return Math.max(...containers.map(({ image }) => this.#options.behaviour(image)?.readySeconds ?? 0)) * 1000;
  }

  #becomeReady(uid: string, stale: KubeObject): void {
    const pod = this.#current(uid, stale);
    if (!pod) return;
    const containerStatuses = (pod['status'].containerStatuses as ContainerStatus[]).map((status) => ({
      ...status,
      ready: true,
    }));
    this.#write(pod, { ...pod['status'], containerStatuses });
  }

  #crash(uid: string, stale: KubeObject, restarts: number): void {
    const pod = this.#current(uid, stale);
    if (!pod) return;
    const finishedAt = toTime(this.#context.clock.now());
    const isProxy = (status: ContainerStatus) => status.name === 'istio-proxy';
    const statuses = (pod['status'].containerStatuses as ContainerStatus[]).map((status): ContainerStatus => {
      if (isProxy(status)) return status;
      const terminated = { exitCode: 1, reason: 'Error', finishedAt, startedAt: finishedAt };
      const message = `back-off restarting failed container=${status.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${uid})`;
      return {
        ...status,
        ready: false,
        started: false,
        restartCount: restarts,
        state: { waiting: { reason: 'CrashLoopBackOff', message } },
        lastState: { terminated },
      };
    });
    this.#write(pod, { ...pod['status'], containerStatuses: statuses });
    for (const { name } of statuses.filter((status) => !isProxy(status))) {
      recordEvent(this.#context, pod, {
        type: 'Warning',
        reason: 'BackOff',
        message: `Back-off restarting failed container ${name} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${uid})`,
        component,
        fieldPath: `spec.containers{${name}}`,
      });
    }
    this.#after(uid, backOffMs(restarts), () => this.#start(uid, pod, restarts + 1));
  }

  #terminate(pod: KubeObject): void {
    const uid = pod.metadata.uid ?? '';
    this.#forget(uid);
    for (const { name } of pod['spec'].containers as Container[]) {
      recordEvent(this.#context, pod, {
        reason: 'Killing',
        message: `Stopping container ${name}`,
        component,
        fieldPath: `spec.containers{${name}}`,
      });
    }
    const graceMs = (Number(pod.metadata['deletionGracePeriodSeconds']) || 0) * 1000;
    this.#after(uid, Math.min(graceMs, terminationMs), () => {
      const current = this.#context.store.get('', 'Pod', pod.metadata.namespace, pod.metadata.name);
      if (current?.metadata.uid === uid) this.#context.store.remove(current);
    });
  }

  /** Writes a status with the conditions that follow from its containers. */
  #write(pod: KubeObject, status: Record<string, unknown>): void {
    const current = this.#context.store.get('', 'Pod', pod.metadata.namespace, pod.metadata.name);
    if (!current || current.metadata.uid !== pod.metadata.uid) return;
    const statuses = (status['containerStatuses'] ?? []) as ContainerStatus[];
    const unready = statuses.filter(({ ready }) => !ready).map(({ name }) => name);
    const nowMs = this.#context.clock.now();
    const message = `containers with unready status: [${unready.join(' ')}]`;
    const set = (conditions: Condition[], type: string, isTrue: boolean): Condition[] =>
      withCondition(
        conditions,
        isTrue ? { type, status: 'True' } : { type, status: 'False', reason: 'ContainersNotReady', message },
        nowMs,
      ).map((condition) => (condition.type === type && !isTrue ? { ...condition, message } : condition));
    let conditions = (current['status']?.conditions ?? []) as Condition[];
    conditions = set(conditions, 'PodScheduled', true);
    conditions = set(conditions, 'Initialized', true);
    conditions = set(conditions, 'ContainersReady', unready.length === 0);
    conditions = set(conditions, 'Ready', unready.length === 0);
    writeStatus(this.#context, current, { ...status, conditions }, component);
  }
}

function backOffMs(attempt: number): number {
  return Math.min(firstBackOffMs * 2 ** attempt, longestBackOffMs);
}
