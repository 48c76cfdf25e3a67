import type { IncomingHttpHeaders } from 'node:http';

/** Headers of the transport and its credentials; every other header is an attribute of an unwrapped message. */
const OF_TRANSPORT = new Set([
  ...['authorization', 'proxy-authorization', 'x-serverless-authorization', 'cookie', 'from', 'host'],
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'cache-control', 'pragma', 'date'],
  ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'via'],
  ...['content-length', 'content-encoding', 'user-agent', 'forwarded', 'origin', 'referer', 'x-request-id'],
  ...['x-cloud-trace-context', 'x-real-ip'],
]);
const PREFIXES = ['x-goog-', 'x-forwarded-', 'x-envoy-', 'x-appengine-', 'sec-', 'access-control-'];

/** Content types of any push, which say nothing about the message. */
const SAYS_NOTHING = /^(application\/(json|octet-stream|x-www-form-urlencoded)|text\/plain)\s*(;|$)/i;

/** Attributes of an unwrapped message or an event, from the headers of its request. */
export function attributesOf(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && isAttribute(name, value) ? [[name, value] as const] : [],
    ),
  );
}

function isAttribute(name: string, value: string): boolean {
  if (name === 'content-type') return !SAYS_NOTHING.test(value);
  return !OF_TRANSPORT.has(name) && !PREFIXES.some((prefix) => name.startsWith(prefix));
}
