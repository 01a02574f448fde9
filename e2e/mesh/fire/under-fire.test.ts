import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Kube } from '../../kube.ts';
import { labKube } from '../lab-client.ts';
import { LabConsole } from '../lab-console.ts';
import { endingOf, killedLives, missingPairs, quietLives } from './cases.ts';
import { liveKilled, type KilledLife } from './killed-life.ts';
import { ConstantLoad, type LoadOptions } from './load.ts';
import { liveQuietly } from './quiet-life.ts';
import { ServiceUnderFire, type FireVariant } from './service-under-fire.ts';
import { startWritesProxy } from './writes-proxy.ts';
import { doWrong } from './wrong-by-hand.ts';

const isFull = process.env.MESH_MATRIX === 'full';
/** Requests of the whole file, at least. */
const wantedRequests = isFull ? 1_000_000 : 200_000;
/** Of each case: all of them together send what is wanted in about the time that the longest cases take anyway. */
const perSecond = isFull ? 120 : 60;
const settleMs = 2500;
const caseTimeoutMs = isFull ? 3_600_000 : 780_000;

let kube: Kube;
let shared: LabConsole;
const loads: ConstantLoad[] = [];
/** Quiet lives that have not begun: as many run side by side as vitest lets. */
let waiting = quietLives.length;

beforeAll(async () => {
  kube = labKube();
  shared = await LabConsole.start({ settleMs });
});
afterAll(() => shared?.stop());

describe('under constant load', () => {
  for (const life of killedLives) {
    it.concurrent(
      `no client notices a task whose console is killed after its writes: ${titleOfKilled(life)}`,
      () => underFire(life.variant, (fire) => withKilledConsole(life, fire)),
      caseTimeoutMs,
    );
  }

  it.concurrent(
    'clients notice what is done wrong by hand: the tests beside this one would go red',
    async () => {
      const variant: FireVariant = {
        namespace: 'fire-by-hand',
        placement: 'subset',
        owner: 'route without subset',
        ports: [9080, 9090],
        safety: {},
      };
      const fire = await ServiceUnderFire.start(kube, variant, (load) => new ConstantLoad({ ...load, perSecond }));
      await doWrong(fire).finally(() => fire.end());
    },
    caseTimeoutMs,
  );

  for (const life of quietLives) {
    it.concurrent(
      `no client notices a task from its creation to its end: ${titleOf(life.variant)}`,
      () => {
        waiting -= 1;
        return underFire(life.variant, async (fire) => {
          let lives = 0;
          do await liveQuietly(fire, shared, endingOf(life, lives++));
          while (isMoreWanted());
        });
      },
      caseTimeoutMs,
    );
  }
});

describe('after all of it', () => {
  it('any two of placement, ports, safety and ending met, and any owner’s rules with any placement and ports', () => {
    expect(missingPairs()).toEqual([]);
  });

  it(`at least ${wantedRequests} requests were sent`, () => {
    expect(requestsSent()).toBeGreaterThanOrEqual(wantedRequests);
  });
});

/** Has something happen to a Service while its clients send all the time, and holds that they notice nothing. */
async function underFire(variant: FireVariant, happen: (fire: ServiceUnderFire) => Promise<void>): Promise<void> {
  const fire = await ServiceUnderFire.start(kube, variant, startLoad);
  try {
    await happen(fire);
    // The last writes have to reach the proxies.
    await fire.load.untilAnswered((perSecond * settleMs) / 1000);
    expect(await fire.allProblems()).toEqual([]);
  } finally {
    await fire.end();
  }
}

function startLoad(options: Omit<LoadOptions, 'perSecond'>): ConstantLoad {
  const load = new ConstantLoad({ ...options, perSecond });
  loads.push(load);
  return load;
}

/** While another life waits for its turn, one is enough. */
function isMoreWanted(): boolean {
  return waiting === 0 && requestsSent() < wantedRequests;
}

/** By every case of this file so far. */
function requestsSent(): number {
  return loads.reduce((sum, { result }) => sum + result.sent, 0);
}

/** Lives with a console of its own, which a proxy kills. */
async function withKilledConsole(life: KilledLife, fire: ServiceUnderFire): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'writes-proxy-'));
  let console: LabConsole | undefined;
  const proxy = await startWritesProxy({
    kubeconfig: inject('lab').kubeconfig,
    target: path.join(directory, 'kubeconfig'),
    strike: () => console?.kill(),
  });
  try {
    console = await LabConsole.start({ kubeconfig: proxy.kubeconfig, settleMs });
    await liveKilled(fire, { console, proxy, life });
  } finally {
    await console?.stop();
    await proxy.stop();
    rmSync(directory, { recursive: true });
  }
}

function titleOfKilled({ variant, strikes }: KilledLife): string {
  const verbs = Object.entries(strikes).map(([verb, writes]) => `${verb} (${writes.length})`);
  return `${verbs.join(', ')}: ${titleOf(variant)}`;
}

function titleOf({ placement, owner, ports }: FireVariant): string {
  return `${placement}, ${owner}, ${ports.length} port(s)`;
}
