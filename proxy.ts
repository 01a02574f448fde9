import { randomBytes } from 'node:crypto';
import { isHolderOf, isToken, tokenCookie } from '@/lib/server/auth/launch-token';
import { getEnvironment } from '@/lib/server/env';
import { isAllowedHost } from '@/lib/server/http/guard';
import { localeOf } from '@/lib/i18n/locale';
import { renderMessage } from '@/lib/server/http/message';
import { contentSecurityPolicy, pageHeaders } from '@/lib/server/http/page-headers';
import { NextResponse, type NextRequest } from 'next/server';

/**
 * Next's hook before every page: Host, launch token, and the nonce of the page's Content-Security-Policy. API routes
 * check the same for themselves (lib/server/http/handle.ts); files under _next/static hold nothing of anybody.
 */
export const config = { matcher: ['/((?!api/|api$|metrics$|_next/static/).*)'] };

export function proxy(request: NextRequest): NextResponse {
  const env = getEnvironment();
  const host = request.headers.get('host');
  if (!isAllowedHost(host, env)) return refuse(request, 403, { code: 'forbidden', params: { reason: 'Host' } });

  const token = request.nextUrl.searchParams.get('token');
  if (env.token !== null && token !== null && isToken(token, env)) return exchangeToken(request, host ?? '');
  if (!isHolderOf(request.headers, env)) return refuse(request, 401, { code: 'unauthorized', params: {} });

  const nonce = randomBytes(16).toString('base64');
  const policy = contentSecurityPolicy(nonce, env.isDevelopment);
  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  // Next reads the nonce for its own scripts from here.
  headers.set('content-security-policy', policy);
  return withPageHeaders(NextResponse.next({ request: { headers } }), policy);
}

/** Trades the token of the printed address for a cookie that scripts cannot read, and takes it out of the address. */
function exchangeToken(request: NextRequest, host: string): NextResponse {
  const target = new URL(request.nextUrl.pathname, `${request.nextUrl.protocol}//${host}`);
  for (const [key, value] of request.nextUrl.searchParams) if (key !== 'token') target.searchParams.append(key, value);
  if (target.pathname === '/auth') target.pathname = '/';
  const response = withPageHeaders(NextResponse.redirect(target, 303));
  response.cookies.set({
    ...tokenCookie(getEnvironment()),
    httpOnly: true,
    sameSite: 'strict',
    secure: request.nextUrl.protocol === 'https:',
    path: '/',
  });
  return response;
}

function refuse(request: NextRequest, status: number, ref: Parameters<typeof renderMessage>[0]): NextResponse {
  const text = renderMessage(ref, localeOf(request.headers.get('accept-language')), 'error');
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  return withPageHeaders(new NextResponse(`${text}\n`, { status, headers }));
}

function withPageHeaders(response: NextResponse, policy = "default-src 'none'; frame-ancestors 'none'"): NextResponse {
  response.headers.set('content-security-policy', policy);
  response.headers.set('cache-control', 'no-store');
  for (const [name, value] of Object.entries(pageHeaders)) response.headers.set(name, value);
  return response;
}
