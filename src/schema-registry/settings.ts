import type { Config } from '../config/schema';

/** A Schema Registry and how it is asked. */
export interface RegistrySettings {
  /** Of one registry, tried in order; without a slash at the end and without credentials. */
  readonly urls: readonly string[];
  /** Sent with each request, credentials included. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of one request, ms. */
  readonly timeoutMs: number;
}

/** null without a registry. */
export function registrySettingsOf({ schemaRegistry }: Config): RegistrySettings | null {
  const { url, username, password = '', token, headers, timeout } = schemaRegistry;
  if (url === undefined) return null;
  const basic = username === undefined ? undefined : `Basic ${toBase64(`${username}:${password}`)}`;
  const authorization = token === undefined ? basic : `Bearer ${token}`;
  return {
    urls: url.split(',').map((one) => one.trim().replace(/\/+$/, '')),
    headers: { ...(authorization !== undefined && { authorization }), ...headers },
    timeoutMs: timeout,
  };
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
