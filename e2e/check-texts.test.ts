import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { describe, expect, it } from 'vitest';
import { planCreate } from '../lib/domain/plan-create.ts';
import { reviews } from '../lib/domain/testing/snapshot.ts';
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

describe('the check of tools that own what a task edits', () => {
  const { input, snapshot } = reviews();
  const tools = {
    none: {},
    'Argo CD': { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:reviews' } },
    Helm: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
  };
  const passes = Object.values(tools).flatMap((marks) =>
    (['write', 'patch'] as const).flatMap((delivery) => {
      const virtualServices = snapshot.virtualServices.map((object) => ({
        ...object,
        metadata: { ...object.metadata, ...marks },
      }));
      const { checks } = planCreate({ ...input, delivery }, { ...snapshot, virtualServices });
      return checks.filter(({ code, severity }) => code === 'owner_tool' && severity === 'pass');
    }),
  );

  it.each([
    ['en', en],
    ['zh', zh],
  ])('has in %s words for just the ways in which it passes', (_language, messages) => {
    const [choice] = parse(messages.check.owner_tool.pass);
    const told = choice?.type === TYPE.select ? Object.keys(choice.options) : [];
    const found = new Set(passes.map(({ params }) => (params['delivery'] === 'none' ? 'other' : params['delivery'])));
    expect(told.toSorted()).toEqual([...found].toSorted());
  });
});
