import type { RemoteSettings } from './settings';

/** Shorter values would make texts unreadable. */
const LEAST_LENGTH = 4;
const MASK = '(masked)';

/** Hides the secrets of the requests in a text of the server, which may repeat them in its errors. */
export type Mask = (text: string) => string;

/** Secrets are the values of all headers, also without a scheme such as `Bearer`, and those of the query. */
export function createMask({ headers, url }: Pick<RemoteSettings, 'headers' | 'url'>): Mask {
  const values = Object.values(headers).map((value) => value.trim());
  const secrets = [
    ...values.flatMap((value) => [value, value.replace(/^\S+\s+/, '')]),
    ...new URL(url).searchParams.values(),
  ];
  const spelled = secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter(({ length }) => length >= LEAST_LENGTH)
    .sort((a, b) => b.length - a.length)
    .map((secret) => secret.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
  if (spelled.length === 0) return (text) => text;
  const pattern = new RegExp(spelled.join('|'), 'gi');
  return (text) => text.replace(pattern, MASK);
}
