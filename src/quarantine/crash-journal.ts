import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { aboutMessage } from '../core/about-message';
import { messageOf } from '../core/errors';
import { makeFolder } from '../core/make-folder';
import type { Delivery } from '../core/message';
import type { BatchResult, CrashJournal, PackedBatch } from '../core/classification';
import type { Log } from '../core/ports';
import type { Rejection } from '../core/prediction';
import { SkippedRecords } from '../core/skipped-records';
import { tryLock, type KernelLock } from '../setup/kernel-lock';
import type { SlotLog } from '../core/record-log/slot-log';
import { createCrashFile } from './crash-file';
import { CrashRecords, JOURNAL_SUFFIX } from './crash-records';
import { lockOf, thisProcess } from './owner';
import type { Death, Quarantine } from './quarantine';

export interface CrashJournalOptions {
  /** Survives the process; may be shared with other instances. */
  readonly folder: string;
  readonly instanceId: string;
  /** Largest number of images in one batch. */
  readonly maxBatch: number;
  readonly quarantine: Pick<Quarantine, 'classify' | 'close'>;
  /** Counts files in the folder that are not journals. */
  readonly skipped?: SkippedRecords;
  readonly log: Log;
}

/** A single crash may be an operator's SIGKILL, which says nothing about the images in flight. */
const SUSPECTED_FROM = 2;
/** A Kafka topic name has at most 249 characters; the rest is for partition, offset, quotes and comma. */
const ID_BYTES = 320;

const NOOP = (): void => undefined;

/** The journal in the file system. It is best-effort: a failed write disables it with one warning. */
export class FileCrashJournal implements CrashJournal {
  #file: SlotLog | undefined;
  #lock: KernelLock | undefined;

  private constructor(
    private readonly options: CrashJournalOptions,
    private readonly crashes: CrashRecords,
  ) {}

  /** Reads the crashes of earlier runs and starts the journal of this one. Undefined, after a warning, on failure. */
  static open(options: CrashJournalOptions): FileCrashJournal | undefined {
    try {
      makeFolder(options.folder);
      const journal = new FileCrashJournal(options, readCrashes(options));
      journal.#begin(pathOf(options));
      journal.#logSuspects();
      return journal;
    } catch (error) {
      warnDisabled(options.log, error);
      return undefined;
    }
  }

  begin(sourceIds: readonly string[]): () => void {
    if (sourceIds.length === 0) return NOOP;
    const slot = this.#attempt((file) => file.put(sourceIds));
    return () => {
      this.#attempt((file) => {
        if (slot !== undefined) file.clear(slot);
        this.crashes.release(sourceIds);
      });
    };
  }

  isSuspected(delivery: Pick<Delivery, 'sourceId'>): boolean {
    // Usually there is no crash, and reading `sourceId` builds a string.
    return !this.crashes.empty && this.crashes.crashCount(delivery.sourceId) >= SUSPECTED_FROM;
  }

  async classifyAlone(
    message: Pick<Delivery, 'sourceId' | 'headers'>,
    image: PackedBatch,
  ): Promise<BatchResult> {
    const { sourceId } = message;
    const runs = this.crashes.crashCount(sourceId);
    const outcome = await this.options.quarantine.classify(image);
    // The image stays suspected, because its dead letter is not confirmed yet.
    if ('kind' in outcome) return this.#confirm(message, runs, outcome);
    this.options.log.debug(
      { ...aboutMessage(message), runs },
      'quarantined image classified successfully; released',
    );
    this.#attempt(() => this.crashes.release([sourceId]));
    return outcome;
  }

  /** An orderly shutdown removes the journal, whatever it contains. */
  async close(): Promise<void> {
    this.#remove();
    await this.options.quarantine.close();
  }

  /** Takes the lock before the file exists, so that no starting process mistakes it for a dead one's. */
  #begin(path: string): void {
    this.#lock = lockIfPossible(lockOf(path), this.options.log);
    const owner = { ...thisProcess(), ...(this.#lock !== undefined && { locked: true as const }) };
    this.#file = createCrashFile(path, this.options.maxBatch * ID_BYTES, owner);
  }

  #confirm(suspect: Pick<Delivery, 'sourceId' | 'headers'>, runs: number, { how }: Death): BatchResult {
    const message = `The process crashed in ${runs} runs while a worker had this image; a child process with this image alone ${how}.`;
    this.options.log.error(
      { code: 'PROCESS_CRASH', ...aboutMessage(suspect), runs, error: message },
      'an image crashes the process; rejecting it',
    );
    const rejection: Rejection = { code: 'PROCESS_CRASH', message, stage: 'inference', attempts: runs + 1 };
    return {
      probabilities: new Float32Array(0),
      failures: new Map([[0, rejection]]),
      decoded: new Map(),
      inferenceMs: 0,
    };
  }

  #attempt<T>(use: (file: SlotLog) => T): T | undefined {
    if (this.#file === undefined) return undefined;
    try {
      return use(this.#file);
    } catch (error) {
      warnDisabled(this.options.log, error);
      this.#remove();
      return undefined;
    }
  }

  /** A file left behind would count as a crash of its images. */
  #remove(): void {
    const file = this.#file;
    this.#file = undefined;
    try {
      file?.remove();
      this.#lock?.release();
      this.#lock = undefined;
      if (file !== undefined) rmSync(lockOf(file.path), { force: true });
    } catch (error) {
      this.options.log.warn(
        { error: messageOf(error) },
        `cannot remove the crash journal ${file?.path}; delete it by hand`,
      );
    }
  }

  #logSuspects(): void {
    const { crashes } = this;
    if (crashes.size === 0) return;
    const suspects = crashes.countFrom(SUSPECTED_FROM);
    this.options.log.warn(
      { runs: crashes.size, suspects },
      'earlier runs crashed with images in their workers; repeated ones are quarantined in a child process',
    );
  }
}

function readCrashes({ folder, skipped = new SkippedRecords(), log }: CrashJournalOptions): CrashRecords {
  return new CrashRecords(folder, (path, problem) => skipped.add('crash-journal', 1, { problem, path }, log));
}

/** The random part distinguishes runs of one instance whose pid was reused. */
function pathOf({ folder, instanceId }: CrashJournalOptions): string {
  const name = encodeURIComponent(instanceId).slice(0, 100);
  return join(folder, `${name}@${process.pid}-${randomBytes(4).toString('hex')}${JOURNAL_SUFFIX}`);
}

/** Without a lock, other processes check the pid to see whether this one is alive. */
function lockIfPossible(path: string, log: Log): KernelLock | undefined {
  try {
    return tryLock(path);
  } catch (error) {
    log.debug({ error: messageOf(error) }, 'cannot lock the crash journal; other processes check the pid');
    return undefined;
  }
}

function warnDisabled(log: Log, error: unknown): void {
  log.warn(
    { error: messageOf(error) },
    'cannot write the crash journal; it is off, and crashing images are not detected',
  );
}
