// Fails when a page fetches more JavaScript than its budget. `npm test -- sizes` runs it on the last build.
import { pageSizes } from './lib/page-sizes.mjs';

const sizes = await pageSizes();
console.log('First-load JavaScript, gzip:');
for (const { path, title, budget, bytes } of sizes)
  console.log(`  ${kB(bytes)} of ${budget} kB  ${path.padEnd(30)} ${title}`);
const over = sizes.filter(({ budget, bytes }) => bytes > budget * 1000);
for (const { path, title, budget, bytes } of over)
  console.error(`${path} (${title}) loads ${kB(bytes).trim()} kB of JavaScript: its budget is ${budget} kB.`);
process.exitCode = over.length > 0 ? 1 : 0;

function kB(bytes) {
  return (bytes / 1000).toFixed(0).padStart(4);
}
