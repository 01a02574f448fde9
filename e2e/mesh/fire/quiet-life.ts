import { expect } from 'vitest';
import type { LabConsole } from '../lab-console.ts';
import { changeCopies, editAsOwner, hasVirtualService } from './owner.ts';
import type { FireVariant, ServiceUnderFire } from './service-under-fire.ts';
import { otherNames, service, sharedObjects, task, taskInput } from './shop.ts';

/** How a task's life ends. */
export type Ending = 'finish' | 'finish, keeping the workload' | 'delete';
export const endings: readonly Ending[] = ['finish', 'finish, keeping the workload', 'delete'];

const boundMs = 120_000;

/**
 * A task's whole life that nothing interrupts, but for an owner who edits his objects and somebody who changes the
 * task's copies. What each verb is to bring about is looked at in the client's proxy and at the mirror.
 */
export async function liveQuietly(fire: ServiceUnderFire, console: LabConsole, ending: Ending): Promise<void> {
  const { kube, variant } = fire;
  const { namespace } = variant;
  const before = await sharedObjects(kube, namespace);
  const namesBefore = await otherNames(kube, namespace);
  const verb = verbsOf(fire, console);

  fire.note('create');
  const created = await console.api('POST', '/tasks', taskInput(variant, 50, variant.safety));
  expect(created.status, JSON.stringify(created.body)).toBe(201);
  await console.untilState(namespace, task, 'Mirroring', boundMs);
  await fire.untilInForce(50);
  await fire.untilCopied();
  await fire.expectOwnersShares();

  const edited = await changeBesideOthers(fire, console, before);
  await fire.expectOwnersShares();

  await verb('PATCH', '', { percentage: 0.5 }, 'Mirroring');
  await fire.untilInForce(0.5);
  await verb('POST', '/pause', {}, 'Paused');
  await fire.untilInForce(null);
  await fire.expectNoCopies();
  await verb('POST', '/resume', {}, 'Mirroring');
  await fire.untilInForce(0.5);
  await fire.expectCopiesAsAsked();

  if (ending !== 'delete') {
    const keepWorkload = ending === 'finish, keeping the workload';
    await verb('POST', '/finish', { keepWorkload }, 'Finished');
    await fire.untilInForce(null);
    if (keepWorkload) await fire.expectNoCopies();
    else expect(await sharedObjects(kube, namespace)).toEqual(edited);
  }
  await verb('DELETE', '', undefined, '404');
  await fire.untilInForce(null);
  expect(await sharedObjects(kube, namespace)).toEqual(edited);
  expect(await otherNames(kube, namespace)).toEqual(namesBefore);
}

type CallVerb = (method: string, rest: string, body: unknown, state: string) => Promise<void>;

/** Calls a verb of the task and waits for the state that it leads to. */
function verbsOf(fire: ServiceUnderFire, console: LabConsole): CallVerb {
  const { namespace } = fire.variant;
  return async (method, rest, body, state) => {
    fire.note(`${method} ${rest}`.trim());
    const { status, body: answer } = await console.api(method, `/tasks/${namespace}/${task}${rest}`, body);
    expect(status, JSON.stringify(answer)).toBe(202);
    await console.untilState(namespace, task, state, boundMs);
  };
}

/** Copies all requests while the owner edits; answers with his objects as he wants them. */
async function changeBesideOthers(
  fire: ServiceUnderFire,
  console: LabConsole,
  before: Record<string, unknown>,
): Promise<object> {
  const { kube, variant } = fire;
  const { namespace, owner } = variant;
  const owned = { namespace, service, owner };
  const verb = verbsOf(fire, console);
  fire.note('owner’s edit');
  if (hasClones(variant)) {
    await verb('PATCH', '', { percentage: 100 }, 'Mirroring');
    const edited = await editAsOwner(kube, owned, before);
    // A clone does not follow what its original becomes: the task says so, and puts it right when told to.
    await console.untilState(namespace, task, 'Drifted', boundMs);
    await verb('POST', '/restore', {}, 'Mirroring');
    await fire.untilInForce(100);
    return edited;
  }
  const [edited] = await Promise.all([
    editAsOwner(kube, owned, before),
    verb('PATCH', '', { percentage: 100 }, 'Mirroring'),
  ]);
  await fire.untilInForce(100);
  if (hasVirtualService(owner)) {
    await changeCopies(kube, owned, 40);
    await console.untilState(namespace, task, 'Drifted', boundMs);
    await verb('POST', '/adopt', {}, 'Mirroring');
    await fire.untilInForce(40);
  }
  return edited;
}

/** A route for several ports is cloned for each of them. */
export function hasClones({ owner, ports }: FireVariant): boolean {
  return hasVirtualService(owner) && ports.length > 1;
}
