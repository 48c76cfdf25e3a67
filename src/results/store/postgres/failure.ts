import { messageOf } from '../../../core/errors';
import type { StoreFailure } from '../protocol';
import { codeOf } from './sql';

/** An error in the configuration: retrying does not help. Its message has the remedy. */
export class Misconfigured extends Error {}

/** Thrown for tables of a later version of this program: they are neither read nor changed. */
export class NewerSchema extends Error {}

/** Remedies for the refusals of a server that a user can correct, by SQLSTATE or code of Node. */
const REMEDIES: Readonly<Record<string, string>> = {
  '28P01': 'correct user and password in store.path',
  '28000': 'correct the user in store.path, add sslmode=require, or allow it in pg_hba.conf',
  '3D000': 'create the database (createdb), or correct its name in store.path',
  '42501': 'grant the rights: GRANT CREATE, CONNECT ON DATABASE … TO …, and those of its schema and tables',
  '25006': 'the database is read-only; name the primary server, or another user',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'name the authority with sslrootcert',
  SELF_SIGNED_CERT_IN_CHAIN: 'name the authority with sslrootcert',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'name the authority with sslrootcert',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'name the authority with sslrootcert',
  CERT_HAS_EXPIRED: 'renew the certificate of the server',
  ERR_TLS_CERT_ALTNAME_INVALID: 'use the host name of the certificate, or sslmode=verify-ca',
};

/** Errors of `pg` itself have no code. */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
  [
    /client password must be a (non-empty )?string/,
    'the server asks for a password; set it in store.path or PGPASSWORD',
  ],
  [
    /does not support SSL connections/,
    'the server has no TLS; remove sslmode from store.path, or enable ssl',
  ],
];

const MISSING = /^(ERR_)?MODULE_NOT_FOUND$/;

/**
 * Data that the server refuses, whatever the state of the server: invalid values (22), violated constraints (23), and
 * values beyond a limit of PostgreSQL (54).
 */
export function isRefusedData(error: unknown): boolean {
  return /^(22|23|54)[0-9A-Z]{3}$/.test(codeOf(error));
}

/** A statement that failed on a connection that still works. */
export function isOfStatement(error: unknown): boolean {
  const code = codeOf(error);
  // 57014 is a statement over its time; other 57 and all 08 mean that the connection ends.
  return /^[0-9A-Z]{5}$/.test(code) && (code === '57014' || !/^(08|57|58|XX)/.test(code));
}

/** Why the store cannot be used. Connections that end are `opening`: they work again as soon as one opens. */
export function whyNot(error: unknown, when: StoreFailure['while']): StoreFailure {
  const [first = ''] = messageOf(error).split('\n');
  const code = codeOf(error);
  const base = { corrupt: false, forGood: false, misconfigured: false, level: 'warn' } as const;
  if (error instanceof NewerSchema)
    return { ...base, reason: first, while: when, forGood: true, level: 'error' };
  const remedy = error instanceof Misconfigured ? first : remedyOf(first, code);
  if (remedy !== undefined && when === 'opening')
    return { ...base, reason: remedy, while: when, misconfigured: true, level: 'error' };
  return { ...base, reason: first || code, while: isOfStatement(error) ? when : 'opening' };
}

function remedyOf(message: string, code: string): string | undefined {
  if (MISSING.test(code)) return `pg is not installed (${message}); npm install pg`;
  const remedy = REMEDIES[code];
  if (remedy !== undefined) return `${message}; ${remedy}`;
  return MESSAGES.find(([pattern]) => pattern.test(message))?.[1];
}
