'use client';
import { useTranslations } from 'next-intl';
import type { ErrorDetail } from '@/lib/contract/error';
import type { Message } from '@/lib/contract/task';
import { useFormat } from '@/lib/format/use-format';
import { ApiRequestError } from './http';

type Params = Record<string, string | number>;

/** `t` for keys known only at run time; `has` guards every use. */
interface DynamicTranslate {
  (key: string, params?: Params): string;
  has(key: string): boolean;
}

/** First part of a message key, e.g. `reason.CODE`. */
export type MessageArea = 'reason' | 'error' | 'invalid' | 'check' | 'step' | 'verb' | 'state' | 'charts';

function useDynamicTranslations(): DynamicTranslate {
  // The typed translator is narrowed: these keys come from the server.
  return useTranslations() as unknown as DynamicTranslate;
}

/**
 * Words for codes: `word('reason', {code, params, message})` in the reader's language; else the server's own words. A
 * param `since` is an ISO time.
 */
export function useMessageText() {
  const t = useDynamicTranslations();
  const format = useFormat();
  return (area: MessageArea, message: Pick<Message, 'code' | 'params'> & { message?: string }): string => {
    const key = [`${area}.${message.code}`, message.code].find((candidate) => t.has(candidate));
    if (key === undefined) return message.message ?? message.code;
    const { since } = message.params;
    if (typeof since !== 'string') return t(key, message.params);
    return t(key, { ...message.params, since: format.time(since, Date.parse(since), true) });
  };
}

/** Words for a thing that has only a code, e.g. `code('verb', 'pause')`; the code itself where there are none. */
export function useCodeText() {
  const text = useMessageText();
  return (area: MessageArea, code: string, params: Params = {}): string => text(area, { code, params });
}

export interface ErrorText {
  /** What happened. */
  title: string;
  /** Findings about single fields. */
  details: { path: string; text: string }[];
}

/** Words for whatever a request threw. */
export function useErrorText(): (error: unknown) => ErrorText {
  const text = useMessageText();
  const detailText = (detail: ErrorDetail) => text('invalid', detail);
  return (error) => {
    if (!(error instanceof ApiRequestError))
      return { title: text('error', { code: 'internal', params: { request: '-' } }), details: [] };
    return {
      title: text('error', error),
      details: error.details.map((detail) => ({ path: detail.path, text: detailText(detail) })),
    };
  };
}
