import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../../../scripts/lib/launch.mjs';
import { startProgram } from './program.ts';

interface Options {
  binary: string;
  directory: string;
  /** Prometheus' scrape_configs. */
  scrapeConfigs: object[];
  scrapeIntervalSeconds: number;
  /** Hears when it ends without being asked to. */
  onDeath?: (name: string) => void;
  /** Others may bring samples by the remote-write protocol. */
  takesRemoteWrite?: boolean;
}

/** A Prometheus on a free port of loopback. */
export async function startPrometheus(options: Options): Promise<{ url: string; stop(): Promise<void> }> {
  const {
    binary,
    directory,
    scrapeConfigs,
    scrapeIntervalSeconds,
    onDeath = () => undefined,
    takesRemoteWrite = false,
  } = options;
  const config = path.join(directory, 'prometheus.yaml');
  const interval = `${scrapeIntervalSeconds}s`;
  writeFileSync(
    config,
    stringify({
      global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
      scrape_configs: scrapeConfigs,
    }),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { stop } = await startProgram({
    name: 'prometheus',
    binary,
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(directory, 'prometheus')}`,
      '--storage.tsdb.retention.time=1d',
      `--web.listen-address=127.0.0.1:${port}`,
      ...(takesRemoteWrite ? ['--web.enable-remote-write-receiver'] : []),
    ],
    directory,
    readyUrl: `${url}/-/ready`,
    onDeath,
  });
  return { url, stop };
}
