import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
  'scripts/lib/build.mjs',
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
    make: async () => {
      console.log('Building the console (once after each change, about a minute) …');
      const code = await runTool('next', ['build'], { quiet });
      if (code === 0) hintAtFirstScripts();
      return code;
    },
  });
}

/**
 * Tells browsers to compile what every page begins with (React, Next's router) whole, and so while it arrives, on a
 * thread of its own. Unhinted, Chromium compiles each function when it is first called, on the page's thread: up to
 * 280 ms at once on a four times slowed processor. https://v8.dev/blog/explicit-compile-hints
 */
function hintAtFirstScripts() {
  const hint = '//# allFunctionsCalledOnLoad\n';
  const directory = path.join(root, '.next');
  const { rootMainFiles } = JSON.parse(readFileSync(path.join(directory, 'build-manifest.json'), 'utf8'));
  for (const name of rootMainFiles) {
    const file = path.join(directory, name);
    const script = readFileSync(file, 'utf8');
    if (!script.startsWith(hint)) writeFileSync(file, hint + script);
  }
}
