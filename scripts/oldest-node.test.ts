import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

/** What came after Node 18, as far as somebody may write it without thinking. */
const newer =
  /\.(toSorted|toReversed|toSpliced|with|fromAsync|isWellFormed|union|difference|intersection)\(|groupBy\(|withResolvers|import\.meta\.(dirname|filename)|\bnavigator\b|styleText|globSync|\bawait using\b|\/[gimsuy]*v[gimsuy]*\.test/;

it('scripts, which run before a newer Node is installed, use nothing that Node 18 lacks', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.mjs'),
  );
  expect(files).toContain('start.mjs');
  const found = files.flatMap((file) =>
    readFileSync(path.join(import.meta.dirname, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (newer.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
