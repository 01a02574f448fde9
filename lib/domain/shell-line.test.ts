import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shellLine } from './shell-line.ts';

it('a shell reads back just the words, whatever is in them', () => {
  const word = fc.string({ unit: 'binary-ascii', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const line = shellLine('printf', '%s\\0', ...words);
      const read = execFileSync('sh', ['-c', line]).toString('latin1').split('\0').slice(0, -1);
      expect(read).toEqual(words);
    }),
    { numRuns: 50 },
  );
});
