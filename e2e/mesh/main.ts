// Starts the mesh lab and prints its addresses as one line of JSON when it is ready. SIGTERM ends it, and so does the end
// of one of its parts.
import { parseArgs } from 'node:util';
import { startLab } from './lab/lab.ts';

const { values } = parseArgs({ options: { 'scrape-interval': { type: 'string', default: '1' } } });
const started = Date.now();
const seconds = () => (Date.now() - started) / 1000;
let stopLab: () => Promise<void> = async () => undefined;
let isStopping = false;
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => void stop(0));

try {
  const { kubeconfig, prometheus, url, sources } = await startLab({
    scrapeIntervalSeconds: Number(values['scrape-interval']),
    onStep: (step) => console.error(`${seconds().toFixed(1)} s: starting ${step} …`),
    onStoppable: (stop) => (stopLab = stop),
    onDeath: (name) => {
      if (isStopping) return;
      console.error(`The mesh lab ends: ${name} has ended by itself.`);
      void stop(1);
    },
  });
  console.log(JSON.stringify({ kubeconfig, prometheus, url, sources, readySeconds: seconds() }));
} catch (error) {
  if (!isStopping) console.error(error);
  await stop(1);
}

async function stop(code: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await stopLab();
  process.exit(code);
}
