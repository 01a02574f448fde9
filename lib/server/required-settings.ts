import { getEnvironment } from './env';

/** Ends the process with one line when it could serve nothing: a wrong setting, a kubeconfig that cannot be used. */
export async function requireSettings(): Promise<void> {
  try {
    getEnvironment();
    // Not before: modules behind it read the settings while they load.
    const { getCluster } = await import('./cluster/get-cluster');
    getCluster();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
