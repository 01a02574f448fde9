/** Measures what README.md promises of speed, prints it as a table, and with --check fails when something is missed. */
import { parseArgs } from 'node:util';
import { benchDetail } from './detail.ts';
import { benchFleet } from './fleet.ts';
import { benchMemory } from './memory.ts';
import { benchPlan } from './plan.ts';
import { machine, table, type Measurement } from './report.ts';
import { benchSizes } from './sizes.ts';

const suites = {
  plan: benchPlan,
  fleet: benchFleet,
  detail: benchDetail,
  sizes: benchSizes,
} satisfies Record<string, () => Promise<Measurement[]>>;

const usage = `Usage: npm run bench -- [options]
  --only A,B       some of ${Object.keys(suites).join(', ')}
  --long           memory of the server under 20 open pages instead: takes an hour
  --minutes NUMBER length of --long, for a first look; its first sixth is the warm-up (default 60)
  --check          exit with 1 when a wanted value is missed`;

const { only, long, minutes, check } = readOptions();
const wanted = long ? { memory: () => benchMemory(minutes) } : pick(only);
const measurements: Measurement[] = [];
for (const [name, suite] of Object.entries(wanted)) {
  console.error(`${name} …`);
  measurements.push(...(await suite()));
}
console.log(`\n${machine()}\n\n${table(measurements)}\n`);
const missed = measurements.filter(({ value, below }) => !(value < below));
if (missed.length > 0) console.log(`${missed.length} of ${measurements.length} missed.`);
process.exitCode = check && missed.length > 0 ? 1 : 0;

function pick(names: string[]): Partial<typeof suites> {
  return Object.fromEntries(Object.entries(suites).filter(([name]) => names.length === 0 || names.includes(name)));
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      long: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '60' },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const names = values.only.split(',').filter((name) => name !== '');
  const length = Number(values.minutes);
  if (names.some((name) => !Object.hasOwn(suites, name)) || !(length > 0)) {
    console.error(usage);
    process.exit(2);
  }
  return { ...values, only: names, minutes: length };
}
