/** Next calls this once, before the server takes requests. */
export async function register(): Promise<void> {
  // Next builds this file for the edge runtime as well, where there is no process to watch.
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { requireSettings } = await import('@/lib/server/required-settings');
  await requireSettings();
  const { startProcess } = await import('@/lib/server/process');
  startProcess();
}
