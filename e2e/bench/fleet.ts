/** The task list over 1,000 tasks in 50 namespaces. */
import { startTogether } from '../../scripts/lib/together.mjs';
import { openKube } from '../kube.ts';
import { timesOnScreen } from './change-on-screen.ts';
import { makeFleet, type Fleet } from './make-fleet.ts';
import { openBrowser } from './open-browser.ts';
import { timed, times, type Measurement } from './report.ts';

const namespaces = 50;
const taskCount = 1000;

export async function benchFleet(): Promise<Measurement[]> {
  const running = await startTogether({ sandboxArgs: ['--history', '1m'] });
  try {
    const kube = openKube(running.kubeconfig);
    const fleet = await makeFleet(kube, namespaces);
    await untilMeasured(running.url, fleet);
    const samples = await times({ warm: 50, counted: 1000 }, async () => {
      const { items } = (await getJson(`${running.url}/api/tasks?limit=100`)) as { items: Listed[] };
      expectMeasured(items);
    });
    const browser = await openBrowser();
    try {
      const task = fleet.tasks.find(({ isMirroring }) => isMirroring)!;
      const onScreen = await timesOnScreen({ browser, running, kube, task, changes: 20 });
      return [
        timed(`GET /api/tasks?limit=100 of ${taskCount} tasks in ${namespaces} namespaces`, samples, 'p99', 50),
        timed('change in the cluster → in the list on screen', onScreen.list, 'max', 1000),
        timed("change in the cluster → on the task's page", onScreen.detail, 'max', 1000),
      ];
    } finally {
      await browser.close();
    }
  } finally {
    await running.stop();
  }
}

interface Listed {
  namespace: string;
  name: string;
  state: string;
  coverage: { value: number | null } | null;
}

/** Every task is listed, and every mirroring one with a coverage that is a number. */
async function untilMeasured(url: string, { tasks }: Fleet): Promise<void> {
  if (tasks.length !== taskCount) throw new Error(`${tasks.length} tasks were made instead of ${taskCount}`);
  const mirroring = tasks.filter(({ isMirroring }) => isMirroring).length;
  const deadline = Date.now() + 10 * 60_000;
  for (;;) {
    // The sandbox may be too busy to answer yet: it starts over a thousand pods.
    const listed = await allTasks(url).catch((error: Error) => {
      console.error(`  ${error.message}`);
      return [];
    });
    const measured = listed.filter(({ coverage }) => typeof coverage?.value === 'number').length;
    const states = Map.groupBy(listed, ({ state }) => state);
    const running = states.get('Mirroring')?.length ?? 0;
    if (listed.length === tasks.length && running === mirroring && measured === mirroring) return;
    const found = [...states].map(([state, { length }]) => `${length} ${state}`).join(', ');
    if (Date.now() > deadline)
      throw new Error(`the tasks are not as they should be: ${found}, ${measured} with coverage`);
    console.error(`  ${found}, ${measured} with coverage`);
    await new Promise((resolve) => setTimeout(resolve, 5000));
  }
}

/** A list that answers fast because it measures nothing does not count. */
function expectMeasured(items: readonly Listed[]): void {
  const unmeasured = items.find(({ state, coverage }) => state === 'Mirroring' && typeof coverage?.value !== 'number');
  if (items.length !== 100 || unmeasured)
    throw new Error(`${items.length} tasks were listed, ${unmeasured?.name ?? 'none'} without coverage`);
}

async function allTasks(url: string): Promise<Listed[]> {
  const tasks: Listed[] = [];
  let next: string | undefined;
  do {
    const query = new URLSearchParams({
      limit: '200',
      sort: 'name',
      ...(next === undefined ? {} : { continue: next }),
    });
    const page = (await getJson(`${url}/api/tasks?${query}`)) as { items: Listed[]; continue?: string };
    tasks.push(...page.items);
    next = page.continue;
  } while (next !== undefined);
  return tasks;
}

export async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}
