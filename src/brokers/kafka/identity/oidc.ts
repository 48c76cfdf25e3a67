/** Tokens of an OAuth 2.0 token endpoint: the client credentials grant of RFC 6749, section 4.4. */
import { readFile } from 'node:fs/promises';

import { StreamInferError, messageOf } from '../../../core/errors';
import { claimsOf } from './jwt';
import { isClientError, shortened, type TokenProvider } from './provider';
import type { KafkaToken, OidcIdentity } from './settings';

/** Largest answer that is read, bytes. */
const MOST_BYTES = 256 * 1024;
/** Lifetime of a token that names none, ms. */
const UNKNOWN_LIFETIME = 300_000;
/** RFC 7523, section 2.2. */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Complete: the caller has checked it. */
export interface OidcClient extends OidcIdentity {
  readonly tokenUrl: string;
  readonly clientId: string;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Where the secret is sent: RFC 6749 prefers the header, and some servers accept only one of them. */
type SecretPlace = 'header' | 'body';

export class OidcProvider implements TokenProvider {
  readonly name: string;
  readonly place: string;
  /** Known after the first token. */
  #place: SecretPlace | undefined;

  constructor(private readonly client: OidcClient) {
    this.name = `oidc client ${client.clientId}`;
    this.place = withoutQuery(client.tokenUrl);
  }

  async load(): Promise<void> {}

  async fetch(signal: AbortSignal): Promise<KafkaToken> {
    const first = this.#place ?? 'header';
    const answer = await this.#ask(first, signal);
    if (!this.#mayBeOtherPlace(answer)) return this.#accept(answer, first);
    const other = await this.#ask('body', signal);
    return this.#accept(other.status === 200 ? other : answer, 'body');
  }

  #mayBeOtherPlace({ status }: Answer): boolean {
    const { clientSecret, assertionFile } = this.client;
    if (clientSecret === undefined || assertionFile !== undefined) return false;
    return this.#place === undefined && (status === 400 || status === 401);
  }

  async #ask(place: SecretPlace, signal: AbortSignal): Promise<Answer> {
    const { clientId, clientSecret, assertionFile, scope, audience } = this.client;
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    const headers: Record<string, string> = { accept: 'application/json' };
    if (scope !== undefined) form.set('scope', scope);
    if (audience !== undefined) form.set('audience', audience);
    if (assertionFile !== undefined) {
      form.set('client_id', clientId);
      form.set('client_assertion_type', ASSERTION_TYPE);
      form.set('client_assertion', await readAssertion(assertionFile));
    } else if (place === 'header') headers['authorization'] = basic(clientId, clientSecret ?? '');
    else {
      form.set('client_id', clientId);
      form.set('client_secret', clientSecret ?? '');
    }
    return await this.#post(form, headers, signal);
  }

  async #post(form: URLSearchParams, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    try {
      const { tokenUrl } = this.client;
      const response = await fetch(tokenUrl, {
        ...{ method: 'POST', headers, body: form, signal },
        // A secret must not follow a redirect to another place.
        redirect: 'manual',
      });
      return { status: response.status, body: parsed(await textOf(response)) };
    } catch (error) {
      throw this.#unavailable(`does not respond: ${causeOf(error)}`, error);
    }
  }

  #accept({ status, body }: Answer, place: SecretPlace): KafkaToken {
    if (status !== 200) throw this.#failure(status, body);
    const value = body['access_token'];
    if (typeof value !== 'string' || value === '')
      throw this.#unavailable('answers without an access_token; check kafka.oidc.tokenUrl');
    this.#place = place;
    const claims = claimsOf(value);
    const { sub } = claims;
    return {
      value,
      expiresAt: expiryOf(body['expires_in'], claims['exp']),
      principal: typeof sub === 'string' ? sub : this.client.clientId,
      extensions: this.client.extensions,
    };
  }

  #failure(status: number, body: Answer['body']): StreamInferError {
    const said = [body['error'], body['error_description']].filter((one) => typeof one === 'string');
    const why = said.length === 0 ? '' : `, ${this.#withoutSecret(shortened(said.join(': ')))}`;
    if (!isClientError(status)) return this.#unavailable(`answers with status ${status}${why}`);
    const remedy =
      status === 400 || status === 401 || status === 403
        ? 'check the client, its secret and the scope'
        : 'check kafka.oidc.tokenUrl';
    return new StreamInferError(
      'IDENTITY_REFUSED',
      `the token server ${this.place} refuses the ${this.name} (status ${status}${why}); ${remedy}`,
    );
  }

  #unavailable(what: string, cause?: unknown): StreamInferError {
    return new StreamInferError('IDENTITY_UNAVAILABLE', `the token server ${this.place} ${what}`, {
      cause,
    });
  }

  #withoutSecret(text: string): string {
    const { clientSecret } = this.client;
    return clientSecret === undefined ? text : text.replaceAll(clientSecret, '(masked)');
  }
}

/** A query may contain a key. */
function withoutQuery(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url === undefined ? address : url.origin + url.pathname;
}

function basic(clientId: string, secret: string): string {
  const encoded = [clientId, secret].map(encodeURIComponent).join(':');
  return `Basic ${Buffer.from(encoded).toString('base64')}`;
}

async function readAssertion(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new StreamInferError(
      'IDENTITY_REFUSED',
      `kafka.oidc.assertionFile ${file} cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Reads at most `MOST_BYTES`. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error(`the answer is larger than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parsed(text: string): Answer['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** In milliseconds since 1970. Some servers send the seconds as text. */
function expiryOf(expiresIn: unknown, exp: unknown): number {
  const seconds = typeof expiresIn === 'string' && expiresIn !== '' ? Number(expiresIn) : expiresIn;
  if (typeof seconds === 'number' && Number.isFinite(seconds)) return Date.now() + seconds * 1_000;
  if (typeof exp === 'number' && Number.isFinite(exp)) return exp * 1_000;
  return Date.now() + UNKNOWN_LIFETIME;
}

/** `fetch failed` is only the outermost error. */
function causeOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  return shortened(messageOf(cause ?? error));
}
