import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../core/errors';
import { makeFolder } from '../core/make-folder';
import type { Log } from '../core/ports';
import { SkippedRecords } from '../core/skipped-records';
import type { SlotLog } from '../core/record-log/slot-log';
import { tryLock, type KernelLock } from '../setup/kernel-lock';
import { createCrashFile } from './crash-file';
import { RecordedJournal, warnDisabled, type BatchSlots, type RecordedJournalOptions } from './crash-journal';
import { JOURNAL_SUFFIX, readCrashRecords } from './crash-record-files';
import { lockOf, thisProcess } from './owner';

export interface FileJournalOptions extends Pick<RecordedJournalOptions, 'quarantine' | 'log'> {
  /** Survives the process; may be shared with other instances. */
  readonly folder: string;
  readonly instanceId: string;
  /** Largest number of images in one batch. */
  readonly maxBatch: number;
  /** Counts files in the folder that are not journals. */
  readonly skipped?: SkippedRecords;
}

/** A Kafka topic name has at most 249 characters; the rest is for partition, offset, quotes and comma. */
const ID_BYTES = 320;

/** Reads the crashes of earlier runs and starts the journal of this one. Undefined, after a warning, on failure. */
export function openFileJournal(options: FileJournalOptions): RecordedJournal | undefined {
  const { folder, quarantine, skipped = new SkippedRecords(), log } = options;
  try {
    makeFolder(folder);
    const onSkipped = (path: string, problem: string) =>
      skipped.add('crash-journal', 1, { problem, path }, log);
    const crashes = readCrashRecords(folder, onSkipped);
    return new RecordedJournal({ crashes, slots: new FileSlots(options), quarantine, log });
  } catch (error) {
    warnDisabled(log, error);
    return undefined;
  }
}

/** A file in the folder, locked as long as its process lives. */
class FileSlots implements BatchSlots {
  readonly #lock: KernelLock | undefined;
  readonly #file: SlotLog;

  /** Takes the lock before the file exists, so that no starting process mistakes it for a dead one's. */
  constructor(options: FileJournalOptions) {
    const path = pathOf(options);
    this.#lock = lockIfPossible(lockOf(path), options.log);
    const owner = { ...thisProcess(), ...(this.#lock !== undefined && { locked: true as const }) };
    this.#file = createCrashFile(path, options.maxBatch * ID_BYTES, owner);
  }

  put(sourceIds: readonly string[]): number | undefined {
    return this.#file.put(sourceIds);
  }

  clear(slot: number): void {
    this.#file.clear(slot);
  }

  remove(): void {
    this.#file.remove();
    this.#lock?.release();
    rmSync(lockOf(this.#file.path), { force: true });
  }
}

/** The random part distinguishes runs of one instance whose pid was reused. */
function pathOf({ folder, instanceId }: FileJournalOptions): string {
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
