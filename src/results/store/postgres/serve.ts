import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { messageOf } from '../../../core/errors';
import { tallyOf, type Chunk } from '../chunk';
import { MOST_EVENTS } from '../event-request';
import { MOST_LABELS } from '../label-request';
import type { FromStore, Question, StoreFailure, StoreSettings, ToStore } from '../protocol';
import { Rows } from '../rows';
import { openDatabase, type Database } from './database';
import { EventTable } from './event-table';
import { isOfStatement, isRefusedData, whyNot } from './failure';
import { LabelTable } from './label-table';
import { Reader } from './reader';
import { Retention } from './retention';
import { Writer } from './writer';

interface Open {
  readonly db: Database;
  readonly writer: Writer;
  readonly retention: Retention;
  readonly reader: Reader;
  readonly events: EventTable;
  readonly labels: LabelTable;
}

/** Time between two checks for old predictions. */
const RETENTION_MS = 10_000;
/** Requests on events and labels that write; they share the connection of the chunks. */
const WRITES = new Set(['insert', 'add derived', 'add matches', 'acknowledge', 'put', 'remove']);

/**
 * The store's side of the protocol. Writes run one after the other in order of arrival. A question waits for
 * earlier writes, not for later ones. The first failure of a connection ends the thread. Chunks that may not be committed are
 * returned, and the next thread writes them.
 */
export async function serve(port: MessagePort, settings: StoreSettings): Promise<void> {
  let open: Open | null = null;
  /** Given to the thread, without an answer yet. */
  const unanswered = new Set<Chunk>();
  let writes: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const tell = (message: FromStore) => port.postMessage(message);
  try {
    open = await createOpen(settings, tell, (error) => fail(error, 'using'));
    tell({ kind: 'opened', movedTo: null });
  } catch (error) {
    return fail(error, 'opening');
  }
  if (!settings.readOnly) timer = setInterval(() => inOrder(letGo), RETENTION_MS);
  port.on('message', hear);

  function hear(message: ToStore): void {
    switch (message.kind) {
      case 'write':
        unanswered.add(message.chunk);
        return inOrder(() => write(message.chunk));
      case 'ask':
        return isWrite(message.question)
          ? inOrder(() => answer(message.number, message.question))
          : void writes.then(() => answer(message.number, message.question));
      case 'close':
        return inOrder(() => close(false));
    }
  }

  /** `work` never rejects. */
  function inOrder(work: () => Promise<void>): void {
    writes = writes.then(work);
  }

  async function write(chunk: Chunk): Promise<void> {
    if (!open) return;
    try {
      await open.writer.write(chunk);
      if (unanswered.delete(chunk)) tell({ kind: 'written', rows: chunk.size });
    } catch (error) {
      // Repeating it would fail again, and nothing after it would ever be stored.
      if (isRefusedData(error) && unanswered.delete(chunk))
        tell({ kind: 'lost', rows: chunk.size, tally: tallyOf(chunk).data() });
      fail(error, 'using');
    }
  }

  async function answer(number: number, question: Question): Promise<void> {
    try {
      if (!open) throw new Error('the store is closed');
      tell({ kind: 'answer', number, value: await ask(open, question) });
    } catch (error) {
      tell({ kind: 'no answer', number, reason: messageOf(error) });
      if (open && !isOfStatement(error)) fail(error, 'using');
    }
  }

  async function letGo(): Promise<void> {
    try {
      if (await open?.retention.step()) inOrder(letGo);
    } catch (error) {
      fail(error, 'using');
    }
  }

  function fail(error: unknown, when: StoreFailure['while']): void {
    if (!open && when === 'using') return;
    for (const chunk of unanswered) tell({ kind: 'unwritten', chunk });
    unanswered.clear();
    tell({ kind: 'failed', failure: whyNot(error, when) });
    void close(true);
  }

  /** Answers all queued messages as not written. */
  async function close(atOnce: boolean): Promise<void> {
    clearInterval(timer);
    const { db } = open ?? {};
    open = null;
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
      refuse(next.message as ToStore);
    port.close();
    // The server may have gone meanwhile; the connections end with the thread.
    await db?.close(atOnce).catch(() => undefined);
  }

  function refuse(message: ToStore): void {
    if (message.kind === 'write') tell({ kind: 'unwritten', chunk: message.chunk });
    if (message.kind === 'ask')
      tell({ kind: 'no answer', number: message.number, reason: 'the store is closed' });
  }
}

async function createOpen(
  { path, retain, writer, readOnly = false }: StoreSettings,
  tell: (message: FromStore) => void,
  onLost: (error: Error) => void,
): Promise<Open> {
  const db = await openDatabase(path, readOnly, onLost);
  const rows = new Rows((table, problem) => tell({ kind: 'skipped', table, problem }));
  return {
    db,
    writer: new Writer(db.writer, writer),
    retention: new Retention(db.writer, retain),
    reader: new Reader(db.readers, rows),
    events: new EventTable(db.writer, db.readers, MOST_EVENTS, rows),
    labels: new LabelTable(db.writer, db.readers, MOST_LABELS, rows),
  };
}

function isWrite(question: Question): boolean {
  return (question.kind === 'events' || question.kind === 'labels') && WRITES.has(question.request.do);
}

async function ask({ reader, events, labels }: Open, question: Question): Promise<unknown> {
  switch (question.kind) {
    case 'list':
      return await reader.list(question.filter);
    case 'total':
      return await reader.total(question.conditions);
    case 'get':
      return await reader.get(question.id);
    case 'image':
      return await reader.image(question.id);
    case 'counts':
      return await reader.counts();
    case 'class names':
      return await reader.classNames();
    case 'history':
      return await reader.history(question.minutes, Date.now());
    case 'events':
      return await events.answer(question.request);
    case 'labels':
      return await labels.answer(question.request);
    case 'put':
    case 'positions':
    case 'name':
      throw new Error('a shared store is written by the processes that predict');
  }
}
