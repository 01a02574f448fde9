import { QueryClient } from '@tanstack/react-query';
import { ApiRequestError } from './http';

const retries = 2;

/** Only what may heal by itself is tried again: no answer, or an upstream that does not answer. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiRequestError)) return false;
  return error.code === 'network' || error.code === 'timeout' || error.status === 503;
}

/** One per browser page; the server makes one per request. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2000,
        gcTime: 5 * 60_000,
        // Background tabs do not poll; coming back to the tab fetches what is stale.
        refetchIntervalInBackground: false,
        refetchOnWindowFocus: true,
        retry: (failures, error) => failures < retries && isPassing(error),
        retryDelay: (failures) => Math.min(1000 * 2 ** failures, 8000),
        // An unreachable API is told by the page, not by a paused query.
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}
