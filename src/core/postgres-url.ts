import { hasScheme } from './remote-model';

/** TLS to the database, as libpq defines it; the modes that silently fall back to plain text are not supported. */
const TLS_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
export type TlsMode = (typeof TLS_MODES)[number];

export interface PostgresAddress {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** Absent: PGUSER, or the user of the system. */
  readonly user?: string;
  /** Absent: PGPASSWORD, or ~/.pgpass. */
  readonly password?: string;
  readonly database: string;
  /** Schema of the tables. */
  readonly schema: string;
  readonly tls: TlsMode;
  /** Certificate of the authority that signed the server's, and own certificate with its key: paths of PEM files. */
  readonly rootCertificate?: string;
  readonly certificate?: string;
  readonly key?: string;
}

const DEFAULT_PORT = 5432;
const DEFAULT_SCHEMA = 'stream_infer';
const PARAMETERS = ['host', 'schema', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'];
const FORM = 'postgres://user@host:5432/database';

export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:/i.test(text);
}

/** The problem of a database URL with its remedy, without secrets; undefined if there is none. */
export function postgresUrlProblem(text: string): string | undefined {
  const result = read(text);
  return typeof result === 'string' ? result : undefined;
}

/** The problem of a results store, if it is given by a URL. */
export function storeUrlProblem(path: string): string | undefined {
  if (isPostgresUrl(path)) return postgresUrlProblem(path);
  return hasScheme(path) ? `has an unknown scheme; use a file or ${FORM}` : undefined;
}

/** Throws an error without the secrets of the URL. */
export function parsePostgresUrl(text: string): PostgresAddress {
  const result = read(text);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

/** The URL as it may be logged and shown: without password and parameters. */
export function shownPostgresUrl(text: string): string {
  const result = read(text);
  if (typeof result === 'string') return 'postgres://(masked)';
  const { user, host, port, database } = result;
  const place = host.startsWith('/') ? '' : `${host}:${port}`;
  return `postgres://${user === undefined ? '' : `${encodeURIComponent(user)}@`}${place}/${encodeURIComponent(database)}`;
}

/** The same database with tables in another schema. */
export function withSchema(text: string, schema: string): string {
  const url = new URL(text);
  url.searchParams.set('schema', schema);
  return url.href;
}

/** The address, or the problem. */
function read(text: string): PostgresAddress | string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:\/\//i.test(text))
    return `is not a URL of the form ${FORM}; percent-encode special characters of the password`;
  if (url.hash !== '') return 'has a #; percent-encode it as %23 if it belongs to the password';
  const parts = [url.username, url.password, url.pathname.slice(1), url.hostname].map(decoded);
  const [user, password, database, host] = parts;
  if (user === undefined || password === undefined || database === undefined || host === undefined)
    return 'has a % that is not followed by two hexadecimal digits; percent-encode it as %25';
  const where = url.searchParams.get('host') ?? host;
  if (where === '') return `names no host; its form is ${FORM}`;
  if (database === '' || database.includes('/')) return `names no database; its form is ${FORM}`;
  const problem = parameterProblem(url.searchParams);
  if (problem !== undefined) return problem;
  return {
    host: where.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    ...(user !== '' && { user }),
    ...(password !== '' && { password }),
    database,
    ...readParameters(url.searchParams),
  };
}

function parameterProblem(parameters: URLSearchParams): string | undefined {
  const unknown = [...parameters.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined)
    return `has the unknown parameter ${unknown.slice(0, 40)}; supported are ${PARAMETERS.join(', ')}`;
  const mode = parameters.get('sslmode');
  if (mode !== null && !TLS_MODES.some((known) => known === mode))
    return `has a sslmode that is not supported; use ${TLS_MODES.join(', ')}`;
  const tls = mode !== null && mode !== 'disable';
  if (!tls && ['sslrootcert', 'sslcert', 'sslkey'].some((name) => parameters.has(name)))
    return 'names certificates without TLS; add sslmode=verify-full';
  if (parameters.has('sslcert') !== parameters.has('sslkey'))
    return 'needs both sslcert and sslkey for a certificate of its own';
  const schema = parameters.get('schema');
  if (schema !== null && !/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    return 'has a schema that is not made of small letters, digits and underscores (at most 63)';
  return undefined;
}

function readParameters(parameters: URLSearchParams): Omit<PostgresAddress, 'host' | 'port' | 'database'> {
  const [root, certificate, key] = ['sslrootcert', 'sslcert', 'sslkey'].map((name) => parameters.get(name));
  return {
    schema: parameters.get('schema') ?? DEFAULT_SCHEMA,
    tls: TLS_MODES.find((mode) => mode === parameters.get('sslmode')) ?? 'disable',
    ...(root && { rootCertificate: root }),
    ...(certificate && { certificate }),
    ...(key && { key }),
  };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
