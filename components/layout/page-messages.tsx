import { NextIntlClientProvider, type Messages } from 'next-intl';
import { getMessages } from 'next-intl/server';
import type { ReactNode } from 'react';

/** Words that every page needs: of buttons, and of what a request threw. */
const sharedAreas = ['common', 'error', 'invalid'] as const;

/** Sends the browser only those areas of the messages that the page below looks words up in. */
export async function PageMessages({ areas, children }: { areas: readonly (keyof Messages)[]; children: ReactNode }) {
  const messages: Record<string, unknown> = await getMessages();
  const sent = Object.fromEntries([...sharedAreas, ...areas].map((area) => [area, messages[area]]));
  return <NextIntlClientProvider messages={sent}>{children}</NextIntlClientProvider>;
}
