import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { createTranslator } from 'next-intl';
import { describe, expect, it } from 'vitest';
import { planCreate } from '../lib/domain/plan-create.ts';
import { checkCases, type PlannedCode } from '../lib/domain/testing/check-cases.ts';
import { checksOf } from '../lib/domain/testing/checks.ts';
import { reviews } from '../lib/domain/testing/snapshot.ts';
import { checkCodes, type CheckCode } from '../lib/domain/check.ts';
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

/** Severities and reasons, as `fail missing`, that check.test.ts holds a code to find. */
function seen(code: PlannedCode): string[] {
  return [...new Set(checkCases[code].map(({ finds }) => finds))].filter((finds) => finds !== 'nothing');
}

/** Reasons that a text has words of its own for; the rest shares one text. */
function reasonsIn(text: string): string[] {
  const reasons: string[] = [];
  const visit = (elements: MessageFormatElement[]) => {
    for (const element of elements) {
      if (element.type !== TYPE.select) continue;
      if (element.value === 'reason') reasons.push(...Object.keys(element.options));
      for (const option of Object.values(element.options)) visit(option.value);
    }
  };
  visit(parse(text));
  return reasons.filter((reason) => reason !== 'other');
}

/** Found by the server, with tests of its own: task-conflicts.test.ts has both of their severities. */
const ofServer: readonly CheckCode[] = ['task_records', 'server_dry_run'];

describe('each check of a plan', () => {
  const planned = checkCodes.filter((code): code is PlannedCode => !ofServer.includes(code));
  const page = documented();

  it.each(planned)('%s is seen with just the severities that docs/checks.md lists', (code) => {
    const severitiesSeen = new Set(seen(code).map((finds) => finds.split(' ')[0]));
    expect([...severitiesSeen].toSorted()).toEqual(page.get(code)?.toSorted());
  });

  it.each(planned)('%s is seen with every reason that has words of its own', (code) => {
    const texts: Record<string, string> = en.check[code];
    const told = severities.flatMap((severity) =>
      reasonsIn(texts[severity] ?? '').map((reason) => `${severity} ${reason}`),
    );
    expect(told.filter((finds) => !seen(code).includes(finds))).toEqual([]);
  });

  it.each([
    ['en', en],
    ['zh', zh],
  ])('says in %s what it found and what to do, with all that its words name', (locale, messages) => {
    const lacking = new Set<string>();
    const onError = ({ message }: Error) => void lacking.add(message);
    const translate = createTranslator({ locale, messages, timeZone: 'UTC', onError }) as unknown as (
      key: string,
      params: object,
    ) => string;
    for (const { world, input } of Object.values(checkCases).flat()) {
      for (const { code, severity, params } of checksOf(world, input)) {
        translate(`check.${code}.${severity}`, params);
        if (severity !== 'pass') translate(`check.${code}.action`, params);
      }
    }
    expect([...lacking]).toEqual([]);
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
