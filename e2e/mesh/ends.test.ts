import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { spawnNode, stopChild } from '../../scripts/lib/launch.mjs';
import { requiredVariable } from '../cluster/cluster.ts';
import type { LabPod } from './lab/exporter.ts';
import { adminPort } from './lab/sidecar.ts';
import type { SharedLab } from './start-shared-lab.ts';

/** A lab of its own, beside the one that the other files share. */
interface OwnLab {
  child: ReturnType<typeof spawnNode>;
  addresses: SharedLab;
  /** What it runs, by process id: the command, and when it began. */
  processes: Map<number, { command: string; began: string }>;
  /** Where it answers, as HOST:PORT. */
  listening: string[];
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

const ends: End[] = [
  { how: 'Ctrl-C', bring: ({ child }) => child.kill('SIGINT'), code: 0, says: '' },
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
    const left = () => [...lab.processes].filter(([pid, { began }]) => beginOf(pid) === began);
    await expect.poll(() => left().map(([, { command }]) => command), { timeout: 20_000 }).toEqual([]);
    expect(await Promise.all(lab.listening.map(answers))).not.toContain(true);
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
  const processes = new Map(
    below(child.pid!).map((pid) => [pid, { command: commandOf(pid), began: beginOf(pid) ?? '' }] as const),
  );
  return { child, addresses, processes, listening: await listeningOf(addresses), said: () => said };
}

/** Of the addresses on which it may answer those on which it does: gateways have no proxy. */
async function listeningOf({ kubeconfig, prometheus, url }: SharedLab): Promise<string[]> {
  const { server } = parse(readFileSync(kubeconfig, 'utf8')).clusters[0].cluster as { server: string };
  const pods = (await (await fetch(`${url}/pods`)).json()) as LabPod[];
  const proxies = pods.filter(({ hasSidecar }) => hasSidecar).map(({ address }) => `${address}:${adminPort}`);
  const all = [...[server, prometheus, url].map((address) => new URL(address).host), ...proxies];
  const isAnswering = await Promise.all(all.map(answers));
  return all.filter((_, index) => isAnswering[index]);
}

function answers(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`http://${address}`);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** The processes that a process has started, and those that they have. */
function below(pid: number): number[] {
  const all = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const parents = all.map((one) => [one, Number(statOf(one)?.[1])] as const);
  const childrenOf = (of: number): number[] => {
    const own = parents.filter(([, parent]) => parent === of).map(([one]) => one);
    return [...own, ...own.flatMap(childrenOf)];
  };
  return childrenOf(pid);
}

function pidOf({ processes }: OwnLab, binary: string): number {
  return [...processes].find(([, { command }]) => command.startsWith(`${binary} `))![0];
}

/** When a process began, in ticks of the machine; undefined: there is none. Its id may be another's one day. */
function beginOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

/** What the kernel tells of a process after its name, which may hold spaces; undefined: there is none, or it is dead. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields;
  } catch {
    return undefined;
  }
}
