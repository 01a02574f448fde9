import { isHolderOf } from '@/lib/server/auth/launch-token';
import type { Environment } from '@/lib/server/env';
import { ApiError } from './api-error';

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * A page of some other site whose name was made to resolve to this machine (DNS rebinding) would be same-origin
 * with us; its requests carry its own name in Host.
 */
export function isAllowedHost(host: string | null, env: Pick<Environment, 'allowedHosts'>): boolean {
  const name = hostName(host);
  return name !== null && (loopbackNames.includes(name) || env.allowedHosts.includes(name));
}

/** Throws unless Host is ours and, when a launch token is set, the request holds it. */
export function guardRequest(request: Request, env: Environment, needsToken: boolean): void {
  if (!isAllowedHost(request.headers.get('host'), env))
    throw new ApiError('forbidden', { reason: 'Host is not allowed' });
  if (needsToken && !isHolderOf(request.headers, env)) throw new ApiError('unauthorized', {});
}

/**
 * Throws when a write comes from a page of another origin. A request without Origin is not from a browser's page:
 * browsers send it with every POST, PUT, PATCH and DELETE.
 */
export function guardWrite(request: Request): void {
  const origin = request.headers.get('origin');
  if (origin !== null && !isSameHost(origin, request.headers.get('host')))
    throw new ApiError('forbidden', { reason: 'Origin is another site' });
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none')
    throw new ApiError('forbidden', { reason: 'Sec-Fetch-Site is another site' });
}

function isSameHost(origin: string, host: string | null): boolean {
  if (host === null || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  // `host` of a URL leaves out a scheme's own port; give the Host header the same form.
  return URL.canParse(`${url.protocol}//${host}`) && new URL(`${url.protocol}//${host}`).host === url.host;
}

function hostName(host: string | null): string | null {
  if (host === null || !/^[A-Za-z0-9.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return null;
  return new URL(`http://${host}`).hostname;
}
