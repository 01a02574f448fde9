import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kube } from '../../kube.ts';
import { labKube } from '../lab-client.ts';
import { LabConsole } from '../lab-console.ts';
import { endingOf, missingPairs, quietLives } from './cases.ts';
import { caseTimeoutMs, Fire, isFull, setLoadOfOthers, settleMs } from './fire.ts';
import { ConstantLoad } from './load.ts';
import { loseLabel } from './lost-label.ts';
import { liveQuietly } from './quiet-life.ts';
import { ServiceUnderFire, type FireVariant } from './service-under-fire.ts';
import { titleOf } from './shop.ts';
import { doWrong } from './wrong-by-hand.ts';

/** Of this file, at least; killed-console.test.ts beside it sends the rest of 200,000, or of a million. */
const wantedRequests = isFull ? 750_000 : 140_000;
const perSecond = isFull ? 130 : 110;

const fire = new Fire(perSecond);
/** Lives that have not begun, as many run side by side as vitest lets; `promised`: in the place of one that is ending. */
let waiting = quietLives.length;
let promised = 0;
let kube: Kube;
let console: LabConsole;

beforeAll(async () => {
  kube = labKube();
  await setLoadOfOthers(0);
  console = await LabConsole.start({ settleMs });
});
afterAll(async () => {
  await console?.stop();
  await setLoadOfOthers(1);
});

describe('under constant load', () => {
  it.concurrent(
    'clients notice what is done wrong by hand: the tests beside this one would go red',
    async () => {
      const variant: FireVariant = {
        namespace: 'fire-by-hand',
        placement: 'subset',
        owner: 'route without subset',
        ports: [9080, 9090],
        safety: {},
        isApart: true,
      };
      const wrong = await ServiceUnderFire.start(kube, variant, (load) => new ConstantLoad({ ...load, perSecond }));
      await doWrong(wrong).finally(() => wrong.end());
    },
    caseTimeoutMs,
  );

  it.concurrent(
    'no client meets a Pod of the mirror that has lost its label: the pin stays until it is gone',
    async () => {
      const variant: FireVariant = {
        namespace: 'fire-lost-label',
        placement: 'subset',
        owner: 'none',
        ports: [9080],
        safety: { denyWrites: false },
        isApart: true,
      };
      await fire.upon(kube, variant, (service) => loseLabel(service, console));
    },
    caseTimeoutMs,
  );

  for (const life of quietLives) {
    it.concurrent(
      `no client notices a task from its creation to its end: ${titleOf(life.variant)}`,
      () => {
        if (promised > 0) promised -= 1;
        else waiting -= 1;
        return fire.upon(kube, life.variant, async (service) => {
          let lives = 0;
          do await liveQuietly(service, console, endingOf(life, lives++));
          while (!mayEnd());
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
    expect(fire.sent).toBeGreaterThanOrEqual(wantedRequests);
  });
});

/** One life is enough where another waits for its turn, which it then gets; the last go on until enough is sent. */
function mayEnd(): boolean {
  if (waiting === 0) return fire.sent >= wantedRequests;
  waiting -= 1;
  promised += 1;
  return true;
}
