import type { ChildProcess } from 'node:child_process';
import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { startTogether } from '../scripts/lib/together.mjs';
import type { TrafficTotals } from '../lib/sandbox/mesh/counters.ts';
import { openKube, type Kube } from './kube.ts';

export { expect } from '@playwright/test';

interface Running {
  url: string;
  kubeconfig: string;
  apiServer: string;
  prometheus: string;
  control: string;
  readonly consoleProcess: ChildProcess;
  /** Starts the console again, at the same address, after it has gone. */
  restartConsole(): Promise<void>;
  stop(): Promise<void>;
}

interface Options {
  /** The sandbox's user that the console runs as. */
  user: 'admin' | 'project-regular' | 'viewer';
  language: 'zh' | 'en';
  /** Extra arguments of the sandbox. */
  sandboxArgs: string[];
  /** How long the console waits after a write for every proxy to have it; null: as long as on a cluster of yours. */
  settleMs: number | null;
}

export interface Fixtures {
  /** A sandbox and a console of the test's own. */
  running: Running;
  /** The sandbox's API server, as admin. */
  kube: Kube;
  /** The sandbox's switches. */
  control: {
    api(up: boolean): Promise<void>;
    prometheus(up: boolean): Promise<void>;
    /** What is wrong with the requests to the API server that match, or with every answer of Prometheus. */
    fault(where: 'faults' | 'prometheus-fault', fault: Record<string, unknown>): Promise<void>;
    /** Takes every fault away. */
    mend(): Promise<void>;
    /** The API server forgets its history: a watch can only go on from what is now. */
    compact(): Promise<void>;
    /** What really happened to requests since the start, whatever anybody measured. */
    traffic(): Promise<TrafficTotals>;
  };
}

/** A journey in a real browser, on a sandbox of its own. A violation of the content security policy fails it. */
export const test = base.extend<Fixtures & Options>({
  user: ['admin', { option: true }],
  language: ['zh', { option: true }],
  sandboxArgs: [[], { option: true }],
  // The sandbox's proxies have a write after 2.5 s at most.
  settleMs: [3_000, { option: true }],
  running: async ({ user, sandboxArgs, settleMs }, use) => {
    const env = { MIRROR_CONSOLE_SETTLE_MS: settleMs === null ? '' : String(settleMs) };
    const running = await startTogether({ user, sandboxArgs, env, quiet: true });
    await use(running);
    await running.stop();
  },
  baseURL: async ({ running }, use) => use(running.url),
  kube: async ({ running }, use) => use(openKube(running.kubeconfig)),
  control: async ({ running }, use) => {
    const turn = async (method: string, path: string, input?: object) => {
      const response = await fetch(`${running.control}/${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(input ? { body: JSON.stringify(input) } : {}),
      });
      const text = await response.text();
      expect(response.ok, text).toBe(true);
      return JSON.parse(text);
    };
    await use({
      api: (up) => turn('POST', 'outage', { api: !up }),
      prometheus: (up) => turn('POST', 'outage', { prometheus: !up }),
      fault: (where, fault) => turn('POST', where, fault),
      mend: () => turn('DELETE', 'faults'),
      compact: () => turn('POST', 'compact', {}),
      traffic: async () => (await turn('GET', 'state')).traffic,
    });
  },
  page: async ({ page, context, running, language }, use) => {
    await context.addCookies([{ name: 'locale', value: language, url: running.url }]);
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to|MISSING_MESSAGE/.test(message.text())) violations.push(message.text());
    });
    page.on('pageerror', (error) => violations.push(`page error: ${error.message}`));
    await use(page);
    expect(violations, 'violations of the content security policy, missing words, uncaught errors').toEqual([]);
  },
});

/** No serious finding of axe on what the page shows now. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(
    serious.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
  ).toEqual([]);
}

/** The page does not scroll sideways, once it has laid itself out for the window's size. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth))
    .toBeLessThanOrEqual(0);
}
