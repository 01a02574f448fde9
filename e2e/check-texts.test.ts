import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCodes } from '../lib/domain/check.ts';
import en from '../messages/en.json' with { type: 'json' };
import zh from '../messages/zh.json' with { type: 'json' };

const severities = ['pass', 'warn', 'fail', 'unknown'];

/** Code and severities of each line of the page's table. */
function documented(): Map<string, string[]> {
  const page = readFileSync(path.resolve(import.meta.dirname, '../docs/checks.md'), 'utf8');
  const lines = [...page.matchAll(/^\| `(\w+)` \|[^|]+\| ([^|]+) \|[^|]+\|$/gm)];
  return new Map(lines.map(([, code = '', listed = '']) => [code, listed.split(', ')]));
}

describe('checks', () => {
  const page = documented();

  it('are all in docs/checks.md, and no other ones', () => {
    expect([...page.keys()].toSorted()).toEqual([...checkCodes].toSorted());
  });

  it.each([
    ['en', en],
    ['zh', zh],
  ])('have in %s a title, advice and a text for just the severities that the page lists', (_language, messages) => {
    const texts: Record<string, Record<string, string>> = messages.check;
    expect(Object.keys(texts).toSorted()).toEqual([...checkCodes].toSorted());
    for (const code of checkCodes) {
      const keys = Object.keys(texts[code] ?? {});
      expect([code, ...keys.filter((key) => severities.includes(key)).toSorted()]).toEqual([
        code,
        ...(page.get(code) ?? []).toSorted(),
      ]);
      expect([code, ...keys.filter((key) => !severities.includes(key)).toSorted()]).toEqual([code, 'action', 'title']);
    }
  });
});
