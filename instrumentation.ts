/** Next calls this once, before the server takes requests. */
export async function register(): Promise<void> {
  const { startProcess } = await import('@/lib/server/process');
  startProcess();
}
