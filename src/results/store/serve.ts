import type { MessagePort } from 'node:worker_threads';
import { messageOf } from '../../core/errors';
import { Tally } from '../tally';
import type { Chunk } from './chunk';
import { isCorrupt, isLocked, openDatabase } from './database';
import type { FromStore, Question, StoreSettings, ToStore } from './protocol';
import { Reader } from './reader';
import { NewerSchema } from './schema';
import { inTransaction, type Database } from './sql';
import { tallyOf, Writer } from './writer';

interface Open {
  readonly db: Database;
  readonly writer: Writer;
  readonly reader: Reader;
}

/** How often old predictions leave while nothing is written, ms. */
const RETENTION_MS = 60_000;

/**
 * The store's side of the protocol. Questions are answered in the order in which they and the chunks came; between two
 * chunks the thread rests, and answers meanwhile.
 *
 * @param rest waits after a chunk that took `busyMs`
 */
export function serve(
  port: MessagePort,
  settings: StoreSettings,
  rest: (busyMs: number) => Promise<unknown>,
): void {
  let open: Open | null = null;
  let corrupt = false;
  let owed = new Tally();
  const tell = (message: FromStore) => port.postMessage(message);
  const timer = setInterval(letGo, RETENTION_MS);

  port.on('message', (message: ToStore) => {
    switch (message.kind) {
      case 'open':
        return void openFile();
      case 'write':
        return write(message.chunk);
      case 'ask':
        return answer(message.number, message.question);
      case 'close':
        return close();
    }
  });

  async function openFile(): Promise<void> {
    let db: Database | undefined;
    try {
      const opened = await openDatabase(settings.path, corrupt);
      db = opened.db;
      open = { db, writer: new Writer(db, settings.retain), reader: new Reader(db) };
      corrupt = false;
      tell({ kind: 'opened', movedTo: opened.movedTo });
    } catch (error) {
      db?.close();
      corrupt = isCorrupt(error);
      tell({ kind: 'unusable', ...whyNot(error) });
    }
  }

  function write(chunk: Chunk): void {
    const startedAt = performance.now();
    try {
      if (!open) throw new Error('the store is not open');
      open.writer.write(chunk, owed);
      owed = new Tally();
    } catch (error) {
      owed.merge(tallyOf(chunk).data());
      tell({ kind: 'lost', rows: chunk.size });
      if (open) fail(error);
      return;
    }
    void rest(performance.now() - startedAt).then(() => tell({ kind: 'written', rows: chunk.size }));
  }

  function answer(number: number, question: Question): void {
    try {
      if (!open) throw new Error('the store is not open');
      tell({ kind: 'answer', number, value: ask(open.reader, question) });
    } catch (error) {
      tell({ kind: 'no answer', number, reason: messageOf(error) });
      if (isCorrupt(error)) fail(error);
    }
  }

  /** One step a minute, more at once if there is more to do. */
  function letGo(): void {
    if (!open) return;
    const { db, writer } = open;
    try {
      let more = false;
      inTransaction(db, () => (more = writer.retention.step()));
      if (more) setImmediate(letGo);
    } catch (error) {
      writer.retention.recount();
      fail(error);
    }
  }

  function fail(error: unknown): void {
    corrupt = isCorrupt(error);
    closeFile();
    tell({ kind: 'failed', reason: messageOf(error) });
  }

  function close(): void {
    clearInterval(timer);
    closeFile();
    port.close();
  }

  function closeFile(): void {
    const { db } = open ?? {};
    open = null;
    try {
      db?.close();
    } catch (error) {
      tell({ kind: 'failed', reason: messageOf(error) });
    }
  }
}

function ask(reader: Reader, question: Question): unknown {
  switch (question.kind) {
    case 'list':
      return reader.list(question.filter);
    case 'get':
      return reader.get(question.id);
    case 'pixels':
      return reader.pixels(question.id);
    case 'confusion':
      return reader.confusion();
    case 'history':
      return reader.history(question.minutes, Date.now());
  }
}

function whyNot(error: unknown): { reason: string; forGood: boolean } {
  if (isLocked(error))
    return { reason: 'another process uses it; name another with --store', forGood: false };
  const missing = /^(ERR_)?MODULE_NOT_FOUND$/.test(String((error as { code?: unknown }).code));
  const [first = ''] = messageOf(error).split('\n');
  if (missing)
    return {
      reason: `libsql is not installed (${first}); npm run setup, or npm install libsql`,
      forGood: true,
    };
  return { reason: first, forGood: error instanceof NewerSchema };
}
