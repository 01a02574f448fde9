import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { spawnNode, stopChild } from '../../scripts/lib/launch.mjs';
import { requiredVariable } from '../cluster/cluster.ts';
import { expectNothingLeft, findRunning, type Running } from './running.ts';
import type { SharedLab } from './start-shared-lab.ts';

/** A lab of its own, beside the one that the other files share. */
interface OwnLab extends Running {
  child: ReturnType<typeof spawnNode>;
  addresses: SharedLab;
  /** What it has printed of itself. */
  said(): string;
}

interface End {
  how: string;
  bring(lab: OwnLab): void;
  code: number | null;
  says: string;
  leavesFolder?: boolean;
}

/** Ctrl-C: see command.test.ts. */
const ends: End[] = [
  { how: 'its crash', bring: ({ child }) => child.kill('SIGKILL'), code: null, says: '', leavesFolder: true },
  {
    how: 'the death of a part, which it names,',
    bring: (lab) => process.kill(pidOf(lab, requiredVariable('ISTIOD_BINARY')), 'SIGKILL'),
    code: 1,
    says: 'istiod has ended by itself',
  },
];

describe('a mesh lab', () => {
  it.each(ends)('leaves no process and no port after $how', async ({ bring, code, says, leavesFolder = false }) => {
    const lab = await startOwnLab();
    onTestFinished(() => stopChild(lab.child));
    expect(lab.processes.size).toBeGreaterThan(20);
    expect(lab.listening.length).toBeGreaterThan(10);
    const exited = once(lab.child, 'exit');
    bring(lab);
    expect((await exited)[0]).toBe(code);
    await expectNothingLeft(lab);
    expect(existsSync(path.dirname(lab.addresses.kubeconfig))).toBe(leavesFolder);
    expect(lab.said()).toContain(says);
  });
});

async function startOwnLab(): Promise<OwnLab> {
  const child = spawnNode([path.join(import.meta.dirname, 'main.ts')]);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const addresses = JSON.parse(line) as SharedLab;
  return { child, addresses, ...(await findRunning(child.pid!, addresses)), said: () => said };
}

function pidOf({ processes }: OwnLab, binary: string): number {
  return [...processes].find(([, { command }]) => command.startsWith(`${binary} `))![0];
}
