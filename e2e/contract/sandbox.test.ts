import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSandbox } from '../../lib/sandbox/start.ts';
import { describeKubernetesContract } from './kubernetes-contract.ts';

describeKubernetesContract(
  'the sandbox',
  async () => {
    const sandbox = await startSandbox({ historyMs: 60_000 });
    const directory = mkdtempSync(path.join(tmpdir(), 'sandbox-'));
    const kubeconfig = path.join(directory, 'kubeconfig');
    writeFileSync(kubeconfig, sandbox.kubeconfigYaml, { mode: 0o600 });
    return {
      kubeconfig,
      image: 'my-app:v1.0',
      forgetHistory: () => sandbox.store.compact(),
      stop: async () => {
        await sandbox.stop();
        rmSync(directory, { recursive: true });
      },
    };
  },
  { hasIstio: true },
);
