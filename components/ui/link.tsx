import NextLink from 'next/link';
import type { ComponentProps } from 'react';

/**
 * A link inside the console. Nothing is fetched before it is followed: every page is made for its request, so that
 * Next's prefetch renders a dozen pages that nobody opens, on connections that the page's own data waits for.
 */
export function Link(props: Omit<ComponentProps<typeof NextLink>, 'prefetch'>) {
  return <NextLink {...props} prefetch={false} />;
}
