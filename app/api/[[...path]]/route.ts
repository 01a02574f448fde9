import { nothingHere } from '@/lib/server/http/handle';

/** Every address below /api that is none of ours: 404 as JSON, not Next's page. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = nothingHere();
