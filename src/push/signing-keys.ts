import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { StreamInferError, messageOf } from '../core/errors';

/** Time limit of one request, ms, and size limit of its answer, bytes. */
const FETCH_MS = 5_000;
const MOST_BYTES = 256 * 1024;
const MOST_KEYS = 64;
/** Bounds of the time for which keys are kept, ms, whatever the issuer says. */
const LEAST_FRESH_MS = 60_000;
const MOST_FRESH_MS = 24 * 3_600_000;
/** Between two requests, ms: tokens with invented key ids must not cause more. */
const BETWEEN_MS = 10_000;

const discoveryDocument = z.object({ issuer: z.string(), jwks_uri: z.url() });
const keySet = z.object({
  keys: z
    .array(
      z.object({
        kid: z.string(),
        kty: z.string(),
        n: z.string().exactOptional(),
        e: z.string().exactOptional(),
      }),
    )
    .max(MOST_KEYS),
});

interface Answer {
  readonly json: unknown;
  readonly maxAgeMs: number;
}

/**
 * The keys with which an issuer signs its tokens, found by OpenID Connect Discovery. They are read for the first token,
 * and again when they are old or a token names another one. While the issuer does not answer, known keys stay valid.
 */
export class SigningKeys {
  readonly #keys = new Map<string, string>();
  #freshUntil = 0;
  #nextRead = 0;
  #reading: Promise<void> | undefined;

  constructor(
    private readonly issuer: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The key as PEM; undefined if the issuer has no such key. Rejects with NOT_READY if that cannot be determined. */
  async get(keyId: string): Promise<string | undefined> {
    const known = this.#keys.get(keyId);
    if (known !== undefined && this.now() < this.#freshUntil) return known;
    try {
      if (this.now() >= this.#nextRead) await this.#readOnce();
      else await this.#reading;
    } catch (error) {
      if (known === undefined) throw unreadable(this.issuer, error);
    }
    if (this.#keys.size === 0) throw unreadable(this.issuer, 'the last request failed; it is repeated soon');
    return this.#keys.get(keyId);
  }

  #readOnce(): Promise<void> {
    this.#nextRead = this.now() + BETWEEN_MS;
    this.#reading = this.#read();
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { json: discovered } = await fetchJson(discoveryUrl(this.issuer));
    const { issuer, jwks_uri: address } = discoveryDocument.parse(discovered);
    if (issuer !== this.issuer) throw new Error(`its discovery document is for the issuer ${issuer}`);
    const url = new URL(address);
    if (url.protocol !== 'https:' && url.protocol !== new URL(this.issuer).protocol)
      throw new Error('its keys are not served over https');
    const { json, maxAgeMs } = await fetchJson(url);
    const keys = keySet.parse(json).keys.filter(({ kty }) => kty === 'RSA');
    const found = keys.map((key) => [key.kid, toPem(key)] as const);
    this.#keys.clear();
    for (const [id, pem] of found) this.#keys.set(id, pem);
    this.#freshUntil = this.now() + Math.min(MOST_FRESH_MS, Math.max(LEAST_FRESH_MS, maxAgeMs));
  }
}

function discoveryUrl(issuer: string): URL {
  return new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
}

function toPem({ kty, n = '', e = '' }: { kty: string; n?: string; e?: string }): string {
  const key = createPublicKey({ key: { kty, n, e }, format: 'jwk' });
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

async function fetchJson(url: URL): Promise<Answer> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_MS),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status} from ${url.origin}`);
  const text = await readAtMost(response, MOST_BYTES);
  const seconds = /\bmax-age=(\d{1,9})/i.exec(response.headers.get('cache-control') ?? '')?.[1];
  return { json: JSON.parse(text), maxAgeMs: Number(seconds ?? 0) * 1_000 };
}

async function readAtMost(response: Response, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > most) throw new Error(`the answer has more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unreadable(issuer: string, error: unknown): StreamInferError {
  return new StreamInferError(
    'NOT_READY',
    `the signing keys of ${issuer} cannot be read: ${messageOf(error)}; the push is repeated later`,
    { cause: error },
  );
}
