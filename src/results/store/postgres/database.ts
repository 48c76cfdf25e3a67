import type { Client, ClientBase, ClientConfig, Pool } from 'pg';
import { parsePostgresUrl, type PostgresAddress } from '../../../core/postgres-url';
import { Misconfigured } from './failure';
import { assertWritable, migrate } from './schema';
import { tlsOf } from './tls';

/** The connections of one process: its writes do not wait for the questions of its page. */
export interface Database {
  readonly writer: Client;
  readonly readers: Pool;
  /** Ends all connections; waits for nothing if `atOnce`. */
  close(atOnce: boolean): Promise<void>;
}

const CONNECT_MS = 5_000;
/** Enforced by the server. Shorter than `ANSWER_MS`, so that a slow statement does not cost the connection. */
const STATEMENT_MS = 8_000;
const LOCK_MS = 5_000;
/** Longest wait for an answer, after which the server counts as unreachable. */
const ANSWER_MS = 10_000;
/** A process that is frozen in a transaction must not block the other ones. */
const IDLE_IN_TRANSACTION_MS = 10_000;
const MOST_READERS = 3;
/** Type of numbers of 8 bytes; counts and times are exact as numbers of JavaScript. */
const INT8 = 20;

/**
 * Connects and migrates the tables to the current schema. Rejects with Misconfigured, NewerSchema, or the error of `pg`.
 *
 * @param readOnly the user needs no right to write
 * @param onLost called for each error of a connection that is not in use
 */
export async function openDatabase(
  url: string,
  readOnly: boolean,
  onLost: (error: Error) => void,
): Promise<Database> {
  const address = parsePostgresUrl(url);
  const { default: pg } = await import('pg');
  const config = configOf(address, pg.types.getTypeParser);
  const writer = new pg.Client(config);
  const opened = new Set<ClientBase>([writer]);
  const setup = setupOf(address);
  const readers = new pg.Pool({
    ...config,
    max: MOST_READERS,
    idleTimeoutMillis: 30_000,
    // The pool waits for the promise before it uses the connection, which its types do not say.
    onConnect: (client) => {
      opened.add(client);
      return client.query(setup) as unknown as void;
    },
  });
  readers.on('remove', (client) => opened.delete(client));
  readers.on('error', onLost);
  writer.on('error', onLost);
  const close = async (atOnce: boolean): Promise<void> => {
    if (atOnce) for (const client of opened) (client as Client).connection.stream.destroy();
    else await Promise.all([writer.end(), readers.end()]);
  };
  try {
    await writer.connect();
    await writer.query(setup);
    await migrate(writer, address.schema);
    if (!readOnly) await assertWritable(writer);
    return { writer, readers, close };
  } catch (error) {
    await close(true);
    throw error;
  }
}

type TypeParsers = NonNullable<ClientConfig['types']>;

function configOf(address: PostgresAddress, parserOf: TypeParsers['getTypeParser']): ClientConfig {
  const { host, port, user, password, database } = address;
  const ssl = tlsOf(address);
  return {
    host,
    port,
    database,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ssl: ssl ?? false,
    application_name: 'stream-infer',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    types: {
      getTypeParser: ((type: number, format?: 'text'): unknown =>
        type === INT8 ? Number : parserOf(type, format)) as typeof parserOf,
    },
  };
}

/** Sent as a statement, because poolers such as PgBouncer refuse settings in the start of a connection. */
function setupOf({ schema }: PostgresAddress): string {
  if (!/^[a-z0-9_]+$/.test(schema)) throw new Misconfigured(`invalid name of a schema: ${schema}`);
  return `SET search_path TO "${schema}"; SET statement_timeout TO ${STATEMENT_MS}; SET lock_timeout TO ${LOCK_MS};
    SET idle_in_transaction_session_timeout TO ${IDLE_IN_TRANSACTION_MS}`;
}
