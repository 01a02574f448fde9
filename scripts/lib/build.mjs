import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { hashFiles, makeOnce, root, runTool } from './tools.mjs';

/** What the build depends on: everything Next compiles or reads. */
const sources = ['app', 'components', 'lib', 'messages', 'public'];
const sourceFiles = [
  'next.config.js',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'postcss.config.mjs',
  'proxy.ts',
  'instrumentation.ts',
];

function* filesBelow(directory) {
  for (const entry of readdirSync(path.join(root, directory), { withFileTypes: true })) {
    const file = `${directory}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(file);
    else if (!/\.test\.tsx?$/.test(entry.name)) yield file;
  }
}

function sourceHash() {
  const files = sources
    .filter((directory) => existsSync(path.join(root, directory)))
    .flatMap((directory) => [...filesBelow(directory)]);
  return hashFiles([...files.filter((file) => !file.startsWith('lib/sandbox/')), ...sourceFiles].sort());
}

/** Builds the console unless the last build was made from the same sources. */
export async function buildConsole({ quiet = false } = {}) {
  return makeOnce({
    name: 'build',
    hash: sourceHash(),
    isThere: () => existsSync(path.join(root, '.next/BUILD_ID')),
    make: () => {
      console.log('Building the console (once after each change, about a minute) …');
      return runTool('next', ['build'], { quiet });
    },
  });
}
