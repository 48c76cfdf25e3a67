/** An issuer of OIDC tokens on a loopback port, with the discovery document and the keys of Google's. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SigningKey {
  readonly id: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function createKey(id: string): SigningKey {
  return { id, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
}

export function signToken(
  claims: object,
  { id, privateKey }: SigningKey,
  header: object = { alg: 'RS256', kid: id, typ: 'JWT' },
): string {
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = sign('RSA-SHA256', Buffer.from(signed.join('.')), privateKey);
  return [...signed, signature.toString('base64url')].join('.');
}

export class OidcIssuer {
  readonly #server: Server = createServer((request, response) => {
    this.requests++;
    const answer = this.answer(request.url ?? '');
    response.writeHead(answer === undefined ? 503 : 200, { 'cache-control': 'max-age=3600' });
    response.end(JSON.stringify(answer));
  });
  keys: SigningKey[] = [];
  requests = 0;
  isDown = false;
  /** Replaces the discovery document. */
  discovery: object | undefined;

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  answer(path: string): object | undefined {
    if (this.isDown) return undefined;
    if (path === '/certs')
      return {
        keys: this.keys.map(({ id, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid: id })),
      };
    return this.discovery ?? { issuer: this.address, jwks_uri: `${this.address}/certs` };
  }
}
