import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../core/errors';
import { CLASS_COUNT } from '../core/labels';
import { makeFolder } from '../core/make-folder';
import type { Delivery } from '../core/message';
import type { BatchResult, Journal, Log, PackedBatch } from '../core/ports';
import type { Rejection } from '../core/prediction';
import { SkippedRecords } from '../core/skipped-records';
import { tryLock, type KernelLock } from '../setup/kernel-lock';
import { JournalFile } from './journal-file';
import { lockOf, thisProcess } from './owner';
import type { Death, Quarantine } from './quarantine';
import { JOURNAL_SUFFIX, UncleanRuns } from './unclean-runs';

export interface CrashJournalOptions {
  /** Outlasts the process; may be shared with other instances. */
  readonly folder: string;
  readonly instanceId: string;
  /** Most images in one batch. */
  readonly maxBatch: number;
  readonly quarantine: Pick<Quarantine, 'classify' | 'close'>;
  /** Told of files of earlier runs that are not journals. */
  readonly skipped?: SkippedRecords;
  readonly log: Log;
}

/** One death may be an operator's SIGKILL, and takes all that was in flight under suspicion. */
const STRIKES_OF_A_SUSPECT = 2;
/** A Kafka topic's name has at most 249 characters; partition, offset, quotes and commas come on top. */
const ID_BYTES = 320;

const NOTHING_TO_DO = (): void => undefined;

/**
 * The journal in the file system. It is a help, never a condition: where it cannot be written it says so once, and the
 * process goes on without.
 */
export class CrashJournal implements Journal {
  #file: JournalFile | undefined;
  #lock: KernelLock | undefined;

  private constructor(
    private readonly options: CrashJournalOptions,
    private readonly runs: UncleanRuns,
  ) {}

  /** Reads what earlier runs left and starts this one's. Undefined, after a warning, where the folder cannot be used. */
  static open(options: CrashJournalOptions): CrashJournal | undefined {
    try {
      makeFolder(options.folder);
      const journal = new CrashJournal(options, readRuns(options));
      journal.#begin(pathOf(options));
      journal.#logSuspects();
      return journal;
    } catch (error) {
      warnThatItIsOff(options.log, error);
      return undefined;
    }
  }

  begin(sourceIds: readonly string[]): () => void {
    if (sourceIds.length === 0) return NOTHING_TO_DO;
    const slot = this.#attempt((file) => file.begin(sourceIds));
    return () => {
      this.#attempt((file) => {
        if (slot !== undefined) file.end(slot);
        this.runs.forget(sourceIds);
      });
    };
  }

  isSuspect(delivery: Pick<Delivery, 'sourceId'>): boolean {
    // Mostly nothing is under suspicion, and a source id is made when it is read.
    return !this.runs.empty && this.runs.strikes(delivery.sourceId) >= STRIKES_OF_A_SUSPECT;
  }

  async tryAlone(sourceId: string, image: PackedBatch): Promise<BatchResult> {
    const runs = this.runs.strikes(sourceId);
    const outcome = await this.options.quarantine.classify(image);
    // The culprit stays under suspicion: its dead letter is not confirmed yet.
    if ('kind' in outcome) return this.#convict(sourceId, runs, outcome);
    this.options.log.debug({ sourceId, runs }, 'a suspicious image is innocent');
    this.#attempt(() => this.runs.forget([sourceId]));
    return outcome;
  }

  /** The run ends in order: its journal goes, whatever may be left in it. */
  async close(): Promise<void> {
    this.#remove();
    await this.options.quarantine.close();
  }

  /** Locked before it is there: another process that starts now must not take it for that of a dead one. */
  #begin(path: string): void {
    this.#lock = lockIfPossible(lockOf(path), this.options.log);
    const owner = { ...thisProcess(), ...(this.#lock !== undefined && { locked: true as const }) };
    this.#file = new JournalFile(path, this.options.maxBatch * ID_BYTES, owner);
  }

  #convict(sourceId: string, runs: number, { how }: Death): BatchResult {
    const message = `The process died in ${runs} runs with this image in a worker; alone in a child process, that ${how}.`;
    this.options.log.error({ code: 'PROCESS_CRASH', sourceId, runs }, `An image is given up: ${message}`);
    const rejection: Rejection = { code: 'PROCESS_CRASH', message, stage: 'inference', attempts: runs + 1 };
    return {
      probabilities: new Float32Array(CLASS_COUNT),
      failures: new Map([[0, rejection]]),
      decoded: new Map(),
      inferenceMs: 0,
    };
  }

  #attempt<T>(use: (file: JournalFile) => T): T | undefined {
    if (this.#file === undefined) return undefined;
    try {
      return use(this.#file);
    } catch (error) {
      warnThatItIsOff(this.options.log, error);
      this.#remove();
      return undefined;
    }
  }

  /** What is in it would be held against its images for ever. */
  #remove(): void {
    const file = this.#file;
    this.#file = undefined;
    try {
      file?.remove();
      this.#lock?.release();
      this.#lock = undefined;
      if (file !== undefined) rmSync(lockOf(file.path), { force: true });
    } catch (error) {
      this.options.log.warn({ error: messageOf(error) }, `the crash journal ${file?.path} cannot be removed`);
    }
  }

  #logSuspects(): void {
    const { runs } = this;
    if (runs.count === 0) return;
    const suspects = runs.countFrom(STRIKES_OF_A_SUSPECT);
    this.options.log.warn(
      { runs: runs.count, suspects },
      'earlier runs died with images in their workers; those that were there more than once are tried alone',
    );
  }
}

function readRuns({ folder, skipped = new SkippedRecords(), log }: CrashJournalOptions): UncleanRuns {
  return new UncleanRuns(folder, (path, problem) => skipped.add('crash-journal', 1, { problem, path }, log));
}

/** Several journals of one instance may lie there: of dead runs whose pid another process has now. */
function pathOf({ folder, instanceId }: CrashJournalOptions): string {
  const name = encodeURIComponent(instanceId).slice(0, 100);
  return join(folder, `${name}@${process.pid}-${randomBytes(4).toString('hex')}${JOURNAL_SUFFIX}`);
}

/** Without a lock, other processes tell from the pid whether this one lives. */
function lockIfPossible(path: string, log: Log): KernelLock | undefined {
  try {
    return tryLock(path);
  } catch (error) {
    log.debug({ error: messageOf(error) }, 'the crash journal is not locked');
    return undefined;
  }
}

function warnThatItIsOff(log: Log, error: unknown): void {
  log.warn(
    { error: messageOf(error) },
    'the crash journal cannot be written and is off: an image that kills the whole process is not found',
  );
}
