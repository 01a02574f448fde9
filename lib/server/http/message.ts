import { createTranslator } from 'next-intl';
import type { Message } from '@/lib/contract/task';
import type { MessageRef } from '@/lib/domain/message';
import en from '@/messages/en.json';
import zh from '@/messages/zh.json';
import type { Locale } from '@/lib/i18n/preferences';

/** First part of a message key. A code that already starts with one of these (`check.port_exists.fail`) is whole. */
export type MessageArea = 'reason' | 'error' | 'invalid' | 'check' | 'step' | 'state' | 'verb' | 'charts';

interface Translate {
  (key: string, values: Record<string, string | number>): string;
  has(key: string): boolean;
}

const translators: Record<Locale, Translate> = { en: translatorFor('en', en), zh: translatorFor('zh', zh) };

function translatorFor(locale: Locale, messages: Record<string, unknown>): Translate {
  return createTranslator({
    locale,
    messages,
    timeZone: 'UTC',
    // What cannot be formatted must not take the answer down: its code stands in. A param that is lacking is written as
    // "undefined" once the build has parsed the texts (docs/decisions/0022).
    onError: () => {},
    getMessageFallback: ({ key }) => key,
    // The keys are only known at run time, so the typed translator is narrowed to plain strings.
  }) as unknown as Translate;
}

/** Sentences by language, area, code and params: a list of tasks says the same few each time it is asked for. */
const rendered = new Map<string, string>();
const renderedMax = 5000;

/** The sentence of `ref` from messages/<locale>.json; its code where no such text exists. */
export function renderMessage(ref: MessageRef, locale: Locale, area: MessageArea = 'reason'): string {
  const key = JSON.stringify([locale, area, ref.code, ref.params]);
  const known = rendered.get(key);
  if (known !== undefined) return known;
  const sentence = render(ref, locale, area);
  if (rendered.size >= renderedMax) rendered.clear();
  rendered.set(key, sentence);
  return sentence;
}

function render(ref: MessageRef, locale: Locale, area: MessageArea): string {
  const translate = translators[locale];
  const key = [`${area}.${ref.code}`, ref.code].find((candidate) => translate.has(candidate));
  return key === undefined ? ref.code : translate(key, ref.params);
}

/** What a `Message` field of the contract carries: code and params for the browser, the sentence for everybody else. */
export function toMessage(ref: MessageRef, locale: Locale, area?: MessageArea): Message {
  return { code: ref.code, params: ref.params, message: renderMessage(ref, locale, area) };
}

/** `toMessage` for fields that may be absent. */
export function toMessageOrNull(ref: MessageRef | null, locale: Locale, area?: MessageArea): Message | null {
  return ref && toMessage(ref, locale, area);
}
