import { createHmac, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { sendProblem } from './problems';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const COOKIE_MAX_AGE_S = 12 * 3600;

/** Security headers. The page needs no inline script or style; everything comes from this server. */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Plain HTTP on loopback is the normal case; whoever puts TLS in front sets this there.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: 'same-origin' },
  }) as RequestHandler;
}

export interface HostOptions {
  /** The address that the server listens on. */
  readonly host: string;
  /** Further names under which it is reached. */
  readonly allowedHosts?: readonly string[];
}

/**
 * Refuses (400) a request with several Host headers, of which a proxy may have believed another one, and (403) requests made under another name than ours: with DNS rebinding a foreign page makes the browser talk to
 * this server as `attacker.example`. An IP address cannot be rebound, so any of them will do once we listen beyond
 * loopback (health probes come by pod address).
 */
export function checkHost(options: HostOptions): RequestHandler {
  const names = new Set(
    [...LOOPBACK_NAMES, options.host, ...(options.allowedHosts ?? [])].map((name) => name.toLowerCase()),
  );
  const anyAddress = !isLoopback(options.host);
  const isOurs = (name: string | undefined) =>
    name !== undefined && (names.has(name) || (anyAddress && isIP(name) !== 0));
  return (request, response, next) => {
    if ((request.headersDistinct.host?.length ?? 0) > 1)
      return sendProblem(response, 'BAD_REQUEST', 'The request has more than one Host header.');
    const target = targetHost(request.url);
    if (target !== undefined && !isOurs(target))
      return sendProblem(response, 'BAD_REQUEST', 'The request target is the address of another server.');
    const name = hostName(request.headers.host);
    if (isOurs(name)) return next();
    // HTTP/1.0 has none: load balancers probe so, browsers never do.
    if (request.headers.host === undefined) return next();
    sendProblem(
      response,
      'FORBIDDEN',
      `Host ${JSON.stringify(name ?? '')} is not a name of this server; see --host and allowedHosts.`,
    );
  };
}

/** Whether an address or name to listen on is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.includes(host.toLowerCase()) || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Of a request to a proxy (`GET http://host/path`), which counts instead of the header; '' where it has none. */
function targetHost(target: string): string | undefined {
  const authority = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1];
  return authority === undefined ? undefined : (hostName(authority) ?? '');
}

function hostName(header: string | undefined): string | undefined {
  const match = /^(?:\[([\da-f:.]+)\]|([^\s:/@[\]]+))(?::\d{1,5})?$/i.exec(header ?? '');
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
}

/** Refuses (403) requests that change state and were made by a page of another site. */
export function checkOrigin(): RequestHandler {
  return (request, response, next) => {
    if (SAFE_METHODS.has(request.method) || isOwnPage(request)) return next();
    refuseForeignPage(response);
  };
}

/** The same for a route that changes state on GET too; also refuses browsers that only fetch ahead. */
export function checkOriginAlways(): RequestHandler {
  return (request, response, next) => {
    if (isOwnPage(request) && !/prefetch|prerender/.test(request.get('sec-purpose') ?? '')) return next();
    refuseForeignPage(response);
  };
}

function refuseForeignPage(response: Response): void {
  sendProblem(response, 'FORBIDDEN', 'This request changes something and comes from a page of another site.');
}

/** Browsers say where a request comes from; curl and other programs do not, and need not. */
function isOwnPage(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = request.get('origin');
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === request.headers.host?.toLowerCase();
}

/**
 * Asks for the token as `Authorization: Bearer …` or as the cookie that `takeTokenFromQuery` sets. Without a configured
 * token everybody passes.
 */
export function requireToken(token: string | undefined): RequestHandler {
  if (token === undefined) return (_request, _response, next) => next();
  const cookieValue = toCookieValue(token);
  return (request, response, next) => {
    const bearer = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
    if (bearer !== undefined && isSame(bearer, token)) return next();
    const cookie = readCookie(request.headers.cookie, cookieName(request));
    if (cookie !== undefined && isSame(cookie, cookieValue)) return next();
    response.setHeader('WWW-Authenticate', 'Bearer realm="stream-infer"');
    sendProblem(
      response,
      'UNAUTHORIZED',
      'Send the token as "Authorization: Bearer …", or open the page once with ?token=….',
    );
  };
}

/** `GET /?token=…` once: the token turns into a cookie and leaves the address bar. */
export function takeTokenFromQuery(token: string | undefined): RequestHandler {
  return (request, response, next) => {
    const given = request.query.token;
    if (given === undefined) return next();
    if (token !== undefined) {
      if (typeof given !== 'string' || !isSame(given, token))
        return sendProblem(response, 'UNAUTHORIZED', 'The token is wrong.');
      const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${COOKIE_MAX_AGE_S}`;
      response.setHeader('Set-Cookie', `${cookieName(request)}=${toCookieValue(token)}; ${attributes}`);
    }
    response.setHeader('Cache-Control', 'no-store');
    response.redirect(303, '/');
  };
}

/** Cookies are shared by all ports of a host: the port in the name keeps two servers apart … */
function cookieName(request: Request): string {
  return `stream_infer_${request.socket.localPort ?? 0}`;
}

/** … and a derived value keeps the token itself from those others. */
function toCookieValue(token: string): string {
  return createHmac('sha256', token).update('stream-infer page').digest('hex');
}

function readCookie(header: string | undefined, name: string): string | undefined {
  const start = `${name}=`;
  return header
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(start))
    ?.slice(start.length);
}

/** Compares digests, which have one length, in constant time. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
