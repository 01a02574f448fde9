import { useDeferredValue } from 'react';

/**
 * What a query answered, drawn in slices behind whatever answers the user: React draws what comes straight from the
 * query in one piece, which on a slow processor blocks the page. Parts that are `memo` are then drawn only when
 * something of theirs is new.
 */
export function useDeferredAnswer<Data>({ data, error }: { data: Data | undefined; error: Error | null }) {
  return { data: useDeferredValue(data), error: useDeferredValue(error) };
}
