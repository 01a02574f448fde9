import type { ActivityList } from '@/lib/contract/task';
import type { Locale } from '@/lib/i18n/preferences';
import { toMessageOrNull } from '@/lib/server/http/message';
import type { z } from 'zod/mini';
import type { ActivityEntryView } from './task-activity';

/** An activity list's answer, with its texts in `locale`. */
export function toActivityList(entries: readonly ActivityEntryView[], locale: Locale): z.infer<typeof ActivityList> {
  return { items: entries.map((entry) => ({ ...entry, detail: toMessageOrNull(entry.detail, locale) })) };
}
