import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { LabPod } from './lab/exporter.ts';
import { adminPort } from './lab/sidecar.ts';
import type { SharedLab } from './start-shared-lab.ts';

/** What a lab runs, and where it answers. */
export interface Running {
  /** By process id: the command, and when it began. */
  processes: Map<number, { command: string; began: string }>;
  /** As HOST:PORT. */
  listening: string[];
}

type Addresses = Omit<SharedLab, 'sources'>;

/** What a process has started of a lab, and where that answers; `more`: other addresses that it should answer at. */
export async function findRunning(pid: number, addresses: Addresses, more: readonly string[] = []): Promise<Running> {
  const processes = new Map(
    below(pid).map((one) => [one, { command: commandOf(one), began: beginOf(one) ?? '' }] as const),
  );
  return { processes, listening: await listeningOf(addresses, more) };
}

/** Waits until none of its processes is there; nothing answers then where it did. */
export async function expectNothingLeft({ processes, listening }: Running): Promise<void> {
  const left = () => [...processes].filter(([pid, { began }]) => beginOf(pid) === began);
  await expect.poll(() => left().map(([, { command }]) => command), { timeout: 20_000 }).toEqual([]);
  expect(await Promise.all(listening.map(answers))).not.toContain(true);
}

/** Of the addresses on which it may answer those on which it does: gateways have no proxy. */
async function listeningOf({ kubeconfig, prometheus, url }: Addresses, more: readonly string[]): Promise<string[]> {
  const { server } = parse(readFileSync(kubeconfig, 'utf8')).clusters[0].cluster as { server: string };
  const pods = (await (await fetch(`${url}/pods`)).json()) as LabPod[];
  const proxies = pods.filter(({ hasSidecar }) => hasSidecar).map(({ address }) => `${address}:${adminPort}`);
  const all = [...[server, prometheus, url, ...more].map((address) => new URL(address).host), ...proxies];
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
