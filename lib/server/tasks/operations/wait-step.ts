import type { KubeObject, VirtualService } from '@/lib/domain/kubernetes';
import type { MessageRef } from '@/lib/domain/message';
import { hasLanded, ownerPatch } from '@/lib/domain/owner-patch';
import { targetOfStep } from '@/lib/domain/steps';
import { workloadOf } from '@/lib/domain/targets';
import type { Step, TaskSpec, TaskTarget } from '@/lib/domain/task';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { delay, isoNow, type TaskContext } from '../context';
import { OperationEnded, StepFailure } from './step-failure';
import { remainsOf } from './workload-remains';
import { isReady, isStuck, notReadyReason } from './workload-status';

/** A wait that lasted this long fails its step, so that nothing hangs unseen; retry waits again. */
const waitBoundMs = 10 * 60_000;
const pollMs = 1_000;
/** Kinds of objects that something is waited for in. */
const wakingKinds = new Set(['Deployment', 'Pod', 'VirtualService']);

export interface WaitStep {
  context: TaskContext;
  spec: TaskSpec;
  step: Step;
  signal: AbortSignal;
  /** Tells the operator what is being waited for. */
  report(message: MessageRef | null): Promise<void>;
}

/** Waits until the workload of a step's target has every replica ready; says meanwhile why it has not. */
export async function waitUntilReady(wait: WaitStep): Promise<void> {
  const { namespace } = wait.spec;
  const workload = workloadOf(targetOfStep(wait.step, wait.spec));
  const deadline = wait.context.clock.now() + waitBoundMs;
  await pollUntil(wait, async () => {
    const { cluster, clock } = wait.context;
    const watched = (await cluster.list('Deployment', namespace)).find(({ metadata }) => metadata.name === workload);
    // The watch may be late: what it shows as missing or without pods is asked for before that is said.
    // So is what it shows as ready: it may be from before a change that was just made.
    const isIn = watched !== undefined && watched.spec.replicas !== 0 && !isReady(watched) && !isStuck(watched);
    const deployment = isIn ? watched : await cluster.get('Deployment', namespace, workload);
    if (!deployment) throw new StepFailure({ code: 'workload_missing', params: { workload } });
    if (isReady(deployment)) return true;
    const reason = notReadyReason(deployment, await cluster.list('Pod', namespace));
    const isHopeless = isStuck(deployment) || deployment.spec.replicas === 0;
    if (isHopeless || clock.now() >= deadline) throw new StepFailure(reason);
    await wait.report(reason);
    return false;
  });
}

/** Waits until the removed workload of a step's target and all of its pods are gone: from then on it can answer nobody. */
export function waitUntilGone(wait: WaitStep): Promise<void> {
  return waitForEnd(wait, targetOfStep(wait.step, wait.spec));
}

/** The same of every workload that the task made. */
export async function waitUntilAllGone(wait: WaitStep): Promise<void> {
  for (const target of wait.spec.targets) await waitForEnd(wait, target);
}

async function waitForEnd(wait: WaitStep, target: TaskTarget): Promise<void> {
  if (!target.deployment) return;
  const deadline = wait.context.clock.now() + waitBoundMs;
  await pollUntil(wait, async () => {
    const { cluster, clock } = wait.context;
    const { pods, controllers } = await remainsOf(cluster, wait.spec, target);
    if (pods + controllers === 0) return true;
    const waiting = { code: 'workload_leaving', params: { workload: workloadOf(target), pods } };
    if (clock.now() >= deadline) throw new StepFailure(waiting);
    await wait.report(waiting);
    return false;
  });
}

/**
 * Waits until the owner of a shared object has put the task's entries in, or taken them out; nothing is written. That
 * can take days: only whoever takes it back ends it early. Tells meanwhile what is waited for, or why no patch can be
 * made of the object as it stands. `specFor`: the task's entries by that object.
 */
export async function waitUntilLanded(
  wait: WaitStep & { specFor(live: KubeObject | null): Promise<TaskSpec> },
): Promise<void> {
  const { context, step, specFor } = wait;
  const { namespace, name } = step.object ?? { namespace: '', name: '' };
  await pollUntil(wait, async () => {
    const objects = await context.cluster.list('VirtualService', namespace);
    const watched = (objects.find(({ metadata }) => metadata.name === name) as VirtualService | undefined) ?? null;
    const patch = ownerPatch(step, await specFor(watched), watched);
    if (!patch.landed) {
      await wait.report(patch.problem ?? { code: 'waiting_for_patch', params: { namespace, name } });
      return false;
    }
    // What follows relies on it: the server itself has the last word.
    const live = (await context.cluster.get('VirtualService', namespace, name)) as VirtualService | null;
    return hasLanded(step, await specFor(live), live);
  });
}

/** Waits as long as istiod needs to bring the last write to every proxy. */
export async function settle({
  context,
  signal,
  report,
}: Pick<WaitStep, 'context' | 'signal' | 'report'>): Promise<void> {
  const ms = await context.settleMs();
  await report({ code: 'settling', params: { seconds: Math.ceil(ms / 1000) } });
  await delay(context.clock, ms, signal);
  if (signal.aborted) throw new OperationEnded('cancelled');
}

/** Looks again after each change of a watched object and every second; an outage is waited out. */
async function pollUntil({ context, signal, report }: WaitStep, isOver: () => Promise<boolean>): Promise<void> {
  let failingSince: string | null = null;
  for (;;) {
    if (signal.aborted) throw new OperationEnded('cancelled');
    const pause = new AbortController();
    const wake = () => pause.abort();
    const unsubscribe = context.cluster.subscribe((change) => {
      if (change.type === 'HEALTH' || wakingKinds.has(change.object.kind)) wake();
    });
    signal.addEventListener('abort', wake);
    try {
      // What the cache last saw decides nothing while the server cannot be asked.
      if (context.cluster.health().reachable && (await isOver())) return;
      failingSince = null;
      await delay(context.clock, pollMs, pause.signal);
    } catch (error) {
      if (!isClusterError(error) || !error.isTransient) throw error;
      // What cannot be told now, because the server does not even take that, delays nothing.
      failingSince ??= isoNow(context.clock);
      void report({ code: 'retrying_read', params: { since: failingSince, message: error.message } }).catch(() => {});
      await delay(context.clock, pollMs, signal);
    } finally {
      unsubscribe();
      signal.removeEventListener('abort', wake);
    }
  }
}
