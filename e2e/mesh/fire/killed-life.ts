import { expect } from 'vitest';
import { waitFor } from '../../cluster/control-plane.ts';
import type { LabConsole } from '../lab-console.ts';
import { editAsOwner } from './owner.ts';
import { hasClones, type Ending } from './quiet-life.ts';
import type { FireVariant, ServiceUnderFire } from './service-under-fire.ts';
import { otherNames, service, sharedObjects, task, taskInput } from './shop.ts';
import type { WritesProxy } from './writes-proxy.ts';

/** Verbs of a killed life, in their order; the first is a creation that is taken back. */
export type Verb = 'create, taken back' | 'create' | 'change' | 'restore' | 'pause' | 'resume' | Ending;

/** A life in which the console is killed. */
export interface KilledLife {
  variant: FireVariant;
  /** By verb, the writes after which the console is killed. */
  strikes: Partial<Record<Verb, readonly string[]>>;
  /** By verb, all of its writes: there are no others to kill the console after. */
  writes: Partial<Record<Verb, readonly string[]>>;
}

const settleBoundMs = 120_000;
/** What was begun is somebody's until it has been silent for half a minute. */
const lockBoundMs = 120_000;
/** Of a verb during which it is killed: a console that has just started may get no answer of the API server in time. */
const toleratedRefusals = 5;

interface Run {
  console: LabConsole;
  proxy: WritesProxy;
  life: KilledLife;
}

/** As `liveQuietly`, with a console that is killed again and again, and goes on with what it finds. */
export async function liveKilled(fire: ServiceUnderFire, run: Run): Promise<void> {
  const { kube, variant } = fire;
  const { namespace } = variant;
  const { console, life } = run;
  const route = `/tasks/${namespace}/${task}`;
  const before = await sharedObjects(kube, namespace);
  const namesBefore = await otherNames(kube, namespace);
  const create = () => console.api('POST', '/tasks', taskInput(variant, 50, variant.safety));
  const post = (rest: string) => () => console.api('POST', `${route}/${rest}`, {});
  const verb = (name: Verb, begin: Wish['begin'], state: string, goOn = post('retry')) =>
    doVerb(run, { verb: name, begin, state, goOn, note: (what) => fire.note(what) });
  const expectGone = async (objects: object) => {
    await fire.untilInForce(null);
    expect(await sharedObjects(kube, namespace)).toEqual(objects);
    expect(await otherNames(kube, namespace)).toEqual(namesBefore);
  };

  await untilItPlans(console, variant);
  if (life.strikes['create, taken back']) {
    await verb('create, taken back', create, '404', post('rollback'));
    await expectGone(before);
  }
  await verb('create', create, 'Mirroring');
  await fire.untilInForce(50);
  await fire.untilCopied();
  await verb('change', () => console.api('PATCH', route, { percentage: 100 }), 'Mirroring');
  await fire.untilInForce(100);
  const edited = await editAsOwner(kube, { namespace, service, owner: variant.owner }, before);
  if (hasClones(variant)) {
    await console.untilState(namespace, task, 'Drifted', settleBoundMs);
    await verb('restore', post('restore'), 'Mirroring');
    await fire.untilInForce(100);
  }
  await verb('pause', post('pause'), 'Paused');
  await fire.untilInForce(null);
  await fire.expectNoCopies();
  await verb('resume', post('resume'), 'Mirroring');
  await fire.untilInForce(100);
  await fire.expectCopiesAsAsked();
  for (const ending of ['finish', 'finish, keeping the workload'] as const) {
    if (!life.strikes[ending]) continue;
    const keepWorkload = ending === 'finish, keeping the workload';
    await verb(ending, () => console.api('POST', `${route}/finish`, { keepWorkload }), 'Finished');
    await fire.untilInForce(null);
    if (keepWorkload) await fire.expectNoCopies();
    else expect(await sharedObjects(kube, namespace)).toEqual(edited);
  }
  await verb('delete', () => console.api('DELETE', route), '404');
  await expectGone(edited);
}

/** Waits until the console has read what it plans on, for the first time since its start. */
async function untilItPlans(console: LabConsole, variant: FireVariant): Promise<void> {
  const input = taskInput(variant, 50, variant.safety);
  const isPlanned = async () => {
    const { status, body } = await console.api('POST', '/tasks/plan', input);
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    return true;
  };
  await waitFor('a plan', isPlanned, [], settleBoundMs);
}

interface Wish {
  verb: Verb;
  begin(): ReturnType<LabConsole['api']>;
  /** Where it leads. */
  state: string;
  /** How to go on with what is left of it after a kill. */
  goOn(): ReturnType<LabConsole['api']>;
  note(what: string): void;
}

/** Brings a verb to its end: it is struck after the writes that it is to be struck after, and makes no unknown ones. */
async function doVerb(run: Run, wish: Wish): Promise<void> {
  const { proxy, life } = run;
  const { verb } = wish;
  const strikes = life.strikes[verb] ?? [];
  proxy.beginVerb(strikes);
  await carryThrough(run, wish);
  expect(proxy.struck.toSorted(), `strikes of ${verb}`).toEqual(strikes.toSorted());
  const known = life.writes[verb];
  if (known) expect(proxy.made.toSorted(), `writes of ${verb}`).toEqual(known.toSorted());
}

/** Asks for the verb, and goes on with it as often as the console is killed. */
async function carryThrough({ console, proxy, life }: Run, { verb, begin, state, goOn, note }: Wish): Promise<void> {
  const { namespace } = life.variant;
  let ask = begin;
  note(verb);
  for (let refusals = 0; ;) {
    const struckBefore = proxy.struck.length;
    const isStruck = () => proxy.struck.length > struckBefore;
    const answer = await answerOf(ask, isStruck);
    if (answer === 'accepted' && (await cameTo(console, namespace, state, isStruck))) return;
    if (answer === 'refused') refusals += 1;
    if (refusals > (life.strikes[verb] ? toleratedRefusals : 0)) throw new Error(`${verb} is refused`);
    if (isStruck()) {
      note(`killed after ${proxy.struck.at(-1)}`);
      await console.restart();
    }
    const rest = await untilAtRest(console, namespace, verb);
    if (rest === state) return;
    if (rest === 'Incomplete') ask = goOn;
  }
}

/** What became of a request to the console; `none`: it was killed before it answered. */
async function answerOf(
  ask: () => ReturnType<LabConsole['api']>,
  isStruck: () => boolean,
): Promise<'accepted' | 'refused' | 'none'> {
  const answer = await ask().catch((error: unknown) => {
    if (isStruck()) return null;
    throw error;
  });
  if (answer === null) return 'none';
  if (answer.status < 400) return 'accepted';
  if (answer.status === 503 && answer.body.error.code === 'upstream_unavailable') return 'refused';
  throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
}

/** True when the task came to rest in that state; false when the console was struck before. */
async function cameTo(
  console: LabConsole,
  namespace: string,
  state: string,
  isStruck: () => boolean,
): Promise<boolean> {
  try {
    await console.untilState(namespace, task, state, settleBoundMs);
    return true;
  } catch (error) {
    if (isStruck()) return false;
    throw error;
  }
}

/** Waits until nobody works on the task: the state in which it rests or is left; `404`: there is none. */
async function untilAtRest(console: LabConsole, namespace: string, verb: Verb): Promise<string> {
  let rest: string | null = null;
  const look = async () => {
    const { status, body } = await console.api('GET', `/tasks/${namespace}/${task}`);
    if (status === 404) rest = '404';
    else if (status === 200 && (body.operation === null || body.state === 'Incomplete')) rest = body.state;
    return rest !== null;
  };
  await waitFor(`the interrupted ${verb}`, look, [], lockBoundMs);
  return rest!;
}
