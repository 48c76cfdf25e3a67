import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../core/errors';
import { makeFolder } from '../core/make-folder';
import type { Log } from '../core/ports';
import type { SkippedRecords } from '../core/skipped-records';
import type { EngineState, Matches } from './engine';
import type { JournalContent, Line, OpenLine } from './journal-lines';
import type { EventTask, OpenEvent } from './open-event';
import { readJournal } from './read-journal';

/** Written anew beyond this, bytes. */
const ROTATE_BYTES = 1024 * 1024;
/** Between two tries while it cannot be written, ms: each writes everything. */
const RETRY_MS = 1_000;

/**
 * Remembers, where it outlives the process, what the rules have counted and which events are not done with: written before
 * the messages are settled, so that no crash loses an event, and a message that comes again makes none twice.
 *
 * One line of JSON a batch in which something matched, written synchronously: what is in the kernel's page cache survives
 * the death of the process. No fsync. A disk that takes nothing is told once; then only this process knows.
 */
export class EventJournal {
  readonly content: JournalContent;
  readonly #open = new Map<string, OpenEvent>();
  #lastAlert: number;
  #fd: number | null = null;
  #bytes = 0;
  #rotateAt = ROTATE_BYTES;
  #alarm: string | null = null;
  #retryAt = 0;

  /**
   * @param stateOf what the rules have counted by now
   */
  constructor(
    private readonly path: string,
    private readonly log: Log,
    private readonly stateOf: () => EngineState,
    skipped: SkippedRecords,
  ) {
    this.content = readJournal(path, skipped, log);
    for (const event of this.content.open) this.#open.set(event.event.id, event);
    this.#lastAlert = this.content.lastAlert;
  }

  /** Why it cannot be written at present. */
  get alarm(): string | null {
    return this.#alarm;
  }

  /** Begins a new file with the state of now; to be called once the content is taken over. */
  start(): void {
    this.#try(() => this.#rotate());
  }

  append(at: number, matches: Matches, events: readonly OpenEvent[]): void {
    for (const event of events) {
      this.#open.set(event.event.id, event);
      this.#lastAlert = Math.max(this.#lastAlert, event.event.alert ?? 0);
    }
    this.#write({ at, matches: Object.fromEntries(matches), events: events.map(toLine) });
  }

  done(id: string, task: EventTask): void {
    const event = this.#open.get(id);
    if (event === undefined) return;
    const tasks = event.tasks.filter((one) => one !== task);
    if (tasks.length === 0) this.#open.delete(id);
    else this.#open.set(id, { ...event, tasks });
    this.#write({ done: task, id });
  }

  close(): void {
    this.#try(() => this.#rotate());
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #write(line: Line): void {
    if (this.#alarm !== null && performance.now() < this.#retryAt) return;
    this.#try(() => {
      // After a failure the file may end in the middle of a line: begun anew, nothing of it is missing.
      if (this.#fd === null || this.#alarm !== null || this.#bytes > this.#rotateAt) this.#rotate();
      else this.#put(this.#fd, line);
    });
  }

  /** Beside the old file and then in its place: a crash in between leaves one of them whole. */
  #rotate(): void {
    makeFolder(dirname(this.path));
    const draft = `${this.path}.new`;
    const fd = openSync(draft, 'w', 0o600);
    try {
      this.#bytes = 0;
      const open = [...this.#open.values()].map(toLine);
      this.#put(fd, { snapshot: { state: this.stateOf(), lastAlert: this.#lastAlert, open } });
      renameSync(draft, this.path);
    } catch (error) {
      closeSync(fd);
      rmSync(draft, { force: true });
      throw error;
    }
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = fd;
    this.#rotateAt = Math.max(ROTATE_BYTES, 2 * this.#bytes);
  }

  #put(fd: number, line: Line): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    const written = writeSync(fd, bytes);
    this.#bytes += written;
    if (written < bytes.length) throw new Error(`ENOSPC: only ${written} of ${bytes.length} bytes written`);
  }

  #try(work: () => void): void {
    try {
      work();
      if (this.#alarm !== null) this.log.info({ path: this.path }, 'the journal of events works again');
      this.#alarm = null;
    } catch (error) {
      const reason = messageOf(error);
      if (this.#alarm === null)
        this.log.error(
          { path: this.path, reason },
          'the journal of events cannot be written: a crash may lose events',
        );
      this.#alarm = reason;
      this.#retryAt = performance.now() + RETRY_MS;
    }
  }
}

function toLine({ pixels, ...rest }: OpenEvent): OpenLine {
  return { ...rest, pixels: pixels && Buffer.from(pixels).toString('base64') };
}
