import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { spawnProgram, stopChild } from '../../../scripts/lib/launch.mjs';
import { waitFor } from '../../cluster/control-plane.ts';

interface Options {
  name: string;
  binary: string;
  args: string[];
  env?: Record<string, string>;
  /** Folder for its log. */
  directory: string;
  /** Address that answers 2xx when it is ready. */
  readyUrl: string;
  /** Hears when it ends without being asked to. */
  onDeath: (name: string) => void;
}

/** Starts a program and waits until it is ready; its log is a file. */
export async function startProgram({
  name,
  binary,
  args,
  env,
  directory,
  readyUrl,
  onDeath,
}: Options): Promise<{ stop(): Promise<void> }> {
  const child = spawnProgram(binary, args, env);
  const log = createWriteStream(path.join(directory, `${name}.log`));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  let isStopping = false;
  child.once('exit', () => {
    if (!isStopping) onDeath(name);
  });
  const stop = () => {
    isStopping = true;
    return stopChild(child);
  };
  try {
    await waitFor(name, async () => (await fetch(readyUrl)).ok, [{ name, child }]);
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
