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
  /** Folder with blocks to begin with; absent: none. */
  data?: string;
}

/** A Prometheus on a free port of loopback. */
export async function startPrometheus(options: Options): Promise<{ url: string; stop(): Promise<void> }> {
  const { binary, directory, scrapeConfigs, scrapeIntervalSeconds } = options;
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
      `--storage.tsdb.path=${options.data ?? path.join(directory, 'prometheus')}`,
      '--storage.tsdb.retention.time=1d',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    directory,
    readyUrl: `${url}/-/ready`,
  });
  return { url, stop };
}
