import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Environment } from '@/lib/server/env';

type TokenSettings = Pick<Environment, 'token' | 'port'>;

/**
 * Cookies are shared by all ports of a host, so the name carries ours; and the value is not the token itself, so
 * that another local server which is sent the cookie cannot build an address with the token from it.
 */
export function tokenCookie(env: TokenSettings): { name: string; value: string } {
  return { name: `mirror-console-${env.port}`, value: env.token === null ? '' : digest(env.token, 'cookie') };
}

/** True when no launch token is set, or the request holds it as our cookie or as a bearer token (for scripts). */
export function isHolderOf(headers: Headers, env: TokenSettings): boolean {
  if (env.token === null) return true;
  const bearer = /^Bearer (\S+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  if (bearer !== undefined) return isToken(bearer, env);
  const cookie = tokenCookie(env);
  const sent = cookieValue(headers.get('cookie'), cookie.name);
  return sent !== null && isEqual(sent, cookie.value);
}

/** Is `text` the launch token? Takes the same time whatever differs. */
export function isToken(text: string, env: TokenSettings): boolean {
  return env.token !== null && isEqual(text, env.token);
}

function isEqual(a: string, b: string): boolean {
  // Digests have one length, which timingSafeEqual needs, and hide the length of the secret.
  return timingSafeEqual(Buffer.from(digest(a, 'compare')), Buffer.from(digest(b, 'compare')));
}

function digest(text: string, purpose: string): string {
  return createHmac('sha256', text).update(`mirror-console ${purpose}`).digest('base64url');
}

function cookieValue(header: string | null, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const separator = part.indexOf('=');
    if (separator > 0 && part.slice(0, separator).trim() === name) return part.slice(separator + 1).trim();
  }
  return null;
}
