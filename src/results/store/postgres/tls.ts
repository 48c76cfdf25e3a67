import { readFileSync } from 'node:fs';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import { messageOf } from '../../../core/errors';
import type { PostgresAddress } from '../../../core/postgres-url';
import { Misconfigured } from './failure';

/** TLS as `sslmode` asks for it; undefined for none. Throws Misconfigured if a file cannot be read. */
export function tlsOf(address: PostgresAddress): ConnectionOptions | undefined {
  const { tls, rootCertificate, certificate, key } = address;
  if (tls === 'disable') return undefined;
  const root = readPem(rootCertificate, 'sslrootcert');
  const own = readPem(certificate, 'sslcert');
  const ownKey = readPem(key, 'sslkey');
  return {
    // As in libpq: `require` only verifies the server if it is given an authority.
    rejectUnauthorized: tls !== 'require' || root !== undefined,
    checkServerIdentity: tls === 'verify-full' ? checkServerIdentity : () => undefined,
    ...(root && { ca: root }),
    ...(own && { cert: own }),
    ...(ownKey && { key: ownKey }),
  };
}

function readPem(path: string | undefined, parameter: string): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Misconfigured(`${parameter} cannot be read (${messageOf(error)}); correct it in store.path`);
  }
}
