// Answers hold every kind of resource: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { VerificationList } from '../../lib/contract/task.ts';
import { requiredVariable } from '../cluster/cluster.ts';
import { ConstantLoad } from './fire/load.ts';
import { makeShop, mirrorWorkload, service, task, taskInput, type Variant } from './fire/shop.ts';
import { istioApi, labKube, leaveNamespace } from './lab-client.ts';
import { LabConsole } from './lab-console.ts';

const namespace = 'verification';
const variant: Variant = { namespace, placement: 'subset', owner: 'one route', ports: [9080] };
const percentage = 37;
const perSecond = 10;
const kube = labKube();
const cluster = `outbound|9080|v2|${service}.${namespace}.svc.cluster.local`;

type Item = VerificationList['items'][number];

let console: LabConsole;
let load: ConstantLoad;

beforeAll(async () => {
  console = await LabConsole.start({ settleMs: 2500 });
  const { egress, requests } = await makeShop(kube, variant);
  load = new ConstantLoad({ egress, host: `${service}.${namespace}`, requests, perSecond });
  const { status, body } = await console.api('POST', '/tasks', taskInput(variant, percentage));
  expect(status, JSON.stringify(body)).toBe(201);
  await console.untilState(namespace, task, 'Mirroring', 120_000);
});
afterAll(async () => {
  await load?.stop();
  await console?.stop();
  leaveNamespace(kube, namespace);
});

/** Each line of the page is run as it stands there, by a shell that knows kubectl and istioctl. */
describe('commands of the page to verify by hand, on a real mesh', () => {
  it('are those that are run here, and no other', async () => {
    expect((await shown()).map(({ id }) => id).toSorted()).toEqual([
      'analyze',
      'live_logs',
      'live_rate',
      'live_requests',
      'mirror_logs',
      'mirror_rate',
      'mirror_requests',
      'proxy_routes',
      'routes',
    ]);
  });

  it('kubectl shows the mirror and its percentage in the route', async () => {
    const { output } = await run(await lineOf('routes'));
    expect(output).toMatch(/^ +(- )?mirror:$/m);
    expect(output).toMatch(/^ +subset: v2$/m);
    expect(output).toContain(`mirrorPercentage:\n      value: ${percentage}`);
  });

  it('istioctl proxy-config shows the copies that a proxy makes, to which cluster and how many', async () => {
    await expect.poll(copiesOfProxy, { timeout: 30_000 }).toHaveLength(1);
    const [copies] = await copiesOfProxy();
    expect(copies).toContain('"requestMirrorPolicies"');
    expect(copies).toContain(`"numerator": ${percentage * 10_000}`);
    expect(copies).toContain('"denominator": "MILLION"');
  });

  it('istioctl has no flag for the direction of routes, by which the guide asks for them', async () => {
    const { output, code } = await run(
      `istioctl pc routes deployment/${service}-v1 -n ${namespace} --direction=outbound`,
    );
    expect(output).toContain('unknown flag: --direction');
    expect(code).not.toBe(0);
  });

  it('istioctl analyze has nothing to say of the mirror', async () => {
    const { output } = await run(await lineOf('analyze'));
    expect(output).toContain(`when analyzing namespace: ${namespace}`);
    const problems = output.split('\n').filter((line) => /^(Error|Warning) \[/.test(line));
    // The lab's own Sidecars hold for labels that no Pod has, but its proxy.
    expect(problems.filter((line) => !line.includes(`(Sidecar ${namespace}/lab-`))).toEqual([]);
  });

  it.each([
    ['live_rate', perSecond],
    ['mirror_rate', (perSecond * percentage) / 100],
  ] as const)('Prometheus gives the rate that is there: %s', async (id, perSecondSent) => {
    const query = await lineOf(id);
    const rate = async () => {
      const response = await fetch(`${inject('lab').prometheus}/api/v1/query?${new URLSearchParams({ query })}`);
      const { data } = (await response.json()) as any;
      return Number(data.result[0]?.value[1] ?? 0) / perSecondSent;
    };
    await expect.poll(rate, { timeout: 90_000 }).toBeGreaterThan(0.7);
    expect(await rate()).toBeLessThan(1.3);
  });

  it.each([
    ['live_logs', `${service}-v1`, 'GET /a 200'],
    ['mirror_logs', mirrorWorkload, 'GET /a 200'],
    ['live_requests', `${service}-v1`, `"authority":"${service}.${namespace}:9080"`],
    ['mirror_requests', mirrorWorkload, `"authority":"${service}.${namespace}:9080"`],
  ] as const)('kubectl logs follows the requests of its side: %s', async (id, workload, text) => {
    const line = await untilPrinted(await lineOf(id), (printed) => printed.includes(text));
    expect(line.startsWith(`[pod/${workload}-`), line).toBe(true);
  });

  it('show no mirror of a paused task, neither in the route nor in a proxy', async () => {
    const route = `/tasks/${namespace}/${task}`;
    expect((await console.api('POST', `${route}/pause`)).status).toBe(202);
    await console.untilState(namespace, task, 'Paused');
    expect((await run(await lineOf('routes'))).output).not.toMatch(/^ +(- )?mirrors?:$/m);
    await expect.poll(copiesOfProxy, { timeout: 30_000 }).toEqual([]);
    expect((await console.api('POST', `${route}/resume`)).status).toBe(202);
    await console.untilState(namespace, task, 'Mirroring');
  });

  it('istioctl analyze names the subset that somebody takes from a mirror', async () => {
    const folder = `${istioApi}/namespaces/${namespace}/destinationrules`;
    const { items } = await kube.get(folder);
    const rule = items.find(({ spec }: any) => spec.subsets?.some(({ name }: any) => name === 'v2'));
    const subsets = rule.spec.subsets.filter(({ name }: any) => name !== 'v2');
    await kube.send('PUT', `${folder}/${rule.metadata.name}`, { ...rule, spec: { ...rule.spec, subsets } });
    const { output, code } = await run(await lineOf('analyze'));
    expect(output).toContain('IST0101');
    expect(output).toContain('mirror+subset in destinationrule');
    expect(code).not.toBe(0);
  });
});

async function shown(): Promise<Item[]> {
  const { body } = await console.api('GET', `/tasks/${namespace}/${task}/verification`);
  return body.items;
}

async function lineOf(id: Item['id']): Promise<string> {
  const found = (await shown()).filter((item) => item.id === id);
  expect(found, id).toHaveLength(1);
  return found[0]!.command;
}

/** What the line for a proxy prints of this service's mirror; the proxy knows the lab's other services on the port, too. */
async function copiesOfProxy(): Promise<string[]> {
  const { output } = await run(await lineOf('proxy_routes'));
  expect(output).not.toContain('Error');
  return output.split(/^--$/m).filter((copies) => copies.includes(`"cluster": "${cluster}"`));
}

/** A shell with the operator's tools and cluster, to run the line in. */
function shell(line: string) {
  const folders = [requiredVariable('CONTROL_PLANE_BINARIES'), path.dirname(requiredVariable('ISTIOCTL_BINARY'))];
  const PATH = [...folders, process.env['PATH']].join(path.delimiter);
  const env = { ...process.env, PATH, KUBECONFIG: inject('lab').kubeconfig };
  return spawn('sh', ['-c', line], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs a line to its end; what it printed. */
function run(line: string): Promise<{ output: string; code: number | null }> {
  const child = shell(line);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  return new Promise((resolve) => child.once('close', (code) => resolve({ output, code })));
}

/** Runs a line that goes on until it prints what is wanted; that line of its output. */
async function untilPrinted(line: string, isWanted: (printed: string) => boolean): Promise<string> {
  const child = shell(`exec ${line}`);
  try {
    let rest = '';
    for await (const data of child.stdout) {
      const lines = `${rest}${data}`.split('\n');
      rest = lines.pop()!;
      const found = lines.find(isWanted);
      if (found) return found;
    }
    throw new Error(`it ended: ${line}`);
  } finally {
    child.kill();
  }
}
