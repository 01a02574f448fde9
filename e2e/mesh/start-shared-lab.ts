import type { TestProject } from 'vitest/node';
import { launchLab, stopChild } from '../../scripts/lib/launch.mjs';
import type { ProxySources } from './lab/sidecar.ts';

/** Where the lab that all files of the suite share is reached. */
export interface SharedLab {
  kubeconfig: string;
  prometheus: string;
  /** Address of its exporter: `/pods`, `/outside`, `/load`. */
  url: string;
  /** Where proxies get their configuration from, on loopback. */
  sources: ProxySources;
}

declare module 'vitest' {
  interface ProvidedContext {
    lab: SharedLab;
  }
}

const stopGraceMs = 20_000;

/** Starts the lab before the first file and ends it after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { child, kubeconfig, prometheus, url, sources } = await launchLab({ env: {}, scrapeIntervalSeconds: 1 });
  // It has said why. Without it every test would wait in vain.
  const endToo = () => process.exit(1);
  child.once('exit', endToo);
  project.provide('lab', { kubeconfig, prometheus, url, sources });
  return () => {
    child.off('exit', endToo);
    return stopChild(child, stopGraceMs);
  };
}
