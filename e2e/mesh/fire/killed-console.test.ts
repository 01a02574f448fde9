import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Kube } from '../../kube.ts';
import { labKube } from '../lab-client.ts';
import { LabConsole } from '../lab-console.ts';
import { killedLives, missingStrikes } from './cases.ts';
import { caseTimeoutMs, Fire, isFull, settleMs } from './fire.ts';
import { liveKilled, type KilledLife } from './killed-life.ts';
import type { ServiceUnderFire } from './service-under-fire.ts';
import { titleOf } from './shop.ts';
import { startWritesProxy } from './writes-proxy.ts';

/** Of this file, at least; quiet-lives.test.ts beside it sends the rest. */
const wantedRequests = isFull ? 250_000 : 60_000;

const fire = new Fire(isFull ? 95 : 60);
let kube: Kube;

beforeAll(() => {
  kube = labKube();
});

describe('under constant load', () => {
  for (const life of killedLives) {
    it.concurrent(
      `no client notices a task whose console is killed after its writes: ${titleOfKilled(life)}`,
      () => fire.upon(kube, life.variant, (service) => withKilledConsole(life, service)),
      caseTimeoutMs,
    );
  }
});

describe('after all of it', () => {
  it('every kind of write of every verb is struck in both placements, here or in the full matrix', () => {
    expect(missingStrikes()).toEqual([]);
  });

  it(`at least ${wantedRequests} requests were sent`, () => {
    expect(fire.sent).toBeGreaterThanOrEqual(wantedRequests);
  });
});

/** Lives with a console of its own, which a proxy kills. */
async function withKilledConsole(life: KilledLife, service: ServiceUnderFire): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'writes-proxy-'));
  let console: LabConsole | undefined;
  const proxy = await startWritesProxy({
    kubeconfig: inject('lab').kubeconfig,
    target: path.join(directory, 'kubeconfig'),
    strike: () => console?.kill(),
  });
  try {
    console = await LabConsole.start({ kubeconfig: proxy.kubeconfig, settleMs });
    await liveKilled(service, { console, proxy, life });
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
