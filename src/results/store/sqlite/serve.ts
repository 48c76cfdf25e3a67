import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { messageOf } from '../../../core/errors';
import { ArrivalTable } from './arrival-table';
import { tallyOf, type Chunk } from '../chunk';
import { isCorrupt, isLocked, openDatabase } from './database';
import { MOST_EVENTS } from '../event-request';
import { EventTable } from './event-table';
import { MOST_LABELS } from '../label-request';
import { LabelTable } from './label-table';
import type { FromStore, Question, StoreFailure, StoreSettings, ToStore } from '../protocol';
import { Reader } from './reader';
import { Rows } from '../rows';
import { NewerSchema } from './schema';
import { inTransaction, type Database } from './sql';
import { Writer } from './writer';

interface Open {
  readonly db: Database;
  readonly writer: Writer;
  readonly reader: Reader;
  readonly events: EventTable;
  readonly labels: LabelTable;
  readonly arrivals: ArrivalTable;
}

/** Time between two deletions of old predictions without writes, ms. */
const RETENTION_MS = 60_000;

/**
 * The store's side of the protocol. Questions and chunks are handled in order of arrival; the thread also answers while
 * it rests after a chunk. The first failure ends the thread, because libsql closes a file only when its statements are
 * garbage-collected.
 *
 * @param rest waits after a chunk that took `busyMs`
 */
export async function serve(
  port: MessagePort,
  settings: StoreSettings,
  rest: (busyMs: number) => Promise<unknown>,
): Promise<void> {
  let open: Open | null = null;
  const tell = (message: FromStore) => port.postMessage(message);
  const timer = setInterval(letGo, RETENTION_MS);
  try {
    const { db, movedTo } = await openDatabase(settings.path, settings.corrupt);
    const writer = new Writer(db, settings.retain);
    const rows = new Rows((table, problem) => tell({ kind: 'skipped', table, problem }));
    const events = new EventTable(db, MOST_EVENTS, rows);
    const labels = new LabelTable(db, MOST_LABELS, rows);
    const arrivals = new ArrivalTable(db, writer, rows);
    open = { db, writer, reader: new Reader(db, rows), events, labels, arrivals };
    tell({ kind: 'opened', movedTo });
  } catch (error) {
    return fail(error, 'opening');
  }
  port.on('message', hear);

  function hear(message: ToStore): void {
    switch (message.kind) {
      case 'write':
        return write(message.chunk);
      case 'ask':
        return answer(message.number, message.question);
      case 'close':
        return close();
    }
  }

  function write(chunk: Chunk): void {
    const startedAt = performance.now();
    try {
      if (!open) throw new Error('the store is closed');
      open.writer.write(chunk);
    } catch (error) {
      tell({ kind: 'lost', rows: chunk.size, tally: tallyOf(chunk).data() });
      return fail(error, 'using');
    }
    void rest(performance.now() - startedAt).then(() => tell({ kind: 'written', rows: chunk.size }));
  }

  function answer(number: number, question: Question): void {
    try {
      if (!open) throw new Error('the store is closed');
      tell({ kind: 'answer', number, value: ask(open, question) });
    } catch (error) {
      tell({ kind: 'no answer', number, reason: messageOf(error) });
      if (isCorrupt(error) || question.kind === 'put') fail(error, 'using');
    }
  }

  /** One deletion per minute; more at once if more rows are due. */
  function letGo(): void {
    if (!open) return;
    const { db, writer } = open;
    try {
      let more = false;
      inTransaction(db, () => (more = writer.retention.step()));
      if (more) setImmediate(letGo);
    } catch (error) {
      fail(error, 'using');
    }
  }

  function fail(error: unknown, when: StoreFailure['while']): void {
    if (!open && when === 'using') return;
    tell({ kind: 'failed', failure: { ...whyNot(error), while: when, corrupt: isCorrupt(error) } });
    close();
  }

  /** Answers all queued messages as not written. */
  function close(): void {
    clearInterval(timer);
    const { db } = open ?? {};
    open = null;
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
      hear(next.message as ToStore);
    port.close();
    db?.close();
  }
}

function ask({ reader, events, labels, arrivals }: Open, question: Question): unknown {
  switch (question.kind) {
    case 'list':
      return reader.list(question.filter);
    case 'total':
      return reader.total(question.conditions);
    case 'get':
      return reader.get(question.id);
    case 'image':
      return reader.image(question.id);
    case 'counts':
      return reader.counts();
    case 'class names':
      return reader.classNames();
    case 'history':
      return reader.history(question.minutes, Date.now());
    case 'events':
      return events.answer(question.request);
    case 'labels':
      return labels.answer(question.request);
    case 'put':
      return arrivals.put(question.arrivals);
    case 'positions':
      return arrivals.positions(question.topic);
    case 'name':
      return arrivals.name();
  }
}

function whyNot(error: unknown): Omit<StoreFailure, 'while' | 'corrupt'> {
  const [first = ''] = messageOf(error).split('\n');
  const base = { reason: first, forGood: false, misconfigured: false, level: 'error' } as const;
  if (isLocked(error))
    return { ...base, reason: 'another process uses it; name another file with --store', level: 'info' };
  const missing = /^(ERR_)?MODULE_NOT_FOUND$/.test(String((error as { code?: unknown }).code));
  if (missing)
    return {
      ...base,
      reason: `libsql is not installed (${first}); npm run setup, or npm install libsql`,
      forGood: true,
    };
  return { ...base, forGood: error instanceof NewerSchema };
}
