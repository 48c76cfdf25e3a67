import { createHmac, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { isLoopback, LOOPBACK_NAMES } from '../core/loopback';
import { sendProblem } from './problems';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const COOKIE_MAX_AGE_S = 12 * 3600;

/** Security headers: the page needs no inline script or style, and no other server. */
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
    // Plain HTTP on loopback is the default; a TLS proxy sets this header itself.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: 'same-origin' },
  }) as RequestHandler;
}

export interface HostOptions {
  /** The address that the server listens on. */
  readonly host: string;
  /** Additional host names of this server. */
  readonly allowedHosts?: readonly string[];
}

/**
 * Refuses (403) requests for a foreign host name, as in DNS rebinding, and (400) requests with several Host headers.
 * Beyond loopback any IP address is accepted, because it cannot be rebound and health probes use it.
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
      return sendProblem(response, 'BAD_REQUEST', 'the request has more than one Host header');
    const target = targetHost(request.url);
    if (target !== undefined && !isOurs(target))
      return sendProblem(response, 'BAD_REQUEST', 'the request target names another server');
    const name = hostName(request.headers.host);
    if (isOurs(name)) return next();
    // HTTP/1.0 requests of load balancers have no Host header; browsers always send one.
    if (request.headers.host === undefined) return next();
    sendProblem(
      response,
      'FORBIDDEN',
      `host ${JSON.stringify(name ?? '')} is not a name of this server; see --host and allowedHosts`,
    );
  };
}

/** Host of an absolute request target (`GET http://host/path`), which overrides the header; '' if it is invalid. */
function targetHost(target: string): string | undefined {
  const authority = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1];
  return authority === undefined ? undefined : (hostName(authority) ?? '');
}

function hostName(header: string | undefined): string | undefined {
  const match = /^(?:\[([\da-f:.]+)\]|([^\s:/@[\]]+))(?::\d{1,5})?$/i.exec(header ?? '');
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
}

/** Refuses (403) state-changing requests from pages of other sites. */
export function checkOrigin(): RequestHandler {
  return (request, response, next) => {
    if (SAFE_METHODS.has(request.method) || isOwnPage(request)) return next();
    refuseForeignPage(response);
  };
}

/** For a route that changes state on GET; also refuses prefetching browsers. */
export function checkOriginAlways(): RequestHandler {
  return (request, response, next) => {
    if (isOwnPage(request) && !/prefetch|prerender/.test(request.get('sec-purpose') ?? '')) return next();
    refuseForeignPage(response);
  };
}

function refuseForeignPage(response: Response): void {
  sendProblem(response, 'FORBIDDEN', 'state-changing requests from pages of other sites are refused');
}

/** Browsers declare the origin of a request; other clients do not and are accepted. */
function isOwnPage(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = request.get('origin');
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === request.headers.host?.toLowerCase();
}

/** Requires the token as `Authorization: Bearer …` or as the cookie of `takeTokenFromQuery`, if one is configured. */
export function requireToken(token: string | undefined): RequestHandler {
  if (token === undefined) return (_request, _response, next) => next();
  const cookieValue = toCookieValue(token);
  return (request, response, next) => {
    if (isBearer(request.get('authorization'), token)) return next();
    const cookie = readCookie(request.headers.cookie, cookieName(request));
    if (cookie !== undefined && isSame(cookie, cookieValue)) return next();
    response.setHeader('WWW-Authenticate', 'Bearer realm="stream-infer"');
    sendProblem(
      response,
      'UNAUTHORIZED',
      'send the token as "Authorization: Bearer …", or open the page once with ?token=…',
    );
  };
}

/** Whether an Authorization header has the token. */
export function isBearer(authorization: string | undefined, token: string): boolean {
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  return bearer !== undefined && isSame(bearer, token);
}

/** `GET /?token=…`: stores the token as a cookie and removes it from the address bar. */
export function takeTokenFromQuery(token: string | undefined): RequestHandler {
  return (request, response, next) => {
    const given = request.query.token;
    if (given === undefined) return next();
    if (token !== undefined) {
      if (typeof given !== 'string' || !isSame(given, token))
        return sendProblem(response, 'UNAUTHORIZED', 'the token is wrong');
      const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${COOKIE_MAX_AGE_S}`;
      response.setHeader('Set-Cookie', `${cookieName(request)}=${toCookieValue(token)}; ${attributes}`);
    }
    response.setHeader('Cache-Control', 'no-store');
    response.redirect(303, '/');
  };
}

/** Cookies are shared by all ports of a host; the port in the name separates servers. */
function cookieName(request: Request): string {
  return `stream_infer_${request.socket.localPort ?? 0}`;
}

/** A derived value hides the token from other servers on the host. */
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

/** Compares digests of equal length in constant time. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
