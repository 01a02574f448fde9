import path from 'node:path';
import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { describe, expect, it } from 'vitest';
import en from '../messages/en.json' with { type: 'json' };
import zh from '../messages/zh.json' with { type: 'json' };
import { readSources } from './architecture.ts';
import { areasGivenBy, areasUsedBy, sharedAreas } from './page-messages.ts';

type Messages = { [key: string]: string | Messages };

function flatten(messages: Messages, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(messages).flatMap(([key, value]) =>
      typeof value === 'string' ? [[prefix + key, value] as const] : [...flatten(value, `${prefix}${key}.`)],
    ),
  );
}

/** Names of the values that an ICU text needs. */
function argumentsOf(text: string): string[] {
  const names = new Set<string>();
  const visit = (elements: MessageFormatElement[]) => {
    for (const element of elements) {
      if (element.type === TYPE.literal || element.type === TYPE.pound) continue;
      names.add(element.value);
      if (element.type === TYPE.select || element.type === TYPE.plural)
        for (const option of Object.values(element.options)) visit(option.value);
      if (element.type === TYPE.tag) visit(element.children);
    }
  };
  visit(parse(text));
  return [...names].toSorted();
}

describe('messages', () => {
  const english = flatten(en);
  const chinese = flatten(zh);

  it('exist in both languages under the same keys', () => {
    expect([...chinese.keys()].toSorted()).toEqual([...english.keys()].toSorted());
    expect(english.size).toBeGreaterThan(100);
  });

  it('name the same values in both languages', () => {
    const different = [...english].filter(
      ([key, text]) => argumentsOf(text).join() !== argumentsOf(chinese.get(key) ?? '').join(),
    );
    expect(different.map(([key, text]) => `${key}: ${text} / ${chinese.get(key)}`)).toEqual([]);
  });

  it('are never empty, and Chinese texts are Chinese', () => {
    expect([...english, ...chinese].filter(([, text]) => text.trim() === '')).toEqual([]);
    const untranslated = [...english].filter(([key, text]) => text.split(' ').length > 4 && chinese.get(key) === text);
    expect(untranslated).toEqual([]);
  });
});

describe('a page', () => {
  const files = readSources(path.resolve(import.meta.dirname, '..'));
  const pages = files.filter((file) => file.text.includes('<PageMessages'));

  it('stands within the messages of its own, everywhere', () => {
    const routes = files.filter(
      (file) => /^app\/.*(page|layout)\.tsx$/.test(file.path) && file.path !== 'app/page.tsx',
    );
    expect(pages.map((file) => file.path)).toEqual(routes.map((file) => file.path));
  });

  it.each(pages.map((page) => [page.path, page] as const))('%s sends the words it uses and no others', (_, page) => {
    const used = areasUsedBy(page.path.replace('.tsx', ''), files).filter((area) => !sharedAreas.includes(area));
    expect(used).not.toEqual([]);
    expect(areasGivenBy(page)).toEqual(used);
  });
});
